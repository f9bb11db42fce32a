package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/vault"
)

// partHome plays a whole home in dir/home, with what is built in dir.
const partHome = "home"

type homePart struct {
	dir    string
	shared *home.Shared
	home   *home.Home // nil before it is opened
	source core.SourceID
}

func newHomePart(dir string) (part, error) {
	worker, connector, err := loadBuilt(dir)
	if err != nil {
		return nil, err
	}
	shared, err := home.NewShared(home.SharedConfig{Worker: worker, Programs: []*program.Program{connector}})
	return &homePart{dir: dir, shared: shared}, err
}

func (p *homePart) config(name string) home.Config {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return home.Config{Dir: filepath.Join(p.dir, name), Clock: time.Now, Zone: time.UTC, Locale: "en", Log: log}
}

func (p *homePart) close() error {
	if p.home == nil {
		return p.shared.Close()
	}
	return errors.Join(p.home.Close(), p.shared.Close())
}

func (p *homePart) do(ctx context.Context, r request) (answer reply, err error) {
	switch r.Do {
	case "scratch": // a new home
		p.home, err = home.Scratch(ctx, p.config("run"), p.shared)
	case "add": // a source: url, user, password
		err = p.add(ctx, r.Words[0], r.Words[1], core.Secret(r.Words[2]))
	case "run":
		answer, err = p.run(ctx)
	case "dump": // the source's records, to a file
		err = p.dump(ctx, r.Words[0])
	case "forget": // the source
		err = p.forget(ctx)
	case "first": // unlock the home of a name and look a word up
		answer.Took, err = p.first(ctx, r.Words[0], r.Words[1])
	case "use": // search, list and open records as a person does
		err = p.use(ctx, r.Words)
	default:
		err = fmt.Errorf("no request %q", r.Do)
	}
	answer.Memory = ownMemory()
	return answer, err
}

// add adds a source at the operator that runs only when told.
func (p *homePart) add(ctx context.Context, url, user string, password core.Secret) error {
	rooms, err := p.home.Rooms()
	if err != nil {
		return err
	}
	s, err := rooms.Connect.Add(ctx, connect.NewSource{Connector: builtConnector,
		Config: map[string]string{"address": url, "username": user}, Secrets: map[string]core.Secret{"password": password}})
	if err != nil {
		return err
	}
	p.source = s.ID
	return rooms.Connect.SetPaused(ctx, s.ID, true)
}

// run runs the source once, from nothing. The values are how the run went and
// how much this process grew.
func (p *homePart) run(ctx context.Context) (answer reply, err error) {
	rooms, err := p.home.Rooms()
	if err != nil {
		return answer, err
	}
	debug.FreeOSMemory()
	if err := forgetPeak(); err != nil {
		return answer, err
	}
	before, cpu := ownMemory(), cpuTime()
	var r connect.Run
	took, err := timed(func() error {
		id, err := rooms.Connect.Start(ctx, p.source, connect.ByPerson)
		if err == nil {
			r, err = rooms.Connect.Wait(ctx, p.source, id, nil)
		}
		return err
	})
	if err == nil && (r.State != connect.Succeeded || r.Counts.Added < bills) {
		err = fmt.Errorf("run %s: %+v, %+v", r.State, r.Counts, r.Problem)
	}
	after := ownMemory()
	answer.Took = []float64{took}
	answer.Values = map[string]float64{"added": float64(r.Counts.Added), "cpu": cpuTime() - cpu, "program": r.Use.CPU.Seconds(),
		"idle": float64(before.RSS), "growth": float64(after.Peak - before.RSS)}
	return answer, err
}

// dump writes the records as lines of JSON.
func (p *homePart) dump(ctx context.Context, path string) (err error) {
	rooms, err := p.home.Rooms()
	if err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := json.NewEncoder(file)
	return rooms.Vault.View(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(p.source)
		if err != nil {
			return err
		}
		for r, err := range space.Records(0) {
			if err != nil {
				return err
			}
			if err := out.Encode(sent{Type: r.Type, ID: r.ID, Time: r.Time, Title: r.Title, Data: r.Data}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *homePart) forget(ctx context.Context) error {
	rooms, err := p.home.Rooms()
	if err != nil {
		return err
	}
	return rooms.Connect.Forget(ctx, p.source)
}

// first opens a home, unlocks it and searches. It returns how long opening took
// and how long the rest.
func (p *homePart) first(ctx context.Context, name, word string) ([]float64, error) {
	opening, err := timed(func() (err error) {
		p.home, err = home.Open(ctx, p.config(name), p.shared)
		return err
	})
	if err != nil {
		return nil, err
	}
	unlocking, err := timed(func() error {
		if err := p.home.Unlock(ctx, vault.Password(benchPassword)); err != nil {
			return err
		}
		rooms, err := p.home.Rooms()
		if err != nil {
			return err
		}
		found, err := rooms.Query.Search(ctx, query.Search{Text: word})
		if err == nil && len(found.Hits) == 0 {
			err = fmt.Errorf("%q is not found", word)
		}
		return err
	})
	return []float64{opening, unlocking}, err
}

// use does what a person does who looks around: words, lists, records.
func (p *homePart) use(ctx context.Context, words []string) error {
	rooms, err := p.home.Rooms()
	if err != nil {
		return err
	}
	for _, word := range words {
		found, err := rooms.Query.Search(ctx, query.Search{Text: word})
		if err != nil {
			return err
		}
		for _, hit := range found.Hits {
			if _, err := rooms.Query.Get(ctx, hit.Record.Ref); err != nil {
				return err
			}
		}
	}
	var after vault.Cursor
	for range 20 {
		page, err := rooms.Query.Timeline(ctx, query.Filter{}, after, 0)
		if err != nil {
			return err
		}
		after = page.Next
	}
	return nil
}
