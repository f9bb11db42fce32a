package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/examples/providers"
)

// statement is the household's bank statement, as their bank gives it.
//
//go:embed demo/releve-compte-joint.ofx
var statement []byte

const (
	statementName  = "releve-compte-joint.ofx"
	statementLines = 11
	demoPassword   = "glycines sous la pluie de Rennes"
)

type demoCmd struct {
	Listen string `help:"Address and port of the pages." default:"127.0.0.1:8420"`
	Check  bool   `help:"Headless: run everything twice, with every fault, print what was counted as JSON."`
}

// A household is the home of a demonstration, with its provider.
type household struct {
	home     *home.Home
	door     *door
	telco    *providers.Telco
	address  string // of the telco
	recovery string
	source   connect.Source // the telco's
}

func (c demoCmd) Run(s *session) error {
	use := c.show
	if c.Check {
		use = func(s *session, h *household) error { return check(s, h) }
	}
	return s.household(func(h *household) error { return use(s, h) })
}

// household makes the home and the provider, hands them to use, and removes
// both.
func (s *session) household(use func(*household) error) (err error) {
	shared, err := s.shared()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shared.Close()) }()
	dir, err := os.MkdirTemp("", "domicile-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	h := &household{telco: providers.NewTelco(providers.TelcoConfig{Seed: 1, Delay: time.Second, Pause: time.Second})}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	h.address = "http://" + listener.Addr().String()
	provider := &http.Server{Handler: h.telco, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- provider.Serve(listener) }()
	defer func() {
		err = errors.Join(err, provider.Close())
		<-served
	}()
	if h.home, err = home.Open(s.ctx, s.config(dir), shared); err != nil {
		return err
	}
	h.door = serveInside(h.home)
	defer func() { err = errors.Join(err, h.door.close()) }()
	if err := h.furnish(s.ctx); err != nil {
		return err
	}
	return use(h)
}

// furnish sets the home up and adds the telco.
func (h *household) furnish(ctx context.Context) error {
	var made struct {
		Recovery string `json:"recovery"`
	}
	if err := h.door.call(ctx, "POST", "/setup", map[string]string{"password": demoPassword}, &made); err != nil {
		return err
	}
	h.recovery = made.Recovery
	return h.door.call(ctx, "POST", "/sources", newSource{
		Connector: "ondine", Config: map[string]string{"address": h.address, "username": h.telco.User()},
		Secrets: map[string]string{"password": h.telco.Password()},
	}, &h.source)
}

// pull runs the telco and returns how the run ended.
func (h *household) pull(s *session) (connect.Run, error) {
	return s.follow(h.door, "/sources/"+h.source.ID.String()+"/runs", nil, false)
}

// importStatement imports the bank statement.
func (h *household) importStatement(s *session) (connect.Run, error) {
	return s.follow(h.door, "/import"+query("name", statementName), bytes.NewReader(statement), false)
}

// show serves the furnished home until it is interrupted.
func (c demoCmd) show(s *session, h *household) error {
	fmt.Fprintln(s.err, "Bringing two years of bills and calls home…")
	for _, bring := range []func(*session) (connect.Run, error){h.pull, h.importStatement} {
		r, err := bring(s)
		if err == nil && r.Problem != nil {
			err = core.E(r.Problem.Code, "demo", errors.New(r.Problem.Message))
		}
		if err != nil {
			return err
		}
	}
	return h.home.Serve(s.ctx, home.Listen{Address: c.Listen}, func(url string) {
		people := []string{}
		for _, p := range providers.Family().People {
			people = append(people, p.Name())
		}
		fmt.Fprintf(s.out, `
The home of %s is open. Everything in it is made up.

  page          %s
  password      %s
  recovery key  %s

  their telco   %s        %s / %s
                %s/_control   makes it misbehave

Stop it with Ctrl+C; nothing is kept.
`, strings.Join(people, " and "), url, demoPassword, h.recovery, h.address, h.telco.User(), h.telco.Password(), h.address)
	})
}
