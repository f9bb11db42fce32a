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
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/examples/insurer"
	"github.com/domicile-home/domicile/examples/packs"
	"github.com/domicile-home/domicile/examples/providers"
)

// statement is one of the household's bank statements, as the bank gives it.
//
//go:embed demo/releve-karim.ofx
var statement []byte

const (
	statementName  = "releve-karim.ofx"
	statementLines = 11
	demoPassword   = "glycines sous la pluie de Rennes"
	demoSeed       = 1
)

type demoCmd struct {
	Listen string `help:"Address and port of the pages." default:"127.0.0.1:8420"`
	Check  bool   `help:"Headless: run everything twice, with every fault, print what was counted as JSON."`
}

// A household is the home of a demonstration, with its providers.
type household struct {
	home     *home.Home
	door     *door
	telco    *providers.Telco
	bank     *providers.Bank
	energy   *providers.Energy
	at       map[string]string // addresses, by connector
	recovery string
	source   connect.Source // the telco's
}

func (c demoCmd) Run(s *session) error {
	use := c.show
	if c.Check {
		use = func(s *session, h *household) error { return check(s, h) }
	}
	programs, err := builtIn()
	if err != nil {
		return err
	}
	return s.household(programs, time.Now, func(h *household) error { return use(s, h) })
}

// household makes the home and the providers, hands them to use, and removes
// them.
func (s *session) household(programs []*program.Program, now core.Clock, use func(*household) error) (err error) {
	shared, err := s.sharedWith(programs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shared.Close()) }()
	dir, err := os.MkdirTemp("", "domicile-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	h := &household{at: map[string]string{},
		telco:  providers.NewTelco(providers.TelcoConfig{Seed: demoSeed, Clock: now, Delay: time.Second, Pause: time.Second}),
		bank:   providers.NewBank(providers.BankConfig{Seed: demoSeed, Clock: now, Delay: time.Second, Pause: time.Second}),
		energy: providers.NewEnergy(providers.EnergyConfig{Seed: demoSeed, Clock: now, Delay: time.Second, Pause: time.Second})}
	for connector, handler := range map[string]http.Handler{"ondine": h.telco, "embruns": h.bank, "armor": h.energy} {
		address, stop, err := serveProvider(handler)
		if err != nil {
			return err
		}
		defer stop()
		h.at[connector] = address
	}
	config := s.config(dir)
	config.Clock = now
	if h.home, err = home.Open(s.ctx, config, shared); err != nil {
		return err
	}
	h.door = serveInside(h.home)
	defer func() { err = errors.Join(err, h.door.close()) }()
	if err := h.furnish(s.ctx); err != nil {
		return err
	}
	return use(h)
}

// serveProvider serves a simulated provider on a port of its own.
func serveProvider(handler http.Handler) (address string, stop func(), err error) {
	return serveAt("127.0.0.1:0", handler)
}

func serveAt(at string, handler http.Handler) (address string, stop func(), err error) {
	listener, err := net.Listen("tcp", at)
	if err != nil {
		return "", nil, err
	}
	server, served := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}, make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() {
		_ = server.Close() // it ends with the demonstration; what it cut was simulated
		<-served
	}, nil
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
		Connector: "ondine", Config: map[string]string{"address": h.at["ondine"], "username": h.telco.User()},
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

// bring brings in what all the providers have, and the statement.
func (h *household) bring(s *session) error {
	fmt.Fprintln(s.err, "Bringing two years of bills, calls, bank lines and meter readings home…")
	for _, bring := range []func(*session) (connect.Run, error){h.pull, h.pullBank, h.pullEnergy, h.importStatement} {
		r, err := bring(s)
		if err == nil && r.Problem != nil {
			err = core.E(r.Problem.Code, "demo", errors.New(r.Problem.Message))
		}
		if err != nil {
			return err
		}
	}
	rooms, err := h.home.Rooms()
	if err != nil {
		return err
	}
	return addExamples(s.ctx, rooms.Packs)
}

// show serves the furnished home until it is interrupted.
func (c demoCmd) show(s *session, h *household) error {
	if err := h.bring(s); err != nil {
		return err
	}
	insured, stop, err := serveAt(insurer.Address, insurer.New(insurer.Config{})) // where the app offers sends to
	if err != nil {
		insured = "is not there: " + insurer.Address + " is in use"
	} else {
		defer stop()
	}
	publisher, err := packs.NewPublisher()
	if err != nil {
		return err
	}
	published, unpublish, err := serveProvider(publisher)
	if err != nil {
		return err
	}
	defer unpublish()
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

  their telco   %s   %s / %s
  their bank    %s   %s / %s, and a code by SMS, shown at its /_control
  their energy  %s   %s / %s
  a publisher   %s/electricity-tariffs.pack   to be followed under Apps, Reference packs
  an insurer    %s   what it received is at its /_control: nothing, until an act is signed

Add /_control to a provider's address to make it misbehave.
Stop it with Ctrl+C; nothing is kept.
`, strings.Join(people, " and "), url, demoPassword, h.recovery, h.at["ondine"], h.telco.User(), h.telco.Password(),
			h.at["embruns"], h.bank.User(), h.bank.Password(), h.at["armor"], h.energy.User(), h.energy.Password(), published, insured)
	})
}
