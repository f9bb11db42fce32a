package web

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
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
	page, next, err := list(c.Request().Context(), r, f, c.QueryParam("cursor"), limitOf(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"records": page.Records(), "next": next})
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
	return c.JSON(http.StatusOK, found)
}

func (a *api) file(c echo.Context, r *Rooms) error { return serveFile(c, r) }

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
	hits := []foundRecord{}
	for _, h := range found.Hits {
		one := foundRecord{Record: h.Record, SourceName: labels[h.Record.Ref.Source]}
		for _, f := range h.Fragments {
			one.Fragments = append(one.Fragments, foundFragment{f.Text})
		}
		hits = append(hits, one)
	}
	var warnings []string
	for _, w := range found.Warnings {
		warnings = append(warnings, fmt.Sprintf("left out %q: %s", w.Text, w.Reason))
	}
	return c.JSON(http.StatusOK, map[string]any{"total": found.Total, "hits": hits, "warnings": warnings})
}
