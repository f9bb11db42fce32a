package web

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/render"
	"github.com/domicile-home/domicile/core/vault"
)

type recordPage struct {
	frame
	Kind, When, Name, Amount string
	Ref                      string
	Deleted                  bool
	Curve                    template.HTML // of a series
	Files                    []fileCard
	Sentence                 []words // what it is
	Tagging                  tagging
	Corrections              corrections
	Problem                  *advice
	Facts, Extra             []fact
	More                     string // what Extra is
	Table                    *table
	From                     []fact
	Revisions                []revision
	Linked                   []line
	Twins                    twinning
}

type fileCard struct {
	Name, About, Href string
	Show              string     // address that shows it; "" for what is shown, or cannot be
	Shown             *shownFile // nil: it is not shown
}

type revision struct {
	Number        int
	At, By, Title string
}

func (s *site) record(v *visit) error { return s.showRecord(v, http.StatusOK, func(*recordPage) {}) }

// showRecord shows a record's page, with what more says of it.
func (s *site) showRecord(v *visit, status int, more func(*recordPage)) error {
	ref, err := core.ParseRef(v.Param("ref"))
	if err != nil {
		return core.E(core.NotFound, "find record", err)
	}
	r, err := v.Query.Get(v.Request().Context(), ref)
	if err != nil {
		return err
	}
	title, err := s.nameOf(v, r)
	if err != nil {
		return err
	}
	page := &recordPage{frame: s.frame(v, title), Kind: typeName(v.l, r.Type), When: v.l.Time(r.Time), Name: title,
		Amount: amountOf(v.l, r), Ref: r.Ref.String(), Deleted: r.Deleted}
	page.Path = "/records/" + page.Ref
	page.Sentence, page.Corrections = sentenceOf(v.l, r), correctionsOf(v.l, r)
	if page.Tagging, err = s.taggingOf(v, r); err != nil {
		return err
	}
	if page.Facts, page.Extra, page.Table = factsOf(v.l, r); len(page.Extra) > 0 {
		page.More = v.l.N("record.extra", len(page.Extra))
	}
	page.mark(v.l, r)
	if page.Curve, err = curveOf(v.l, r); err != nil {
		return err
	}
	if err := page.showFiles(v, r); err != nil {
		return err
	}
	if page.From, err = s.provenance(v, r); err != nil {
		return err
	}
	if page.Revisions, err = s.revisions(v, r); err != nil {
		return err
	}
	if err := page.link(v, r); err != nil {
		return err
	}
	if page.Twins, err = s.twinningOf(v, r); err != nil {
		return err
	}
	more(page)
	return s.render(v.Context, status, "record", page)
}

func (s *site) deleteRecord(v *visit) error { return s.changeRecord(v, v.Connect.Ingest.Delete) }

func (s *site) restoreRecord(v *visit) error { return s.changeRecord(v, v.Connect.Ingest.Restore) }

// changeRecord does what the person asked to a record and shows it again.
func (s *site) changeRecord(v *visit, change func(context.Context, core.Ref) error) error {
	ref, err := core.ParseRef(v.Param("ref"))
	if err != nil {
		return core.E(core.NotFound, "find record", err)
	}
	if err := change(v.Request().Context(), ref); err != nil {
		return err
	}
	return v.Redirect(http.StatusSeeOther, "/records/"+ref.String())
}

// nameOf returns a record's title; of a deleted one, which has none, the last
// that it had.
func (s *site) nameOf(v *visit, r core.Record) (string, error) {
	if !r.Deleted {
		return titleOf(v.l, r), nil
	}
	all, err := v.Query.Revisions(v.Request().Context(), r.Ref)
	for _, old := range all {
		if old.Title != "" {
			return old.Title, err
		}
	}
	return titleOf(v.l, r), err
}

// link shows the records that r names, in its order. A fact that holds the id of
// one says its title instead, and leads to it.
func (p *recordPage) link(v *visit, r core.Record) error {
	found, err := v.Query.Linked(v.Request().Context(), r)
	if err != nil {
		return err
	}
	for _, l := range r.Links {
		other, ok := found[l]
		if !ok {
			continue
		}
		shown := lineOf(v.l, other)
		p.Linked = append(p.Linked, shown)
		for i, f := range p.Facts {
			if f.Value == l.ID && f.Name == fieldName(v.l, strings.ReplaceAll(l.Rel, "-", "_")) {
				p.Facts[i].Value, p.Facts[i].Href = shown.Title, "/records/"+shown.Ref
			}
		}
	}
	return nil
}

// provenance says where a record comes from, down to the original file.
func (s *site) provenance(v *visit, r core.Record) ([]fact, error) {
	ctx, p := v.Request().Context(), r.Provenance
	source, err := v.Connect.Source(ctx, r.Ref.Source)
	if err != nil {
		return nil, err
	}
	facts := []fact{{Name: v.l.T("from.source"), Value: source.Label, Href: "/sources/" + source.ID.String()}}
	if p.Run == 0 { // what the person did to it
		facts = append(facts, fact{Name: v.l.T("from.by"), Value: v.l.T("trigger.person")}, fact{Name: v.l.T("from.changed"), Value: v.l.Moment(p.At, s.Zone)})
		if p, err = s.broughtBy(v, r); err != nil || p.Run == 0 {
			return append(facts, fact{Name: v.l.T("from.id"), Value: r.ID}), err
		}
	}
	facts = append(facts, []fact{
		{Name: v.l.T("from.run"), Value: v.l.T("run.title", "n", p.Run), Href: fmt.Sprintf("/sources/%s/runs/%d", source.ID, p.Run)},
		{Name: v.l.T("from.connector"), Value: p.Connector + " " + p.Version},
		{Name: v.l.T("from.at"), Value: v.l.Moment(p.At, s.Zone)},
		{Name: v.l.T("from.id"), Value: r.ID},
	}...)
	run, err := v.Connect.Run(ctx, source.ID, p.Run)
	switch {
	case err == nil && run.File != nil:
		facts = append(facts, fact{Name: v.l.T("from.file"), Value: run.File.Name, Href: filePath(source.ID, run.File.File)})
	case err != nil && core.CodeOf(err) != core.NotFound:
		return nil, err
	}
	if p.Evidence != "" {
		facts = append(facts, fact{Name: v.l.T("from.evidence"), Value: p.Evidence})
	}
	return append(facts, fact{Name: v.l.T("from.module"), Value: p.Module}), nil
}

// broughtBy is the provenance of the latest revision that a run made.
func (s *site) broughtBy(v *visit, r core.Record) (core.Provenance, error) {
	all, err := v.Query.Revisions(v.Request().Context(), r.Ref)
	for _, old := range all {
		if old.Provenance.Run != 0 && !old.Deleted {
			return old.Provenance, err
		}
	}
	return core.Provenance{}, err
}

func (s *site) revisions(v *visit, r core.Record) ([]revision, error) {
	if r.Revision < 2 {
		return nil, nil
	}
	all, err := v.Query.Revisions(v.Request().Context(), r.Ref)
	if err != nil {
		return nil, err
	}
	var shown []revision
	for _, old := range all {
		by := v.l.T("trigger.person")
		if old.Provenance.Run != 0 {
			by = v.l.T("run.title", "n", old.Provenance.Run)
		}
		shown = append(shown, revision{old.Revision, v.l.Moment(old.Provenance.At, s.Zone), by, titleOf(v.l, old)})
	}
	return shown, nil
}

// plainName returns a name to save a file under that says what it is: without
// the signs that make a name read backwards, end early or climb folders.
func plainName(name string) string {
	name = strings.Map(func(r rune) rune {
		if render.Unseen(r) || strings.ContainsRune(`/\"`, r) || r == utf8.RuneError {
			return '_'
		}
		return r
	}, name)
	return strings.TrimLeft(name, ".")
}

func filePath(source core.SourceID, file core.FileID) string {
	return fmt.Sprintf("/files/%s/%d", source, file)
}

// file serves a stored file as a download that no page can run.
func (s *site) file(v *visit) error { return serveFile(v.Context, v.Rooms) }

// serveFile sends a stored file as an attachment: whatever it holds, no browser
// runs it.
func serveFile(c echo.Context, r *Rooms) error {
	f, err := openFile(c, r)
	if err != nil {
		return err
	}
	return sendFile(c, f)
}

// openFile opens the file that the address names.
func openFile(c echo.Context, r *Rooms) (*vault.File, error) {
	source, err := core.ParseSourceID(c.Param("source"))
	if err != nil {
		return nil, core.E(core.NotFound, "find file", err)
	}
	id, err := strconv.ParseUint(c.Param("file"), 10, 64)
	if err != nil {
		return nil, core.E(core.NotFound, "find file", err)
	}
	return r.Query.File(c.Request().Context(), source, core.FileID(id))
}

func sendFile(c echo.Context, f *vault.File) error {
	h := c.Response().Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": plainName(f.Info().Name)}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, io.NewSectionReader(f, 0, f.Info().Size))
	return nil
}
