package act_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/act"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/vault"
)

const password = core.Secret("trombone-gravier-moufle")

var cheap = vault.Options{Params: vault.Params{Time: 1, Memory: 8, Threads: 1}}

// A recipient is a server that keeps everything that it received, connections
// apart.
type recipient struct {
	*httptest.Server
	mu     sync.Mutex
	got    []delivery
	conns  int
	answer http.HandlerFunc // nil: 200 and a reference
}

type delivery struct {
	path, mediaType, body string
	header                http.Header
}

func newRecipient(t *testing.T) *recipient {
	t.Helper()
	r := &recipient{}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(r.serve))
	r.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			r.mu.Lock()
			r.conns++
			r.mu.Unlock()
		}
	}
	r.Start()
	t.Cleanup(r.Close)
	return r
}

func (r *recipient) serve(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	r.got = append(r.got, delivery{req.Method + " " + req.URL.String(), req.Header.Get("Content-Type"), string(body), req.Header.Clone()})
	answer := r.answer
	r.mu.Unlock()
	if answer != nil {
		answer(w, req)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"reference":"R-%d"}`, len(r.received()))
}

func (r *recipient) received() []delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]delivery(nil), r.got...)
}

func (r *recipient) connections() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.conns
}

func (r *recipient) does(answer http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// words of the apps of tests.
const words = `{"name":"Offer","why":"To price.","accept":"Accept","withdraw":"Take back","insurer":"Simulated insurer","contact":"Call us.","address":"1 rue du Port, Nantes","reinsurer":"A reinsurer","band":"Band","a":"Band A","b":"Band B","note":"Note"}`

// appFor loads an app whose acts go to an address: the first accepts, the second
// takes it back, the third is plain text without a withdrawal.
func appFor(tb testing.TB, to string) *program.Program {
	tb.Helper()
	manifest := strings.ReplaceAll(`{
  "protocol": 1, "kind": "app", "id": "offer", "version": "1.0.0", "name": "name", "description": "why", "licence": "MIT", "runtime": "wasm", "module": "offer.wasm",
  "reads": [{"type": "bill", "fields": [], "granularity": "yearly", "purpose": "why"}],
  "acts": [
    {"id": "accept", "title": "accept", "purpose": "why", "recipient": {"name": "insurer", "url": "TO/acceptances", PROMISES}, "valid": "P24M", "media_type": "application/json",
     "template": "{\"band\":\"{band}\",\"note\":\"{note}\",\"receipt\":\"{receipt}\"}",
     "fields": [{"name": "band", "label": "band", "kind": "choice", "options": [{"value": "A", "label": "a"}, {"value": "B", "label": "b"}]},
                {"name": "note", "label": "note", "kind": "text", "optional": true}]},
    {"id": "withdraw", "title": "withdraw", "purpose": "why", "recipient": {"name": "insurer", "url": "TO/withdrawals"}, "media_type": "application/x-www-form-urlencoded",
     "template": "receipt={receipt}", "withdraws": "accept"},
    {"id": "say", "title": "accept", "purpose": "why", "recipient": {"name": "insurer", "url": "TO/says", PROMISES}, "valid": "P1M", "media_type": "text/plain",
     "template": "Band {band}\nNote: {note}\nReceipt: {receipt}\n",
     "fields": [{"name": "band", "label": "band", "kind": "choice", "options": [{"value": "A", "label": "a"}]}, {"name": "note", "label": "note", "kind": "text"}]}
  ],
  "languages": ["en", "fr"]}`, "TO", to)
	manifest = strings.ReplaceAll(manifest, "PROMISES", `"contact": "contact", "address": "address", "kind": "company", "country": "FR", "notice": "https://insurer.example/privacy", "keeps": "P12M", "stores": ["FR", "IE"], "shares": ["reinsurer"]`)
	p, err := program.Load(fstest.MapFS{"manifest.json": {Data: []byte(manifest)}, "strings/en.json": {Data: []byte(words)}, "strings/fr.json": {Data: []byte(words)},
		"offer.wasm": {Data: []byte("\x00asm\x01\x00\x00\x00")}})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// passwords signs with the vault's password.
type passwords struct{ v *vault.Vault }

func (p passwords) Sign(ctx context.Context, _ act.Digest, proof core.Secret) (act.Signature, error) {
	return act.Signature{Way: "password"}, p.v.Unlock(ctx, vault.Password(proof))
}

// A desk is where acts are signed in a test.
type desk struct {
	*act.Acts
	v      *vault.Vault
	ledger *ledger.Ledger
	path   string
	log    bytes.Buffer
	own    []netip.AddrPort
}

func newDesk(tb testing.TB) *desk {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "vault.db")
	v, _, err := vault.Create(path, password, cheap)
	if err != nil {
		tb.Fatal(err)
	}
	return deskAt(tb, v, path)
}

func deskAt(tb testing.TB, v *vault.Vault, path string) *desk {
	d := &desk{v: v, path: path, ledger: ledger.New(v, time.Now)}
	d.Acts = act.New(act.Config{Vault: v, Ledger: d.ledger, Signer: passwords{v}, Clock: time.Now, Own: func() []netip.AddrPort { return d.own },
		Log: slog.New(slog.NewTextHandler(&d.log, nil))})
	tb.Cleanup(func() {
		d.Close()
		_ = v.Close() // a test may have closed it
	})
	return d
}

var right = act.Signing{Proof: password, Allow: true}

// draft prepares an act that is right.
func draft(tb testing.TB, p *program.Program, id string) act.Draft {
	tb.Helper()
	r := act.Request{Act: id, Choices: map[string]string{"band": "A"}, Typed: map[string]string{"note": "thanks"}}
	d, err := act.Prepare(p, r)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// sign signs a draft and waits for what comes of it.
func (d *desk) sign(t *testing.T, of act.Draft) act.Receipt {
	t.Helper()
	if err := d.Sign(t.Context(), of, right); err != nil {
		t.Fatal(err)
	}
	return d.settle(t, of.ID)
}

func (d *desk) settle(t *testing.T, id act.ID) act.Receipt {
	t.Helper()
	r, err := d.Settle(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// kinds lists what the ledger says of the app, the oldest first.
func (d *desk) entries(t *testing.T) (all []ledger.Entry) {
	t.Helper()
	page, err := d.ledger.List(t.Context(), ledger.Filter{App: "offer"}, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range page.Entries {
		all = append(all, page.Entries[len(page.Entries)-1-i])
	}
	return all
}

func (d *desk) kinds(t *testing.T) (all []ledger.Kind) {
	t.Helper()
	for _, e := range d.entries(t) {
		all = append(all, e.Kind)
	}
	return all
}
