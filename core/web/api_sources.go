package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
)

func sourceNames(ctx context.Context, r *Rooms) (map[core.SourceID]string, error) {
	sources, err := r.Connect.Sources(ctx)
	if err != nil {
		return nil, err
	}
	names := map[core.SourceID]string{}
	for _, s := range sources {
		names[s.ID] = s.Label
	}
	return names, nil
}

// A sourceView is a source with its size and its latest run.
type sourceView struct {
	connect.Source
	Records int          `json:"records"`
	Last    *connect.Run `json:"last,omitempty"`
}

// viewOf shows a source; to a token without the account's names and addresses,
// which are nothing that it was given.
func viewOf(c echo.Context, r *Rooms, s connect.Source) (sourceView, error) {
	ctx, view := c.Request().Context(), sourceView{Source: s}
	if usedBy(c) != nil {
		view.Config, view.Allowed = nil, nil
	}
	counts, err := r.Query.Counts(ctx)
	if err != nil {
		return view, err
	}
	view.Records = counts.OfSource(s.ID)
	runs, err := r.Connect.Runs(ctx, s.ID, 1)
	if err == nil && len(runs) > 0 {
		view.Last = &runs[0]
	}
	return view, err
}

func (a *api) sources(c echo.Context, r *Rooms) error {
	ctx := c.Request().Context()
	sources, err := r.Connect.Sources(ctx)
	if err != nil {
		return err
	}
	views := []sourceView{}
	for _, s := range sources {
		view, err := viewOf(c, r, s)
		if err != nil {
			return err
		}
		views = append(views, view)
	}
	return answer(c, r, "", look{}, views)
}

func (a *api) source(c echo.Context, r *Rooms) error {
	id, err := core.ParseSourceID(c.Param("source"))
	if err != nil {
		return err
	}
	s, err := r.Connect.Source(c.Request().Context(), id)
	if err != nil {
		return err
	}
	view, err := viewOf(c, r, s)
	if err != nil {
		return err
	}
	return answer(c, r, "", look{source: id}, view)
}

// addSource adds a source. One whose connector may ask something is answered
// while its first run goes on: follow that.
func (a *api) addSource(c echo.Context, r *Rooms) error {
	body, err := read[struct {
		Connector string            `json:"connector"`
		Label     string            `json:"label"`
		Config    map[string]string `json:"config"`
		Secrets   map[string]string `json:"secrets"`
		Allowed   []netip.AddrPort  `json:"allowed"`
	}](c)
	if err != nil {
		return err
	}
	n := connect.NewSource{Connector: body.Connector, Label: body.Label, Config: body.Config, Allowed: body.Allowed, Secrets: map[string]core.Secret{}}
	for name, value := range body.Secrets {
		n.Secrets[name] = core.Secret(value)
	}
	added, err := r.Connect.Add(c.Request().Context(), n)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, added)
}

func (a *api) removeSource(c echo.Context, r *Rooms) error {
	id, err := core.ParseSourceID(c.Param("source"))
	if err != nil {
		return err
	}
	if err := r.Connect.Forget(c.Request().Context(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// runs answers the latest runs of a source, newest first.
func (a *api) runs(c echo.Context, r *Rooms) error {
	id, err := core.ParseSourceID(c.Param("source"))
	if err != nil {
		return err
	}
	runs, err := r.Connect.Runs(c.Request().Context(), id, min(limitOf(c), maxRuns))
	if err != nil {
		return err
	}
	return answer(c, r, "", look{source: id}, map[string]any{"runs": append([]connect.Run{}, runs...)})
}

const maxRuns = 100 // of one answer

func (a *api) run(c echo.Context, r *Rooms) error {
	id, run, err := runParams(c)
	if err != nil {
		return err
	}
	seen, _, err := r.Connect.Watch(c.Request().Context(), id, run)
	if err != nil {
		return err
	}
	return answer(c, r, "", look{source: id}, seen)
}

// startRun starts a run and streams it, a line a change, to its end. A caller
// that goes away leaves the run alone.
func (a *api) startRun(c echo.Context, r *Rooms) error {
	id, err := core.ParseSourceID(c.Param("source"))
	if err != nil {
		return err
	}
	if _, err := r.Connect.Source(c.Request().Context(), id); err != nil {
		return err
	}
	if err := tell(c, r, look{source: id}); err != nil {
		return err
	}
	run, err := r.Connect.Start(c.Request().Context(), id, connect.ByPerson)
	if err != nil {
		return err
	}
	return followRun(c, r, id, run)
}

// followRun streams a run from where it stands, as startRun does.
func (a *api) followRun(c echo.Context, r *Rooms) error {
	id, run, err := runParams(c)
	if err != nil {
		return err
	}
	if _, _, err := r.Connect.Watch(c.Request().Context(), id, run); err != nil {
		return err
	}
	return streamRun(c, r, id, run)
}

func (a *api) importFile(c echo.Context, r *Rooms) error {
	if err := tell(c, r, look{}); err != nil {
		return err
	}
	id, run, err := r.Connect.ImportTable(c.Request().Context(), c.QueryParam("name"), c.QueryParam("columns"), c.Request().Body)
	if err != nil {
		return err
	}
	return followRun(c, r, id, run)
}

// followRun streams a run, or, to who prefers not to wait (RFC 7240), says
// where it can be looked at.
func followRun(c echo.Context, r *Rooms, id core.SourceID, run core.RunID) error {
	if c.Request().Header.Get("Prefer") != "respond-async" {
		return streamRun(c, r, id, run)
	}
	seen, _, err := r.Connect.Watch(c.Request().Context(), id, run)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Preference-Applied", "respond-async")
	c.Response().Header().Set("Location", apiRoot+runPath(seen))
	return c.JSON(http.StatusAccepted, seen)
}

func streamRun(c echo.Context, r *Rooms, id core.SourceID, run core.RunID) error {
	out := lines(c)
	var failed error
	_, err := r.Connect.Wait(c.Request().Context(), id, run, func(seen connect.Run) {
		if failed == nil {
			failed = out(seen)
		}
	})
	if err != nil {
		return err
	}
	return failed
}

// lines starts an answer of one JSON object a line and returns what writes one.
func lines(c echo.Context) func(any) error {
	res := c.Response()
	res.Header().Set(echo.HeaderContentType, "application/x-ndjson")
	res.WriteHeader(http.StatusOK)
	enc := json.NewEncoder(res)
	enc.SetEscapeHTML(false)
	return func(line any) error {
		if err := enc.Encode(line); err != nil {
			return err
		}
		res.Flush()
		return nil
	}
}

// runParams reads the source and the run from the address.
func runParams(c echo.Context) (core.SourceID, core.RunID, error) {
	id, err := core.ParseSourceID(c.Param("source"))
	if err != nil {
		return id, 0, err
	}
	n, err := strconv.ParseUint(c.Param("run"), 10, 64)
	if err != nil {
		return id, 0, core.E(core.Invalid, "read run", err)
	}
	return id, core.RunID(n), nil
}

// runRecords streams the records that a run brought or changed, in their order.
func (a *api) runRecords(c echo.Context, r *Rooms) error {
	id, run, err := runParams(c)
	if err != nil {
		return err
	}
	if err := tellRun(c, r, id, run); err != nil {
		return err
	}
	out := lines(c)
	return r.Query.OfRun(c.Request().Context(), id, run, func(one core.Record) error { return out(one) })
}

// tellRun tells of the records of a run, which are read once more for it.
func tellRun(c echo.Context, r *Rooms, id core.SourceID, run core.RunID) error {
	if usedBy(c) == nil {
		return nil
	}
	seen, n := look{}, 0
	err := r.Query.OfRun(c.Request().Context(), id, run, func(one core.Record) error {
		if n++; !slices.Contains(seen.types, one.Type) {
			seen.types = append(seen.types, one.Type)
		}
		return nil
	})
	if err != nil {
		return err
	}
	seen.source, seen.records = id, n
	return tell(c, r, seen)
}

func (a *api) answerRun(c echo.Context, r *Rooms) error {
	id, run, err := runParams(c)
	if err != nil {
		return err
	}
	body, err := read[struct {
		Answer string `json:"answer"`
	}](c)
	if err != nil {
		return err
	}
	if err := r.Connect.Answer(id, run, body.Answer); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (a *api) undoRun(c echo.Context, r *Rooms) error {
	id, run, err := runParams(c)
	if err != nil {
		return err
	}
	counts, err := r.Connect.Undo(c.Request().Context(), id, run)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, counts)
}
