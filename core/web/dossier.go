package web

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"time"

	_ "embed"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/record"
)

//go:embed dossier.html
var dossierText string

// maxDossier bounds the records of a dossier: it is to be read by people.
const maxDossier = 5000

// A dossier is a list of records as one file that anybody can open: a page, the
// records as data, and the files that belong to them.
type dossier struct {
	L           *locale.Locale
	Title, Made string
	Rows        []dossierRow
}

type dossierRow struct {
	Date, Title, Source, Amount string
	Files                       []dossierFile
}

type dossierFile struct {
	Name, Path string
	source     core.SourceID
	file       core.FileID
}

// writeDossier writes a list as a ZIP archive, whose times are those of the
// records' own export.
func (s *site) writeDossier(w io.Writer, v *visit, f query.Filter, labels map[core.SourceID]string) error {
	now := s.Clock().In(s.Zone)
	d := dossier{L: v.l, Title: v.l.T("dossier.title"), Made: v.l.T("dossier.made", "day", v.l.Day(now))}
	n := 0
	for r, err := range v.Query.List(v.Request().Context(), f) {
		if err != nil {
			return err
		}
		if len(d.Rows) == maxDossier {
			return core.E(core.Invalid, "make dossier", fmt.Errorf("over %d records", maxDossier))
		}
		d.Rows = append(d.Rows, rowOf(v.l, r, labels[r.Ref.Source], &n))
	}
	out := zip.NewWriter(w)
	page, err := template.New("dossier").Parse(dossierText)
	if err != nil {
		return err
	}
	err = errors.Join(
		entry(out, "index.html", now, func(w io.Writer) error { return page.Execute(w, d) }),
		entry(out, "records.csv", now, func(w io.Writer) error { return writeCSV(w, v, f, labels) }),
		entry(out, "records.jsonl", now, func(w io.Writer) error { return writeLines(w, v, f, labels) }),
	)
	if err != nil {
		return err
	}
	for _, row := range d.Rows {
		for _, file := range row.Files {
			if err := file.add(out, v, now); err != nil {
				return err
			}
		}
	}
	return out.Close()
}

// rowOf is a record as a dossier's page shows it. Its files are numbered, so that
// two of one name stay two.
func rowOf(l *locale.Locale, r core.Record, source string, n *int) dossierRow {
	var data struct {
		Amount   record.Money
		Currency string
	}
	row := dossierRow{Date: l.Time(r.Time), Title: r.Title, Source: source}
	if json.Unmarshal(r.Data, &data) == nil && data.Amount != "" {
		row.Amount = l.Money(data.Amount, data.Currency)
	}
	for _, ref := range r.Files {
		*n++
		row.Files = append(row.Files, dossierFile{Name: ref.Name, Path: "files/" + url.PathEscape(fmt.Sprintf("%04d %s", *n, plainName(ref.Name))), source: r.Ref.Source, file: ref.File})
	}
	return row
}

func entry(out *zip.Writer, name string, at time.Time, write func(io.Writer) error) error {
	w, err := out.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
	if err != nil {
		return err
	}
	return write(w)
}

// add copies a file into the archive.
func (f dossierFile) add(out *zip.Writer, v *visit, at time.Time) error {
	name, err := url.PathUnescape(f.Path)
	if err != nil {
		return err
	}
	return entry(out, name, at, func(w io.Writer) error {
		file, err := v.Query.File(v.Request().Context(), f.source, f.file)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, io.NewSectionReader(file, 0, file.Info().Size))
		return err
	})
}
