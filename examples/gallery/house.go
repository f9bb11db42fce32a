package gallery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/core/web"
)

// A House is a made-up home, served as any home is, and a door before it that
// lets everybody in to look. Nothing can be changed through that door.
type House struct {
	*web.Rooms            // nil when it is new or locked
	URL        string     // of the door
	Records    []core.Ref // that its scene wants to be shown
	home       *home.Home
	source     fs.FS
	bank       core.SourceID // of the household's bank files
	lang       locale.Lang
	address    string // of the home itself
	session    core.Secret
	seen       vault.Head        // that the browser keeps; "" for none
	places     map[string]string // in the paths of cases: "{bill}"
	kept       map[string]answer // by path, of forms that were sent
	made       map[string][]byte // files that the scene made, by path
	ends       []func() error    // the last first
}

// newHouse makes a home, unlocked unless the scene wants it new, and serves it.
func newHouse(ctx context.Context, c Config, s scene, dir string) (*House, error) {
	open := home.Scratch
	if s.isNew {
		open = home.Open
	}
	h := &House{source: c.Source, lang: c.Lang, places: map[string]string{}, kept: map[string]answer{}, made: map[string][]byte{}}
	more, err := programs(s.apps)
	if err != nil {
		return nil, err
	}
	h.home, err = open(ctx, home.Config{Dir: dir, Clock: time.Now, Zone: time.UTC, Locale: string(c.Lang), Log: c.Log}, c.Shared.With(more...))
	if err != nil {
		return nil, err
	}
	h.ends = append(h.ends, h.home.Close)
	if err := h.serve(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	if !s.isNew {
		h.Rooms, err = h.home.Rooms()
	}
	return h, err
}

// serve starts the home's own server and waits for its address.
func (h *House) serve(ctx context.Context) error {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- h.home.Serve(ctx, home.Listen{Address: "127.0.0.1:0"}, func(url string) { ready <- url })
	}()
	select {
	case err := <-ended:
		stop()
		return err
	case h.address = <-ready:
	}
	link, err := url.Parse(h.home.SetupLink(h.address))
	h.places["token"] = link.Query().Get("token")
	h.ends = append(h.ends, func() error { stop(); return <-ended })
	return err
}

// enter opens the door: a session of the home, when one can be had, and a
// listener that adds it to each request.
func (h *House) enter(ctx context.Context) error {
	if h.home.State() == home.Unlocked {
		token, _, err := h.Auth.Open(ctx, "gallery")
		if err != nil {
			return err
		}
		h.session = token
	}
	to, err := url.Parse(h.address)
	if err != nil {
		return err
	}
	door := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		h.dress(r.Out)
	}, ModifyResponse: func(r *http.Response) error {
		r.Header.Del("Set-Cookie")
		return nil
	}}
	h.URL, err = h.listen(h.lookOnly(door))
	return err
}

// dress makes r a request of the home's signed-in owner.
func (h *House) dress(r *http.Request) {
	r.Header.Del("Cookie")
	r.AddCookie(&http.Cookie{Name: "__Host-domicile", Value: string(h.session)})
	r.AddCookie(&http.Cookie{Name: "lang", Value: string(h.lang)})
	if h.seen != "" {
		r.AddCookie(&http.Cookie{Name: "__Host-head", Value: string(h.seen)})
	}
}

func (h *House) lookOnly(door http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept, ok := h.kept[r.URL.Path]
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			http.Error(w, "This is a gallery: look, but nothing can be changed.", http.StatusMethodNotAllowed)
		case ok:
			kept.show(w)
		default:
			door.ServeHTTP(w, r)
		}
	})
}

// listen serves a handler on loopback until the house is closed.
func (h *House) listen(handler http.Handler) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	h.ends = append(h.ends, func() error {
		err := server.Close()
		<-ended
		return err
	})
	return "http://" + l.Addr().String(), nil
}

func (h *House) close() error {
	var errs []error
	for i := range h.ends {
		errs = append(errs, h.ends[len(h.ends)-1-i]())
	}
	return errors.Join(errs...)
}

// fill puts what the scene made in the places of a path or a value.
func (h *House) fill(text string) string {
	var pairs []string
	for name, value := range h.places {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// mark names what a case leads to.
func (h *House) mark(name string, value any) { h.places[name] = fmt.Sprint(value) }
