package main

import (
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// built holds what make build makes: the worker, and the connectors' packages.
//
//go:embed all:built
var built embed.FS

// builtIn loads the connectors and apps of this program.
func builtIn() ([]*program.Program, error) {
	packages, err := fs.Sub(built, "built")
	if err != nil {
		return nil, err
	}
	all, err := program.LoadAll(packages)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNotBuilt("connectors")
	}
	return all, err
}

func errNotBuilt(what string) error {
	return core.E(protocol.Internal, "start", errors.New("this binary holds no "+what+"; build it with: make build"))
}

// shared makes what every home of this process shares, with the built-in
// connectors.
func (s *session) shared() (*home.Shared, error) {
	programs, err := builtIn()
	if err != nil {
		return nil, err
	}
	return s.sharedWith(programs)
}

func (s *session) sharedWith(programs []*program.Program) (*home.Shared, error) {
	worker, err := built.ReadFile("built/domicile-worker")
	if err != nil {
		return nil, errNotBuilt("worker")
	}
	return home.NewShared(home.SharedConfig{Worker: worker, Programs: programs})
}

// config is the home's part of the configuration.
func (s *session) config(dir string) home.Config {
	log := slog.New(s.logHandler())
	locale := "en"
	if strings.HasPrefix(s.getenv("LANG"), "fr") {
		locale = "fr"
	}
	return home.Config{Dir: dir, Clock: time.Now, Zone: time.Local, Locale: locale, Log: log}
}

// logHandler writes to standard error: text, or problems as lines of JSON.
func (s *session) logHandler() slog.Handler {
	if !s.jsonErrors {
		return slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn})
	}
	asProblem := func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case slog.TimeKey, slog.LevelKey:
			return slog.Attr{}
		case slog.MessageKey:
			a.Key = "message"
		}
		return a
	}
	return slog.NewJSONHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn, ReplaceAttr: asProblem}).
		WithAttrs([]slog.Attr{slog.String("code", string(protocol.Internal))})
}

// openHome opens the folder in this process, locked.
func (s *session) openHome(dir string) (*home.Home, *home.Shared, error) {
	shared, err := s.shared()
	if err != nil {
		return nil, nil, err
	}
	h, err := home.Open(s.ctx, s.config(dir), shared)
	if err != nil {
		return nil, nil, errors.Join(err, shared.Close())
	}
	return h, shared, nil
}

// serveInside serves the API of h to this process alone.
func serveInside(h *home.Home) *door {
	inner := newPipes()
	server := &http.Server{Handler: h.API(), ReadHeaderTimeout: time.Minute}
	done := make(chan error, 1)
	go func() { done <- server.Serve(inner) }()
	d := &door{close: func() error {
		err := server.Close()
		<-done
		return errors.Join(err, h.Close())
	}}
	d.client.Transport = &http.Transport{DialContext: inner.dial}
	return d
}
