package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/sdk/protocol"
)

//go:embed static
var static embed.FS

// A SiteConfig holds what the pages work with. Every member is required.
type SiteConfig struct {
	Home     Home
	Setup    *auth.Setup
	Attempts *auth.Attempts
	Hosts    []string // names by which the home is reached; loopback names are always known
	Clock    core.Clock
	Zone     *time.Location
	Log      *slog.Logger
	Done     <-chan struct{} // closed when the server stops: streams end
}

// A site serves the pages.
type site struct {
	SiteConfig
	pages  *pages
	assets map[string]asset // by hashed name
	names  map[string]string

	streams chan struct{} // one for each stream open
	api     http.Handler  // for tokens
}

// An asset is a static file, served for ever under a name that holds its hash.
type asset struct {
	body      []byte
	mediaType string
}

// NewSite returns the handler of the pages.
func NewSite(c SiteConfig) (http.Handler, error) {
	s := &site{SiteConfig: c, streams: make(chan struct{}, maxStreams)}
	if err := s.loadAssets(); err != nil {
		return nil, err
	}
	pages, err := loadPages(s.names)
	if err != nil {
		return nil, err
	}
	s.pages, s.api = pages, newTokenAPI(s.Home, s.Attempts.Apart(), s)
	e := echo.New()
	e.HTTPErrorHandler = s.fail
	e.Use(whole)
	s.route(e)
	return s.guard(e), nil
}

func (s *site) route(e *echo.Echo) {
	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.GET("/static/:name", s.asset)
	e.GET("/setup", s.showSetup)
	e.POST("/setup", s.setUp)
	e.GET("/unlock", s.showUnlock)
	e.POST("/unlock", s.unlock)
	e.POST("/lock", s.inside(s.lock))
	e.POST("/language", s.setLanguage)
	e.GET("/", s.inside(s.home))
	e.GET("/timeline", s.inside(s.timeline))
	e.GET("/export", s.inside(s.export))
	e.GET("/live", s.inside(s.events))
	e.GET("/manifest.webmanifest", s.manifest)
	e.GET("/sw.js", s.serviceWorker)
	e.GET("/offline", s.offline)
	e.GET("/search", s.inside(s.search))
	e.POST("/search/save", s.inside(s.saveSearch))
	e.POST("/search/forget", s.inside(s.forgetSearch))
	e.GET("/records/:ref", s.inside(s.record))
	e.POST("/records/:ref/delete", s.inside(s.deleteRecord))
	e.POST("/records/:ref/restore", s.inside(s.restoreRecord))
	e.POST("/records/:ref/tag", s.inside(s.tagRecord))
	e.POST("/records/:ref/untag", s.inside(s.untagRecord))
	e.GET("/records/:ref/correct", s.inside(s.showCorrect))
	e.POST("/records/:ref/correct", s.inside(s.correct))
	e.POST("/records/:ref/take-back", s.inside(s.takeBack))
	e.POST("/records/:ref/keep", s.inside(s.keepCorrections))
	e.POST("/records/:ref/same", s.inside(s.sayTwins))
	e.GET("/sources/:source/same/:other", s.inside(s.showDoubles))
	e.POST("/sources/:source/same/:other", s.inside(s.sayDoubles))
	e.POST("/sources/:source/same/:other/back", s.inside(s.unsayDoubles))
	e.GET("/files/:source/:file", s.inside(s.file))
	e.GET("/files/:source/:file/pages/:page", s.inside(s.picture))
	e.GET("/sources", s.inside(s.sources))
	e.GET("/sources/new/:connector", s.inside(s.showAdd))
	e.POST("/sources/new/:connector", s.inside(s.add))
	e.GET("/sources/:source", s.inside(s.source))
	e.POST("/sources/:source/run", s.inside(s.startRun))
	e.POST("/sources/:source/pause", s.inside(s.pause))
	e.POST("/sources/:source/resume", s.inside(s.resume))
	e.POST("/sources/:source/secrets", s.inside(s.setSecrets))
	e.POST("/sources/:source/sign-in", s.inside(s.beginSignIn))
	e.POST("/sources/:source/code", s.inside(s.beginCode))
	e.POST("/sources/:source/code/cancel", s.inside(s.cancelCode))
	e.POST("/sources/:source/landing", s.inside(s.land))
	e.GET(callbackPath+":connector", s.callback)
	e.POST("/sources/:source/remove", s.inside(s.remove))
	e.GET("/sources/:source/runs/:run", s.inside(s.run))
	e.POST("/sources/:source/runs/:run/cancel", s.inside(s.cancelRun))
	e.GET("/sources/:source/runs/:run/picture/:name", s.inside(s.questionPicture))
	e.POST("/sources/:source/runs/:run/answer", s.inside(s.answerRun))
	e.POST("/sources/:source/runs/:run/undo", s.inside(s.undoRun))
	s.routeOwn(e)
	s.routeThemes(e)
	s.routeApps(e)
	s.routeInstall(e)
	s.routePacks(e)
	s.routeActs(e)
	e.GET("/import", s.inside(s.showImport))
	e.POST("/import", s.inside(s.previewFiles))
	e.GET("/import/columns/:file", s.inside(s.showColumns))
	e.POST("/import/columns/:file", s.inside(s.sayColumns))
	e.POST("/import/accept", s.inside(s.acceptFiles))
	e.POST("/import/put-away", s.inside(s.putAway))
}

// loadAssets names each static file after its content.
func (s *site) loadAssets() error {
	s.assets, s.names = map[string]asset{}, map[string]string{}
	types := map[string]string{".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".js": "text/javascript; charset=utf-8", ".png": "image/png"}
	return fs.WalkDir(static, "static", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := static.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		base, ext, _ := strings.Cut(d.Name(), ".")
		hashed := base + "-" + hex.EncodeToString(sum[:6]) + "." + ext
		s.assets[hashed] = asset{body, types["."+ext]}
		s.names[d.Name()] = "/static/" + hashed
		return nil
	})
}

func (s *site) asset(c echo.Context) error {
	a, ok := s.assets[c.Param("name")]
	if !ok {
		return core.E(core.NotFound, "find asset", errors.New(c.Param("name")))
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	return c.Blob(http.StatusOK, a.mediaType, a.body)
}

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const maxForm = 1 << 20 // bytes of a form without files

// guard refuses what no page of the home sends: another host's name, a change
// asked for by another site, a form too large.
func (s *site) guard(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(s.deny())
	sameSite := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Cache-Control", "no-store")
		if strings.HasPrefix(r.URL.Path, apiRoot+"/") { // which takes no cookie and keeps its own rules
			s.api.ServeHTTP(w, r)
			return
		}
		if r.URL.Path == "/healthz" { // says nothing of the home, whoever asks
			next.ServeHTTP(w, r)
			return
		}
		if !s.knows(r.Host) {
			http.Error(w, "This home is not reached by that name. Start it with --host NAME.", http.StatusMisdirectedRequest)
			return
		}
		if !isUpload(r.URL.Path) {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		}
		sameSite.ServeHTTP(w, r)
	})
}

// isUpload reports whether forms with files go to a path: its page streams them
// and bounds each.
func isUpload(path string) bool { return path == "/import" || path == "/packs" || path == "/install" }

// whole refuses a form that cannot be read to its end: a part of it would pass
// for all of it.
func whole(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Method != http.MethodPost || isUpload(r.URL.Path) {
			return next(c)
		}
		err := r.ParseForm()
		if err == nil {
			err = r.ParseMultipartForm(maxForm) // in memory: the body is no larger
		}
		switch _, tooLarge := errors.AsType[*http.MaxBytesError](err); {
		case tooLarge:
			return core.E(protocol.Limit, "read form", err)
		case err != nil && !errors.Is(err, http.ErrNotMultipart):
			return core.E(core.Invalid, "read form", err)
		}
		return next(c)
	}
}

// deny refuses what another site asks for in the person's name.
func (s *site) deny() http.Handler {
	e := echo.New()
	e.HTTPErrorHandler = s.fail
	e.Any("/*", func(echo.Context) error {
		return core.E(core.Forbidden, "take form", errors.New("sent by another site"))
	})
	return e
}

// knows reports whether host, with or without a port, names this home.
func (s *site) knows(host string) bool {
	name := hostname(host)
	return isLoopback(name) || slices.Contains(s.Hosts, name)
}

func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

func isLoopback(name string) bool {
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}
