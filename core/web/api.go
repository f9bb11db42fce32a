package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/vault"
)

// An api answers in JSON, below /api/v1. It has two doors. Who reaches the
// socket, or the pipes within the process, owns the home: the command line.
// Programs of the person come over the network with a token, to the part of it
// that [api.endpoints] lists.
type api struct {
	home    Home
	log     *slog.Logger
	guesses *auth.Attempts // at tokens; nil on the socket
}

// NewAPI returns the handler of the whole API, for the home's owner.
func NewAPI(home Home, log *slog.Logger) http.Handler {
	a := &api{home: home, log: log}
	e := echo.New()
	e.HTTPErrorHandler, e.JSONSerializer = a.fail, asIs{}
	g := e.Group("/api/v1")
	g.GET("/status", a.status)
	g.POST("/setup", a.setUp)
	g.POST("/unlock", a.unlock)
	g.POST("/lock", a.lock)
	g.POST("/password", a.inside(a.setPassword))
	g.POST("/recovery", a.inside(a.newRecovery))
	g.POST("/recovery/use", a.useRecovery)
	g.POST("/key-file", a.inside(a.newKeyFile))
	g.DELETE("/key-file", a.inside(a.removeKeyFile))
	g.POST("/verify", a.inside(a.verify))
	g.POST("/compact", a.inside(a.compact))
	g.POST("/sources", a.inside(a.addSource))
	g.DELETE("/sources/:source", a.inside(a.removeSource))
	g.GET("/sources/:source/runs/:run/follow", a.inside(a.followRun))
	g.POST("/sources/:source/runs/:run/answer", a.inside(a.answerRun))
	g.POST("/sources/:source/runs/:run/undo", a.inside(a.undoRun))
	g.POST("/records/:ref/tags", a.inside(a.tagRecord))
	g.POST("/records/:ref/same", a.inside(a.sayTwins))
	g.GET("/apps", a.inside(a.listApps))
	g.POST("/apps", a.inside(a.installApp))
	g.DELETE("/apps/:app", a.inside(a.removeApp))
	g.GET("/packs", a.inside(a.listPacks))
	g.POST("/packs", a.inside(a.addPack))
	g.DELETE("/packs/:pack", a.inside(a.removePack))
	g.POST("/packs/follow", a.inside(a.followPack))
	g.POST("/packs/:pack/fetch", a.inside(a.fetchPack))
	g.POST("/packs/:pack/unfollow", a.inside(a.unfollowPack))
	g.GET("/openapi.json", openAPI)
	for _, e := range a.endpoints() {
		g.Add(e.method, e.path, a.inside(e.serve))
	}
	return e
}

// asIs writes JSON for the command line: no browser reads it, so that "&" stays.
type asIs struct{ echo.DefaultJSONSerializer }

// Serialize implements echo.JSONSerializer.
func (asIs) Serialize(c echo.Context, v any, indent string) error {
	enc := json.NewEncoder(c.Response())
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	return enc.Encode(v)
}

// inside hands the rooms to a handler, or refuses while the home is locked.
func (a *api) inside(f func(echo.Context, *Rooms) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		rooms, err := a.home.Rooms()
		if err != nil {
			return err
		}
		return f(c, rooms)
	}
}

// fail answers every error that a handler returns, once.
func (a *api) fail(err error, c echo.Context) {
	if c.Response().Committed {
		line, _ := json.Marshal(problemOf(err))
		if _, werr := c.Response().Write(append(line, '\n')); werr != nil {
			a.log.Debug("write answer", "error", werr)
		}
		return
	}
	if e, ok := errors.AsType[*echo.HTTPError](err); ok {
		err = core.E(core.NotFound, "find route", errors.New(http.StatusText(e.Code)))
	}
	if core.CodeOf(err) == "internal" && !errors.Is(err, context.Canceled) {
		a.log.Error("answer request", "route", c.Path(), "error", err)
	}
	if werr := writeProblem(c, err); werr != nil {
		a.log.Debug("write answer", "error", werr)
	}
}

const maxBody = 1 << 20 // bytes of a JSON request

// read decodes the request's JSON into T.
func read[T any](c echo.Context) (body T, err error) {
	dec := json.NewDecoder(io.LimitReader(c.Request().Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&body); err != nil {
		return body, core.E(core.Invalid, "read request", err)
	}
	return body, nil
}

func (a *api) status(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]State{"state": a.home.State()})
}

// A passwords is the body of what sets or checks one.
type passwords struct {
	Old      string `json:"old"`
	Password string `json:"password"`
	Recovery string `json:"recovery"`
}

func (a *api) setUp(c echo.Context) error {
	body, err := read[passwords](c)
	if err != nil {
		return err
	}
	key, err := a.home.SetUp(c.Request().Context(), core.Secret(body.Password))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]string{"recovery": string(key)})
}

func (a *api) unlock(c echo.Context) error {
	body, err := read[passwords](c)
	if err != nil {
		return err
	}
	if err := a.home.Unlock(c.Request().Context(), vault.Password(core.Secret(body.Password))); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (a *api) lock(c echo.Context) error {
	a.home.Lock()
	return c.NoContent(http.StatusNoContent)
}

func (a *api) setPassword(c echo.Context, r *Rooms) error {
	body, err := read[passwords](c)
	if err != nil {
		return err
	}
	return a.changePassword(c, r, vault.Password(core.Secret(body.Old)), body.Password)
}

// useRecovery sets a new password with the recovery key, unlocking the home.
func (a *api) useRecovery(c echo.Context) error {
	body, err := read[passwords](c)
	if err != nil {
		return err
	}
	key := vault.Recovery(core.Secret(body.Recovery))
	if err := a.home.Unlock(c.Request().Context(), key); err != nil {
		return err
	}
	r, err := a.home.Rooms()
	if err != nil {
		return err
	}
	return a.changePassword(c, r, key, body.Password)
}
