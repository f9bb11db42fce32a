package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

const maxPage = 500 // records of one answer

func (a *api) records(c echo.Context, r *Rooms) error {
	var f query.Filter
	if t := c.QueryParam("type"); t != "" {
		f.Types = []record.Type{record.Type(t)}
	}
	if text := c.QueryParam("source"); text != "" {
		id, err := core.ParseSourceID(text)
		if err != nil {
			return err
		}
		f.Sources = []core.SourceID{id}
	}
	for name, bound := range map[string]*record.Time{"after": &f.From, "before": &f.To} {
		if err := bound.UnmarshalText([]byte(c.QueryParam(name))); err != nil {
			return core.E(core.Invalid, "read "+name, err)
		}
	}
	f.To = dayBefore(f.To)
	f.Tags = c.QueryParams()["tag"]
	if len(f.Tags) > ingest.MaxTags {
		return core.E(core.Invalid, "read tags", fmt.Errorf("over %d", ingest.MaxTags))
	}
	var err error
	if f.Amounts, err = query.ParseAmounts(c.QueryParam("least"), c.QueryParam("most")); err != nil {
		return err
	}
	tag, err := homeTag(c, r)
	if err != nil {
		return err
	}
	page, next, err := list(c.Request().Context(), r, f, c.QueryParam("cursor"), limitOf(c))
	if err != nil {
		return err
	}
	records := page.Records()
	if records == nil {
		records = []core.Record{}
	}
	return answer(c, r, tag, lookAt(records...), map[string]any{"records": records, "next": next})
}

// homeTag is a tag of everything that the home holds: it changes with any record.
func homeTag(c echo.Context, r *Rooms) (tag string, err error) {
	err = r.Vault.View(c.Request().Context(), func(tx *vault.Tx) error {
		tag = fmt.Sprintf(`W/"%d"`, tx.LastChange())
		return nil
	})
	return tag, err
}

// answer sends body, or 304 to who has what the tag names; tag "" is none.
func answer(c echo.Context, r *Rooms, tag string, l look, body any) error {
	fresh := tag != "" && isNamed(tag, c.Request().Header.Get("If-None-Match"))
	if fresh {
		l.records = 0
	}
	if err := tell(c, r, l); err != nil {
		return err
	}
	if tag != "" {
		c.Response().Header().Set("ETag", tag)
		c.Response().Header().Set("Cache-Control", "private, no-cache")
	}
	if fresh {
		return c.NoContent(http.StatusNotModified)
	}
	return c.JSON(http.StatusOK, body)
}

// isNamed reports whether an If-None-Match header names tag, by the weak
// comparison (RFC 9110, 13.1.2).
func isNamed(tag, header string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

func limitOf(c echo.Context) int {
	n, err := strconv.Atoi(c.QueryParam("limit"))
	if err != nil || n < 1 || n > maxPage {
		return maxPage
	}
	return n
}

func (a *api) record(c echo.Context, r *Rooms) error {
	ref, err := core.ParseRef(c.Param("ref"))
	if err != nil {
		return err
	}
	found, err := r.Query.Get(c.Request().Context(), ref)
	if err != nil {
		return err
	}
	return answer(c, r, fmt.Sprintf(`"%s-%d"`, found.Ref, found.Change), lookAt(found), found)
}

// tagRecord puts tags on a record and takes others away, and answers it as it
// is then.
func (a *api) tagRecord(c echo.Context, r *Rooms) error {
	body, err := read[struct{ Add, Remove []string }](c)
	if err != nil {
		return err
	}
	ref, err := core.ParseRef(c.Param("ref"))
	if err != nil {
		return err
	}
	if err := r.Connect.Ingest.Tag(c.Request().Context(), ref, body.Add, body.Remove); err != nil {
		return err
	}
	return a.record(c, r)
}

// file sends a stored file. Its number is given once, so its tag is for ever.
func (a *api) file(c echo.Context, r *Rooms) error {
	f, err := openFile(c, r)
	if err != nil {
		return err
	}
	source, err := core.ParseSourceID(c.Param("source"))
	if err != nil {
		return err
	}
	if err := tell(c, r, look{source: source}); err != nil {
		return err
	}
	c.Response().Header().Set("ETag", fmt.Sprintf(`"%s-%s"`, source, c.Param("file")))
	c.Response().Header().Set("Cache-Control", "private, no-cache")
	return sendFile(c, f)
}

// A foundRecord is a record that search found, and where.
type foundRecord struct {
	core.Record
	SourceName string          `json:"source_name"`
	Fragments  []foundFragment `json:"fragments,omitempty"`
}

type foundFragment struct {
	Text string `json:"text"`
}

func (a *api) search(c echo.Context, r *Rooms) error {
	ctx := c.Request().Context()
	labels, err := sourceNames(ctx, r)
	if err != nil {
		return err
	}
	names, err := named(ctx, r)
	if err != nil {
		return err
	}
	found, err := r.Query.Search(ctx, query.Search{Text: c.QueryParam("q"), Limit: limitOf(c), Names: names})
	if err != nil {
		return err
	}
	hits, records := []foundRecord{}, []core.Record{}
	for _, h := range found.Hits {
		one := foundRecord{Record: h.Record, SourceName: labels[h.Record.Ref.Source]}
		for _, f := range h.Fragments {
			one.Fragments = append(one.Fragments, foundFragment{f.Text})
		}
		hits, records = append(hits, one), append(records, h.Record)
	}
	warnings := []string{}
	for _, w := range found.Warnings {
		warnings = append(warnings, fmt.Sprintf("left out %q: %s", w.Text, w.Reason))
	}
	return answer(c, r, "", lookAt(records...), map[string]any{"total": found.Total, "hits": hits, "warnings": warnings})
}
