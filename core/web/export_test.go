package web

import (
	"maps"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/locale"
)

// PageNames returns the names of all pages.
func PageNames() []string {
	p, err := loadPages(map[string]string{"style.css": "/static/style.css", "icon.svg": "/static/icon.svg"})
	if err != nil {
		panic(err)
	}
	return slices.Sorted(maps.Keys(p.byName))
}

// SiteRoutes returns the routes of the pages.
func SiteRoutes() []*echo.Route {
	e := echo.New()
	(&site{}).route(e)
	return e.Routes()
}

// APIRoutes returns the routes of the API.
func APIRoutes() []*echo.Route { return NewAPI(nil, nil).(*echo.Echo).Routes() }

// Endpoints returns the part of the API that tokens reach, as "GET /records" and
// its scopes.
func Endpoints() map[string][]auth.Scope {
	all := map[string][]auth.Scope{}
	for _, e := range (&api{}).endpoints() {
		all[e.method+" "+e.path] = e.scopes
	}
	return all
}

// OpenAPI is the description of the API.
func OpenAPI() []byte { return openAPIText }

// Statuses is the table of codes.
var Statuses = statuses

// Sentence returns what a record is, each value within brackets.
func Sentence(l *locale.Locale, r core.Record) string {
	var text strings.Builder
	for _, w := range sentenceOf(l, r) {
		if w.IsValue {
			w.Text = "[" + w.Text + "]"
		}
		text.WriteString(w.Text)
	}
	return text.String()
}
