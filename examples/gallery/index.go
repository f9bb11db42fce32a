package gallery

import (
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed index.html
var indexPage string

// Index returns the page that leads to every case of some galleries, each in
// its language.
func Index(galleries ...*Gallery) http.Handler {
	page := template.Must(template.New("index").Parse(indexPage))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
		_ = page.Execute(w, index(galleries)) // who left does not see it
	})
}

type (
	indexGroup struct {
		Page   string
		States []indexState
	}
	indexState struct {
		State, Scene string
		Links        []indexLink
	}
	indexLink struct{ Lang, URL string }
)

// index groups the cases by page, in their order.
func index(galleries []*Gallery) (groups []indexGroup) {
	at := map[string]int{}
	for i, c := range Cases() {
		if _, ok := at[c.Page]; !ok {
			at[c.Page] = len(groups)
			groups = append(groups, indexGroup{Page: c.Page})
		}
		s := indexState{State: c.State, Scene: c.Scene}
		for _, g := range galleries {
			s.Links = append(s.Links, indexLink{string(g.Lang), g.URL(i)})
		}
		group := &groups[at[c.Page]]
		group.States = append(group.States, s)
	}
	return groups
}
