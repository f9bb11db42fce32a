package web

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/locale"
)

//go:embed pages
var pageFiles embed.FS

// pages are the parsed templates, one set a page, each with the frame and the
// parts.
type pages struct{ byName map[string]*template.Template }

func loadPages(assets map[string]string) (*pages, error) {
	funcs := template.FuncMap{"asset": func(name string) (string, error) {
		if path, ok := assets[name]; ok {
			return path, nil
		}
		return "", fmt.Errorf("no asset %q", name)
	}}
	files, err := pageFiles.ReadDir("pages")
	if err != nil {
		return nil, err
	}
	p := &pages{map[string]*template.Template{}}
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".html")
		if name == "frame" || name == "parts" {
			continue
		}
		t, err := template.New(name).Option("missingkey=error").Funcs(funcs).
			ParseFS(pageFiles, "pages/frame.html", "pages/parts.html", "pages/"+f.Name())
		if err != nil {
			return nil, err
		}
		p.byName[name] = t
	}
	return p, nil
}

// A frame is what every page has.
type frame struct {
	L       *locale.Locale
	Theme   string // "light" or "dark"; "" as the system has it
	Title   string
	Path    string // of this page, for coming back to it
	Inside  bool
	Narrow  bool
	Nav     []navEntry
	Menu    []navEntry // the person's own
	Langs   []langEntry
	Flash   string
	Refresh int // seconds until the page is loaded again; 0: never. See live.
}

type navEntry struct {
	Href, Label, Icon string
	Current           bool
}

type langEntry struct {
	Lang  locale.Lang
	Label string
}

// outside returns the frame of a page at the door.
func (s *site) outside(c echo.Context, title string) frame {
	l := speak(c)
	path := c.Request().URL.Path
	if c.Request().Method != http.MethodGet {
		path = "/"
	}
	return frame{L: l, Theme: themeOf(c), Title: l.T(title), Path: path, Narrow: true,
		Langs: []langEntry{{locale.English, "English"}, {locale.French, "Français"}}}
}

// frame returns the frame of a page inside. Title is text, not a key.
func (s *site) frame(v *visit, title string) frame {
	f := s.outside(v.Context, title)
	f.Title, f.Inside, f.Narrow, f.Path = clip(title, maxTitle), true, false, within(v.Request().URL.RequestURI())
	for _, name := range []string{"home", "timeline", "search", "sources", "apps"} {
		f.Nav = append(f.Nav, f.entry(v, name))
	}
	for _, name := range []string{"themes", "activity", "receipts", "settings"} {
		f.Menu = append(f.Menu, f.entry(v, name))
	}
	return f
}

// entry leads to one of the main pages, whose address is its name but for the
// first.
func (f *frame) entry(v *visit, name string) navEntry {
	href, path := "/"+name, v.Request().URL.Path
	if name == "home" {
		href = "/"
	}
	current := isUnder(path, href) || name == "sources" && isUnder(path, "/import") || name == "apps" && (isUnder(path, "/packs") || isUnder(path, "/install"))
	return navEntry{href, f.L.T("nav." + name), name, current}
}

// isUnder reports whether a path is a page or of the pages below it; below the
// first page there are none.
func isUnder(path, page string) bool {
	return path == page || page != "/" && strings.HasPrefix(path, page+"/")
}

// themeOf returns the theme that the person chose, or "".
func themeOf(c echo.Context) string {
	if cookie, err := c.Cookie("theme"); err == nil && (cookie.Value == "light" || cookie.Value == "dark") {
		return cookie.Value
	}
	return ""
}

// live has a browser without scripts load the page again in a moment, unless
// the person asked it to keep still. Others are told of changes: see events.
func (f *frame) live(c echo.Context) {
	if c.QueryParam("still") == "" {
		f.Refresh = liveSeconds
	}
}

// render writes a page whole, or not at all. One from inside comes with the
// head of the vault that it shows.
func (s *site) render(c echo.Context, status int, name string, page any) error {
	if v, ok := c.Get(visiting).(*visit); ok && status == http.StatusOK {
		if err := pin(c, v.Vault); err != nil {
			return err
		}
	}
	var buf bytes.Buffer
	if err := s.pages.byName[name].ExecuteTemplate(&buf, "frame", page); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	return c.HTMLBlob(status, buf.Bytes())
}

// An advice says what is wrong and what to do.
type advice struct{ What, Do string }

// adviceFor returns the advice of a message key: key and key+".do".
func adviceFor(l *locale.Locale, key string, pairs ...any) *advice {
	a := &advice{What: l.T(key, pairs...)}
	if l.Has(key + ".do") {
		a.Do = l.T(key+".do", pairs...)
	}
	return a
}

// adviceOf returns the advice of an error's code.
func adviceOf(l *locale.Locale, err error) *advice {
	return adviceFor(l, "problem."+string(core.CodeOf(err)))
}

type problemPage struct {
	frame
	Problem *advice
	Home    bool // there is one to go back to
}

// fail answers every error that a page returns, once.
func (s *site) fail(err error, c echo.Context) {
	if c.Response().Committed || errors.Is(err, context.Canceled) {
		return
	}
	status := 0
	if e, ok := errors.AsType[*echo.HTTPError](err); ok {
		status, err = e.Code, core.E(core.NotFound, "find page", errors.New(http.StatusText(e.Code)))
	}
	if core.CodeOf(err) == core.Locked {
		if err := toUnlock(c); err != nil {
			s.Log.Debug("redirect", "error", err)
		}
		return
	}
	p := problemOf(err)
	if status == 0 {
		status = p.Status
	}
	if status >= 500 {
		s.Log.Error("answer page", "route", c.Path(), "error", err)
	}
	page := &problemPage{s.outside(c, "problem.title"), adviceOf(speak(c), err), s.Home.State() != New}
	if v, ok := c.Get(visiting).(*visit); ok {
		page.frame = s.frame(v, v.l.T("problem.title"))
	}
	if err := s.render(c, status, "problem", page); err != nil {
		s.Log.Error("render problem", "error", err)
	}
}
