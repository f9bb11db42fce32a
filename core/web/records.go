package web

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
)

type recordPage struct {
	frame
	Kind, When, Name, Amount string
	Deleted                  bool
	Files                    []fileCard
	Facts                    []fact
	Table                    *table
	From                     []fact
	Revisions                []revision
}

type fileCard struct{ Name, About, Href string }

type revision struct {
	Number    int
	At, Title string
}

func (s *site) record(v *visit) error {
	ref, err := core.ParseRef(v.Param("ref"))
	if err != nil {
		return core.E(core.NotFound, "find record", err)
	}
	r, err := v.Query.Get(v.Request().Context(), ref)
	if err != nil {
		return err
	}
	title := titleOf(v.l, r)
	page := &recordPage{frame: s.frame(v, title), Kind: typeName(v.l, r.Type), When: v.l.Time(r.Time), Name: title,
		Amount: amountOf(v.l, r), Deleted: r.Deleted}
	page.Facts, page.Table = factsOf(v.l, r)
	for _, f := range r.Files {
		page.Files = append(page.Files, fileCard{f.Name, f.MediaType + " · " + v.l.Size(f.Size), filePath(r.Ref.Source, f.File)})
	}
	if page.From, err = s.provenance(v, r); err != nil {
		return err
	}
	if page.Revisions, err = s.revisions(v, r); err != nil {
		return err
	}
	return s.render(v.Context, http.StatusOK, "record", page)
}

// provenance says where a record comes from, down to the original file.
func (s *site) provenance(v *visit, r core.Record) ([]fact, error) {
	ctx, p := v.Request().Context(), r.Provenance
	source, err := v.Connect.Source(ctx, r.Ref.Source)
	if err != nil {
		return nil, err
	}
	facts := []fact{
		{v.l.T("from.source"), source.Label, "/sources/" + source.ID.String()},
		{v.l.T("from.run"), v.l.T("run.title", "n", p.Run), fmt.Sprintf("/sources/%s/runs/%d", source.ID, p.Run)},
		{Name: v.l.T("from.connector"), Value: p.Connector + " " + p.Version},
		{Name: v.l.T("from.at"), Value: v.l.Moment(p.At, s.Zone)},
		{Name: v.l.T("from.id"), Value: r.ID},
	}
	run, err := v.Connect.Run(ctx, source.ID, p.Run)
	switch {
	case err == nil && run.File != nil:
		facts = append(facts, fact{v.l.T("from.file"), run.File.Name, filePath(source.ID, run.File.File)})
	case err != nil && core.CodeOf(err) != core.NotFound:
		return nil, err
	}
	if p.Evidence != "" {
		facts = append(facts, fact{Name: v.l.T("from.evidence"), Value: p.Evidence})
	}
	return append(facts, fact{Name: v.l.T("from.module"), Value: p.Module}), nil
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
		shown = append(shown, revision{old.Revision, v.l.Moment(old.Provenance.At, s.Zone), titleOf(v.l, old)})
	}
	return shown, nil
}

func filePath(source core.SourceID, file core.FileID) string {
	return fmt.Sprintf("/files/%s/%d", source, file)
}

// file serves a stored file as a download that no page can run.
func (s *site) file(v *visit) error { return serveFile(v.Context, v.Rooms) }

// serveFile sends a stored file as an attachment: whatever it holds, no browser
// runs it.
func serveFile(c echo.Context, r *Rooms) error {
	source, err := core.ParseSourceID(c.Param("source"))
	if err != nil {
		return core.E(core.NotFound, "find file", err)
	}
	id, err := strconv.ParseUint(c.Param("file"), 10, 64)
	if err != nil {
		return core.E(core.NotFound, "find file", err)
	}
	f, err := r.Query.File(c.Request().Context(), source, core.FileID(id))
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Info().Name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, io.NewSectionReader(f, 0, f.Info().Size))
	return nil
}
