package gallery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// Password opens the homes that were set up with one.
const Password = "sept hiboux sous un noisetier"

// A scene is a home in some state.
type scene struct {
	name  string
	isNew bool // not set up; else it is unlocked
	bring func(context.Context, *House) error
	apps  []App // beside those of the repository
}

// Hostiles is the scene whose records and files an enemy made.
const Hostiles = "hostile"

// The scenes.
const (
	firstRun   = "first run"
	setUpNow   = "set up just now"
	locked     = "locked"
	lockedOut  = "locked, after many wrong passwords"
	damaged    = "damaged vault"
	rewound    = "older vault than last seen"
	nothingYet = "nothing yet"
	household  = "household"
	trouble    = "sources in trouble"
	asking     = "sources that ask"
	hostile    = Hostiles
	many       = "many records"
	allowing   = "apps that may read"
	explaining = "tables to explain"
)

func scenes() []scene {
	return []scene{
		{firstRun, true, asItIs, nil},
		{setUpNow, true, asItIs, nil},
		{locked, false, lock, nil},
		{lockedOut, false, guess, nil},
		{damaged, true, damage, nil},
		{rewound, true, rewind, nil},
		{nothingYet, false, asItIs, nil},
		{household, false, furnish, nil},
		{trouble, false, fail, nil},
		{asking, false, ask, nil},
		{hostile, false, attack, hostileApps()},
		{many, false, crowd, nil},
		{allowing, false, permit, append(householdApps(), signers()...)},
		{explaining, false, explain, nil},
	}
}

func asItIs(context.Context, *House) error { return nil }

func lock(_ context.Context, h *House) error {
	h.home.Lock()
	h.Rooms = nil
	return nil
}

// guess tries wrong passwords until the home makes who asks wait.
func guess(ctx context.Context, h *House) error {
	if err := lock(ctx, h); err != nil {
		return err
	}
	for range 8 {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.address+"/unlock", strings.NewReader(url.Values{"password": {"wrong"}}.Encode()))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := stay().Do(r)
		if err != nil {
			return err
		}
		if err := res.Body.Close(); err != nil {
			return err
		}
	}
	return nil
}

// damage spoils the vault's keyring, wherever the file has it.
func damage(ctx context.Context, h *House) error {
	if _, err := h.home.SetUp(ctx, Password); err != nil {
		return err
	}
	h.home.Lock()
	path := filepath.Join(h.home.Dir, home.Vault)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	key, hits := []byte("keyring"), 0
	for at := 0; bytes.Contains(text[at:], key); hits++ {
		at += bytes.Index(text[at:], key) + len(key)
		if _, err := f.WriteAt([]byte{^text[at+30]}, int64(at+30)); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if hits == 0 {
		err = errors.New("no keyring in the vault's file")
	}
	return errors.Join(err, f.Close())
}

// rewind leaves the home with an older copy of its vault than a browser has seen:
// another copy went on.
func rewind(ctx context.Context, h *House) (err error) {
	if _, err := h.home.SetUp(ctx, Password); err != nil {
		return err
	}
	h.home.Lock()
	text, err := os.ReadFile(filepath.Join(h.home.Dir, home.Vault))
	if err != nil {
		return err
	}
	later := filepath.Join(h.home.Dir, "later.db")
	if err := os.WriteFile(later, text, 0o600); err != nil {
		return err
	}
	v, err := vault.Open(later, vault.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	if err := v.Unlock(ctx, vault.Password(Password)); err != nil {
		return err
	}
	for range 50 { // further than the home itself goes when it is unlocked
		if err := v.Update(ctx, func(tx *vault.Tx) error { _, err := tx.CreateSpace(); return err }); err != nil {
			return err
		}
	}
	h.seen, err = v.Head(ctx)
	return err
}

// furnish brings home a telco's bills, bank lines, a meter and records in every
// state.
func furnish(ctx context.Context, h *House) error {
	telco, err := h.addTelco(ctx, "", 3)
	if err != nil {
		return err
	}
	h.mark("telco", telco.ID)
	h.mark("nobody", "http://127.0.0.1:9") // the discard port: nobody answers
	if _, err := h.pull(ctx, telco.ID); err != nil {
		return err
	}
	if err := h.importBank(ctx); err != nil {
		return err
	}
	for _, name := range []string{"linky.json", "bank.json", "bills.json", "calls.json", "edf-contract.json"} {
		if _, err := h.bringFile(ctx, name, "connectors/mesinfos/testdata/"+name); err != nil {
			return err
		}
	}
	if err := h.alter(ctx, telco.ID); err != nil {
		return err
	}
	if err := h.papers(ctx, telco.ID); err != nil {
		return err
	}
	if err := h.own(ctx, telco.ID); err != nil {
		return err
	}
	if err := h.twins(ctx, telco.ID, h.bank); err != nil {
		return err
	}
	for name, text := range map[string]string{"Mobile plan": savedText, "Everything from the energy provider since 2025": "edf after:2025"} {
		if err := h.Searches.Save(ctx, query.Saved{Name: name, Text: text}); err != nil {
			return err
		}
	}
	return h.markTypes(ctx)
}

// savedText is a search that the household keeps.
const savedText = "forfait type:bill"

// importBank makes the runs of a bank's source: one that stands, one undone,
// one that failed.
func (h *House) importBank(ctx context.Context) error {
	run, err := h.bringFile(ctx, "releve.ofx", statement)
	if err != nil {
		return err
	}
	h.bank = run.Source
	h.mark("bank", run.Source)
	if run, err = h.bringFile(ctx, "autre.ofx", "connectors/ofx/testdata/sparkasse.ofx"); err != nil {
		return err
	}
	if _, err := h.Connect.Undo(ctx, run.Source, run.ID); err != nil {
		return err
	}
	if _, err := h.bringFile(ctx, "broken.ofx", brokenStatement); err != nil {
		return err
	}
	for place, path := range map[string]string{"ready": "connectors/ofx/testdata/ofx-java.ofx", "ready-too": brokenStatement} {
		content, err := h.sample(path)
		if err != nil {
			return err
		}
		waits, err := h.Connect.Preview(ctx, place+".ofx", bytes.NewReader(content))
		if err != nil {
			return err
		}
		h.mark(place, waits.ID)
	}
	return nil
}

// alter keeps records that are deleted, revised, undated, without a title.
func (h *House) alter(ctx context.Context, source core.SourceID) error {
	letter := core.Record{Type: record.TypeDocument, ID: "gone", Title: "Letter that went", Data: []byte(`{"kind":"letter"}`),
		Provenance: core.Provenance{Run: 1, Connector: "ondine", Version: "1.0.0"}}
	gone, err := h.put(ctx, source, letter)
	if err != nil {
		return err
	}
	err = h.update(ctx, source, func(space *vault.Space) error {
		_, _, err := space.DeleteRecord(gone.Seq, letter.Provenance)
		return err
	})
	if err != nil {
		return err
	}
	h.mark("deleted", gone)
	letter.ID = "kept"
	for i := range 4 {
		letter.Title, letter.Data = fmt.Sprintf("Letter, draft %d", i), fmt.Appendf(nil, `{"kind":"letter","number":"%d"}`, i)
		kept, err := h.put(ctx, source, letter)
		if err != nil {
			return err
		}
		h.mark("revised", kept)
	}
	letter.ID, letter.Title = "extra", "Letter with more"
	letter.Data = []byte(`{"kind":"letter","issuer":"Ondine Télécom","extra":{"customer_segment":"B2","paperless":true,"barcode":"3017 6204 22003"}}`)
	extra, err := h.put(ctx, source, letter)
	if err != nil {
		return err
	}
	h.mark("extra", extra)
	letter.ID, letter.Title, letter.Time, letter.Data = "untitled", "", record.Date(2026, 2, 3), []byte(`{"kind":"letter"}`)
	untitled, err := h.put(ctx, source, letter)
	h.mark("untitled", untitled)
	return err
}

// plenty is how many records are more than a few pages of a list.
const plenty = 1200

func crowd(ctx context.Context, h *House) error {
	telco, err := h.addTelco(ctx, "Ondine", 1)
	if err != nil {
		return err
	}
	return h.update(ctx, telco.ID, func(space *vault.Space) error {
		for i := range plenty {
			_, _, err := space.PutRecord(core.Record{Type: record.TypeTransaction, ID: fmt.Sprint(i), Title: fmt.Sprintf("Line %d", i),
				Time: record.Date(2020, 1, 1+i), Data: fmt.Appendf(nil, `{"amount":"%d.10","currency":"EUR","label":"line"}`, -i)})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
