// Package appstest runs an app of this repository in a home made for a test: a
// real vault, the real sandbox, the app built from its folder.
package appstest

import (
	"context"
	"crypto/ed25519"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// A House is a home with one app, and one source.
type House struct {
	App    *program.Program
	Apps   *apps.Apps
	Source core.SourceID
	now    time.Time
	in     *ingest.Ingest
	packs  *pack.Shelf
}

// New makes an empty home whose day is now's, with the app of the folder that
// the test runs in. The app has no grant yet.
func New(t *testing.T, now time.Time) *House {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	must(t, err)
	v, _, err := vault.Create(filepath.Join(t.TempDir(), "vault.db"), core.Secret("trombone-gravier-moufle"), vault.Options{Params: vault.Params{Time: 1, Memory: 8, Threads: 1}})
	must(t, err)
	h := &House{App: load(t), now: now}
	clock := func() time.Time { return now }
	h.in, err = ingest.New(v, clock)
	must(t, err)
	l := ledger.New(v, clock)
	h.packs = pack.New(v, l, clock, func(context.Context) ([]string, error) { return nil, nil })
	h.Apps, err = apps.New(t.Context(), apps.Config{Vault: v, Packs: h.packs, Box: sandboxtest.Box(t), Programs: []*program.Program{h.App}, Ledger: l, Clock: clock, Zone: zone,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	must(t, err)
	t.Cleanup(func() {
		h.Apps.Close()
		must(t, v.Close())
	})
	must(t, v.Update(t.Context(), func(tx *vault.Tx) (err error) {
		h.Source, err = tx.CreateSpace()
		return err
	}))
	return h
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// load reads the manifest and the strings of the folder, and builds its program.
func load(t *testing.T) *program.Program {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"manifest.json", "strings/en.json", "strings/fr.json"} {
		text, err := os.ReadFile(name)
		must(t, err)
		files[name] = &fstest.MapFile{Data: text}
	}
	dir, err := os.Getwd()
	must(t, err)
	files[filepath.Base(dir)+".wasm"] = &fstest.MapFile{Data: sandboxtest.Wasm(t, "./.")}
	p, err := program.Load(files)
	must(t, err)
	return p
}

// Bring commits records of the source.
func (h *House) Bring(t *testing.T, records ...record.Record) {
	t.Helper()
	const atOnce = 1000
	for ; len(records) > 0; records = records[min(len(records), atOnce):] {
		batch := ingest.Batch{Source: h.Source, Provenance: core.Provenance{Run: 1}}
		for _, r := range records[:min(len(records), atOnce)] {
			staged, err := h.in.Stage(r, "", nil)
			must(t, err)
			batch.Records = append(batch.Records, staged)
		}
		_, err := h.in.Commit(t.Context(), batch)
		must(t, err)
	}
}

// Grant gives the app what it asks for, as change leaves it; nil changes
// nothing.
func (h *House) Grant(t *testing.T, change func(*apps.Grant)) {
	t.Helper()
	g := apps.Propose(h.App, h.now)
	if change != nil {
		change(&g)
	}
	must(t, h.Apps.Grant(t.Context(), g))
}

// AddPack keeps a reference pack, signed by the test.
func (h *House) AddPack(t *testing.T, id string, content []byte) {
	t.Helper()
	header := signed.Header{Format: pack.Format, ID: id, Version: "1", Date: record.YearOf(2026), Publisher: "a test", Licence: "CC0-1.0"}
	file, err := signed.Seal(header, content, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	must(t, err)
	_, err = h.packs.Add(t.Context(), file)
	must(t, err)
}

// Show shows a view of the app.
func (h *House) Show(t *testing.T, r apps.Request) *apps.Shown {
	t.Helper()
	r.App = h.App.Manifest.ID
	if r.Locale == "" {
		r.Locale = "en"
	}
	shown, err := h.Apps.Show(t.Context(), r)
	must(t, err)
	return shown
}
