package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// manifest lets the home be installed as an app, and take files that other apps
// share. It holds nothing personal, so it needs no session.
func (s *site) manifest(c echo.Context) error {
	type icon struct {
		Src     string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose"`
	}
	type object = map[string]any
	l := speak(c)
	text, err := json.Marshal(object{
		"name": "Domicile", "short_name": "Domicile", "lang": l.Lang, "id": "/", "start_url": "/", "scope": "/", "display": "standalone",
		"background_color": "#fbfaf8", "theme_color": "#14655b",
		"icons": []icon{{s.names["icon.svg"], "any", "image/svg+xml", "any"}, {s.names["icon-maskable.svg"], "any", "image/svg+xml", "maskable"}},
		"share_target": object{"action": "/import", "method": "POST", "enctype": "multipart/form-data",
			"params": object{"files": []object{{"name": "file", "accept": []string{"*/*"}}}}},
	})
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/manifest+json", text)
}

// serviceWorker serves the script that shows a page of its own when the home
// cannot be reached. It keeps that page and its style, and nothing else.
func (s *site) serviceWorker(c echo.Context) error {
	script := string(s.assets[strings.TrimPrefix(s.names["sw.js"], "/static/")].body)
	script = strings.ReplaceAll(script, "STYLE", s.names["style.css"])
	return c.Blob(http.StatusOK, "text/javascript; charset=utf-8", []byte(script))
}

type offlinePage struct{ frame }

func (s *site) offline(c echo.Context) error {
	return s.render(c, http.StatusOK, "offline", &offlinePage{s.outside(c, "offline.title")})
}
