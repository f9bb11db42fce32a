package web

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"regexp"
	"slices"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/record"
)

// exportLink is where a list, given by its address, can be had whole.
func exportLink(list, format string) string {
	_, params, _ := strings.Cut(list, "?")
	link := "/export?format=" + format
	if params != "" {
		link += "&" + params
	}
	return link
}

// exportOfRecords is what the ledger says of a list that was downloaded.
const exportOfRecords = "records"

// export sends every record of a list, as it is read, once the
// ledger has its line. What fails midway cuts
// the answer short, which the browser reports.
func (s *site) export(v *visit) error {
	f, err := s.filter(v)
	if err != nil {
		return err
	}
	labels, err := sourceNames(v.Request().Context(), v.Rooms)
	if err != nil {
		return err
	}
	form, ok := s.exports()[v.QueryParam("format")]
	if !ok {
		return core.E(core.Invalid, "export", errors.New("format is csv, json or zip"))
	}
	entry := ledger.Entry{Kind: ledger.Export, What: exportOfRecords}
	for _, t := range f.Types {
		if slices.Contains(record.Types(), t) { // the ledger takes no foreign text
			entry.Types = append(entry.Types, string(t))
		}
	}
	if err := noted(v.Request().Context(), v.Rooms, entry); err != nil {
		return err
	}
	h := v.Response().Header()
	h.Set("Content-Type", form.mediaType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": form.name}))
	err = form.write(v.Response(), v, f, labels)
	if !v.Response().Committed { // it failed before its first byte: a page says so
		h.Del("Content-Disposition")
	}
	return err
}

// An exportForm is a way to write a list.
type exportForm struct {
	name, mediaType string
	write           func(io.Writer, *visit, query.Filter, map[core.SourceID]string) error
}

func (s *site) exports() map[string]exportForm {
	return map[string]exportForm{
		"csv":  {"domicile.csv", "text/csv; charset=utf-8", writeCSV},
		"json": {"domicile.jsonl", "application/jsonl", writeLines},
		"zip":  {"domicile.zip", "application/zip", s.writeDossier},
	}
}

func writeCSV(w io.Writer, v *visit, f query.Filter, labels map[core.SourceID]string) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"type", "id", "time", "title", "amount", "currency", "source", "data", "tags"}); err != nil {
		return err
	}
	for r, err := range v.Query.List(v.Request().Context(), f) {
		if err != nil {
			return err
		}
		var data struct {
			Amount   record.Money
			Currency string
		}
		if json.Unmarshal(r.Data, &data) != nil {
			data.Amount, data.Currency = "", ""
		}
		row := []string{string(r.Type), r.ID, r.Time.String(), r.Title, string(data.Amount), data.Currency, labels[r.Ref.Source], string(r.Data), strings.Join(r.Tags, ", ")}
		for i, cell := range row {
			row[i] = inert(cell)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// figure matches what a spreadsheet reads as a number and never as a formula.
var figureForm = regexp.MustCompile(`^-?[0-9]+([.,][0-9]+)?$`)

// inert keeps a spreadsheet from running a cell (OWASP, CSV injection).
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) && !figureForm.MatchString(cell) {
		return "'" + cell
	}
	return cell
}

// writeLines writes one record a line, as the API tells it.
func writeLines(w io.Writer, v *visit, f query.Filter, _ map[core.SourceID]string) error {
	out := json.NewEncoder(w)
	for r, err := range v.Query.List(v.Request().Context(), f) {
		if err != nil {
			return err
		}
		if err := out.Encode(r); err != nil {
			return err
		}
	}
	return nil
}
