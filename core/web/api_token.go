package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// apiRoot begins the address of everything that the API answers.
const apiRoot = "/api/v1"

// An endpoint is a part of the API that a token with all of scopes may use. One
// handler serves both doors.
type endpoint struct {
	method, path string
	scopes       []auth.Scope
	serve        func(echo.Context, *Rooms) error
}

func (a *api) endpoints() []endpoint {
	type scopes = []auth.Scope
	return []endpoint{
		{"GET", "/records", scopes{auth.RecordsRead}, a.records},
		{"GET", "/records/:ref", scopes{auth.RecordsRead}, a.record},
		{"GET", "/records/:ref/same", scopes{auth.RecordsRead}, a.twins},
		{"GET", "/files/:source/:file", scopes{auth.FilesRead}, a.file},
		{"GET", "/search", scopes{auth.RecordsRead, auth.FilesRead}, a.search}, // it reads the text of files
		{"GET", "/sources", scopes{auth.SourcesRead}, a.sources},
		{"GET", "/sources/:source", scopes{auth.SourcesRead}, a.source},
		{"GET", "/sources/:source/runs", scopes{auth.SourcesRead}, a.runs},
		{"GET", "/sources/:source/runs/:run", scopes{auth.SourcesRead}, a.run},
		{"GET", "/sources/:source/runs/:run/records", scopes{auth.RecordsRead}, a.runRecords},
		{"POST", "/sources/:source/runs", scopes{auth.SourcesRun}, a.startRun},
		{"POST", "/import", scopes{auth.ImportWrite}, a.importFile},
	}
}

// newTokenAPI returns the part of the API that tokens reach over the network.
// It takes no cookie, so that no page of another site can use it.
func newTokenAPI(home Home, guesses *auth.Attempts, s *site) http.Handler {
	a := &api{home: home, log: s.Log, guesses: guesses}
	e := echo.New()
	e.HTTPErrorHandler = a.fail
	g := e.Group(apiRoot)
	g.GET("/openapi.json", openAPI)
	for _, end := range a.endpoints() {
		g.Add(end.method, end.path, a.inside(a.withToken(end)))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := e.NewContext(r, w)
		if !s.knows(r.Host) {
			a.misdirected(c)
			return
		}
		if r.URL.Path != apiRoot+"/import" {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		}
		e.ServeHTTP(w, r)
	})
}

// misdirected answers who came by a name that is not the home's.
func (a *api) misdirected(c echo.Context) {
	p := problemOf(core.E(core.Forbidden, "find home", errors.New("this home is not reached by that name; start it with --host")))
	p.Status = http.StatusMisdirectedRequest
	if err := sendProblem(c, p); err != nil {
		a.log.Debug("write answer", "error", err)
	}
}

// A use is one request of a token.
type use struct {
	token auth.Token
	end   endpoint
	told  bool
}

const using = "use" // where a request keeps its use

// usedBy returns the token's use of c; nil for the owner.
func usedBy(c echo.Context) *use {
	u, _ := c.Get(using).(*use)
	return u
}

// withToken lets in a token with the endpoint's scopes. Whatever it is answered
// is a line of the ledger, written before the answer.
func (a *api) withToken(end endpoint) func(echo.Context, *Rooms) error {
	return func(c echo.Context, r *Rooms) error {
		token, err := a.tokenOf(c, r)
		if err != nil {
			return err
		}
		u := &use{token: token, end: end}
		c.Set(using, u)
		if !token.May(end.scopes...) {
			err = core.E(core.Forbidden, "use token", errors.New("the token has not the scope "+scopeList(end.scopes)))
			c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Bearer error="insufficient_scope", scope="`+scopeList(end.scopes)+`"`)
		} else {
			err = end.serve(c, r)
		}
		if err != nil && !u.told {
			return errors.Join(err, u.write(c, r, ledger.Entry{Outcome: string(core.CodeOf(err))}))
		}
		return err
	}
}

func scopeList(scopes []auth.Scope) string {
	var list []string
	for _, s := range scopes {
		list = append(list, string(s))
	}
	return strings.Join(list, " ")
}

// tokenOf checks the request's token. Wrong ones cost the address growing time;
// a good one is not held back by others.
func (a *api) tokenOf(c echo.Context, r *Rooms) (auth.Token, error) {
	scheme, secret, _ := strings.Cut(c.Request().Header.Get(echo.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") || len(c.Request().Header.Values(echo.HeaderAuthorization)) != 1 {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, "Bearer")
		return auth.Token{}, core.E(core.Unauthenticated, "check token", errors.New("send a token: Authorization: Bearer …"))
	}
	token, err := r.Tokens.Check(c.Request().Context(), core.Secret(strings.TrimSpace(secret)))
	if core.CodeOf(err) != core.Unauthenticated {
		return token, err
	}
	if _, werr := a.guesses.Begin(addressOf(c.Request())); werr != nil {
		if e, ok := asError(werr); ok {
			c.Response().Header().Set(echo.HeaderRetryAfter, e.Args["seconds"])
		}
		return token, werr
	}
	c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Bearer error="invalid_token"`)
	return token, err
}

// A look is what an answer shows, or what was asked for.
type look struct {
	source  core.SourceID // core.Own: of no single one
	types   []record.Type
	records int
}

// lookAt sums records up.
func lookAt(records ...core.Record) (l look) {
	for i, r := range records {
		if !slices.Contains(l.types, r.Type) {
			l.types = append(l.types, r.Type)
		}
		if i == 0 {
			l.source = r.Ref.Source
		} else if l.source != r.Ref.Source {
			l.source = core.Own
		}
	}
	slices.Sort(l.types)
	l.records = len(records)
	return l
}

// tell writes into the ledger what a token is about to be shown. Without a
// line, there is no answer. It does nothing for the owner.
func tell(c echo.Context, r *Rooms, l look) error {
	u := usedBy(c)
	if u == nil {
		return nil
	}
	e := ledger.Entry{Source: l.source, Records: l.records}
	for _, t := range l.types[:min(len(l.types), ledger.MaxTypes)] {
		e.Types = append(e.Types, string(t))
	}
	return u.write(c, r, e)
}

// write writes one line of a use.
func (u *use) write(c echo.Context, r *Rooms, e ledger.Entry) error {
	u.told = true
	e.Kind, e.Token, e.Name, e.Route = ledger.Use, u.token.ID, u.token.Name, u.end.method+" "+u.end.path
	ctx := c.Request().Context()
	write := func() error {
		return r.Vault.Update(ctx, func(tx *vault.Tx) error {
			if err := r.Tokens.Used(tx, u.token.ID); err != nil {
				return err
			}
			return r.Ledger.Add(tx, e)
		})
	}
	err := write()
	if core.CodeOf(err) == core.NotFound && e.Source != core.Own { // the source went meanwhile
		e.Source = core.Own
		err = write()
	}
	return err
}
