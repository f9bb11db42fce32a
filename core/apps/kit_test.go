package apps_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

const password = core.Secret("trombone-gravier-moufle")

var (
	cheap   = vault.Options{Params: vault.Params{Time: 1, Memory: 8, Threads: 1}}
	sharing sync.Mutex
	ofAll   *sandbox.Box
)

// box returns the one of all tests, as a process has one: programs compile once.
func box(tb testing.TB) *sandbox.Box {
	tb.Helper()
	sharing.Lock()
	defer sharing.Unlock()
	if ofAll == nil {
		b, err := sandbox.New(sandbox.Config{Worker: sandboxtest.Worker(tb)})
		if err != nil {
			tb.Fatal(err)
		}
		ofAll = b
	}
	return ofAll
}

// noon is the day on which the tests take place.
var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// A house is a home's vault with its apps.
type house struct {
	v      *vault.Vault
	path   string
	in     *ingest.Ingest
	apps   *apps.Apps
	ledger *ledger.Ledger
	packs  *pack.Shelf
	now    time.Time
}

// puppet loads the app that says what it is told to, asking for reads.
func puppet(tb testing.TB, reads ...protocol.Read) *program.Program {
	tb.Helper()
	for i := range reads {
		reads[i].Purpose = "why"
	}
	text, err := json.Marshal(protocol.Manifest{Protocol: protocol.Version, Kind: protocol.KindApp, ID: "puppet", Version: "1.0.0", Name: "name", Description: "name",
		Licence: "Apache-2.0", Runtime: "wasm", Module: "puppet.wasm", Reads: reads, Languages: []string{"en", "fr"},
		Fields: []protocol.Field{{Name: "script", Kind: "text", Label: "name"}}, Acts: acts()})
	if err != nil {
		tb.Fatal(err)
	}
	words := &fstest.MapFile{Data: []byte(`{"name":"Puppet","why":"To test."}`)}
	p, err := program.Load(fstest.MapFS{"manifest.json": {Data: text}, "strings/en.json": words, "strings/fr.json": words,
		"puppet.wasm": {Data: sandboxtest.Wasm(tb, "./testdata/puppet")}})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// newHouse makes an empty home with one app.
func newHouse(t *testing.T, p *program.Program) *house {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vault.db")
	v, _, err := vault.Create(path, password, cheap)
	if err != nil {
		t.Fatal(err)
	}
	return furnish(t, v, p, path)
}

func furnish(t *testing.T, v *vault.Vault, p *program.Program, path string) *house {
	t.Helper()
	h := &house{v: v, path: path, now: noon}
	clock := func() time.Time { return h.now }
	var err error
	if h.in, err = ingest.New(v, clock); err != nil {
		t.Fatal(err)
	}
	h.ledger = ledger.New(v, clock)
	h.packs = pack.New(v, h.ledger, clock, func(context.Context) ([]string, error) { return []string{"Maëlle Le Goff"}, nil })
	h.apps, err = apps.New(t.Context(), apps.Config{Vault: v, Packs: h.packs, Box: box(t), Programs: []*program.Program{p}, Ledger: h.ledger, Clock: clock, Zone: time.UTC,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.apps.Close()
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// source makes a source.
func (h *house) source(t *testing.T) (id core.SourceID) {
	t.Helper()
	err := h.v.Update(t.Context(), func(tx *vault.Tx) (err error) {
		id, err = tx.CreateSpace()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// bring commits records of a source.
func (h *house) bring(t *testing.T, source core.SourceID, records ...record.Record) {
	t.Helper()
	batch := ingest.Batch{Source: source, Provenance: core.Provenance{Run: 1}}
	for _, r := range records {
		staged, err := h.in.Stage(r, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		batch.Records = append(batch.Records, staged)
	}
	if _, err := h.in.Commit(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

// same says that two bills are the same thing.
func (h *house) same(t *testing.T, a core.SourceID, idA string, b core.SourceID, idB string) {
	t.Helper()
	if err := h.in.Same(t.Context(), ingest.Pair{A: h.ref(t, a, idA), B: h.ref(t, b, idB)}); err != nil {
		t.Fatal(err)
	}
}

// lead makes a bill lead the thing that it is of.
func (h *house) lead(t *testing.T, source core.SourceID, id string) {
	t.Helper()
	if err := h.in.Lead(t.Context(), h.ref(t, source, id)); err != nil {
		t.Fatal(err)
	}
}

func (h *house) ref(t *testing.T, source core.SourceID, id string) core.Ref {
	t.Helper()
	r, err := query.New(h.v, nil, query.Owner).ByID(t.Context(), source, record.Key{Type: record.TypeBill, ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return r.Ref
}

// grant gives the app what it asks for, as change leaves it.
func (h *house) grant(t *testing.T, p *program.Program, change func(*apps.Grant)) {
	t.Helper()
	g := apps.Propose(p, h.now)
	if change != nil {
		change(&g)
	}
	if err := h.apps.Grant(t.Context(), g); err != nil {
		t.Fatal(err)
	}
}

const blank = `{'op':'view','view':{'title':'x','nodes':[]}}`

// run has the app send lines, quotes written as ', and returns the replies after
// that to start.
func (h *house) run(t *testing.T, lines ...string) (replies []string, shown *apps.Shown, err error) {
	t.Helper()
	g, err := h.apps.Granted(t.Context(), "puppet")
	if err != nil {
		t.Fatal(err)
	}
	if g.App != "" {
		g.Config = map[string]string{"script": strings.Join(lines, "~")}
		if err := h.apps.Grant(t.Context(), g); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	shown, err = h.apps.Show(t.Context(), apps.Request{App: "puppet", Locale: "en", Log: &log})
	all := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
	return all[min(1, len(all)):], shown, err
}

func bill(id, day, vendor, amount string) record.Record {
	at, err := record.ParseTime(day)
	if err != nil {
		panic(err)
	}
	return record.Record{Type: record.TypeBill, ID: id, Time: at, Title: vendor + " " + day,
		Data: fmt.Appendf(nil, `{"vendor":%q,"number":"N-%s","issued":%q,"amount":%q,"currency":"EUR"}`, vendor, id, day, amount)}
}

var billRead = protocol.Read{Type: record.TypeBill, Fields: []string{"time", "title", "vendor", "amount", "currency"}, Granularity: protocol.Records}

// acts are those that the puppet may propose: one, and the one that takes it back.
func acts() []protocol.Act {
	to := protocol.Recipient{Name: "name", URL: "https://offers.insurer.test/acceptances", Contact: "why", Address: "why", Kind: protocol.PartyCompany, Country: "FR",
		Notice: "https://insurer.test/privacy", Keeps: "P1M", Stores: []string{"FR"}}
	back := protocol.Recipient{Name: to.Name, URL: to.URL}
	return []protocol.Act{
		{ID: "accept", Title: "name", Purpose: "why", Recipient: to, Valid: "P1Y", MediaType: "text/plain", Template: "{band} {note} {receipt}", Fields: []protocol.ActField{
			{Name: "band", Label: "name", Kind: protocol.ActChoice, Options: []protocol.ActOption{{Value: "A", Label: "name"}, {Value: "B", Label: "name"}}},
			{Name: "note", Label: "name", Kind: protocol.ActText}}},
		{ID: "withdraw", Title: "name", Purpose: "why", Recipient: back, MediaType: "text/plain", Template: "{receipt}", Withdraws: "accept"},
	}
}
