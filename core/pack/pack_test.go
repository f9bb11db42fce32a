package pack_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

func keyOf(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func header(version string) signed.Header {
	return signed.Header{Format: pack.Format, ID: "electricity-tariffs", Version: version, Date: record.MonthOf(2026, 11), Publisher: "A made-up institute", Licence: "CC0-1.0"}
}

func sealed(t testing.TB, version, content string, seed byte) []byte {
	t.Helper()
	file, err := signed.Seal(header(version), []byte(content), keyOf(seed))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestOpen_refuses_what_is_no_pack(t *testing.T) {
	t.Parallel()
	if p, err := pack.Open(sealed(t, "2026.11", `{"tariffs":[]}`, 1)); err != nil || string(p.Content) != `{"tariffs":[]}` {
		t.Fatalf("got %+v, %v", p, err)
	}
	for name, content := range map[string]string{"no JSON": "no JSON", "too large": `"` + strings.Repeat("x", pack.MaxContent) + `"`} {
		if _, err := pack.Open(sealed(t, "1", content, 1)); core.CodeOf(err) != core.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
	other := header("1")
	other.Format = "domicile-app-1"
	file, err := signed.Seal(other, []byte(`{}`), keyOf(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Open(file); core.CodeOf(err) != core.Invalid {
		t.Errorf("an app: got %v", err)
	}
}

// A house is a vault with what packs need of it.
type house struct {
	shelf  *pack.Shelf
	ledger *ledger.Ledger
}

func newHouse(t *testing.T) *house {
	t.Helper()
	v, _, err := vault.Create(filepath.Join(t.TempDir(), "vault.db"), "trombone-gravier-moufle", vault.Options{Params: vault.Params{Time: 1, Memory: 8, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	l := ledger.New(v, time.Now)
	return &house{ledger: l, shelf: pack.New(v, l, time.Now, func(context.Context) ([]string, error) {
		return []string{"Maëlle Le Goff", "FR7612345678901234567890123", "eau"}, nil
	})}
}

func shelf(t *testing.T) *pack.Shelf { return newHouse(t).shelf }

func TestAdd_keeps_an_id_to_its_first_signer_and_goes_forward(t *testing.T) {
	t.Parallel()
	s := shelf(t)
	for _, step := range []struct {
		file []byte
		want core.Code
	}{
		{sealed(t, "2026.9", `1`, 1), ""},
		{sealed(t, "2026.9", `1`, 1), ""}, // again
		{sealed(t, "2026.9", `2`, 1), core.Conflict},
		{sealed(t, "2026.10", `2`, 2), core.Conflict}, // somebody else
		{sealed(t, "2026.10", `2`, 1), ""},
		{sealed(t, "2026.9", `1`, 1), core.Conflict},
		{sealed(t, "2026.10.1", `3`, 1), ""},
	} {
		if _, err := s.Add(t.Context(), step.file); core.CodeOf(err) != step.want {
			t.Errorf("%.120s: got %v, want %q", step.file, err, step.want)
		}
	}
	p, err := s.Get(t.Context(), "electricity-tariffs")
	if err != nil || string(p.Content) != `3` {
		t.Errorf("got %s, %v", p.Content, err)
	}
	if held, err := s.List(t.Context()); err != nil || len(held) != 1 || held[0].Version != "2026.10.1" {
		t.Errorf("got %v, %v", held, err)
	}
	if err := s.Remove(t.Context(), "electricity-tariffs"); err != nil {
		t.Error(err)
	}
	if _, err := s.Get(t.Context(), "electricity-tariffs"); core.CodeOf(err) != core.NotFound {
		t.Errorf("removed: got %v", err)
	}
}

func TestAdd_refuses_a_pack_that_names_the_person(t *testing.T) {
	t.Parallel()
	for _, content := range []string{
		`{"offers":["for MAËLLE LE GOFF only"]}`, `{"Ma\u00eblle Le Goff":1}`, `["fr7612345678901234567890123"]`,
	} {
		if _, err := shelf(t).Add(t.Context(), sealed(t, "1", content, 1)); core.CodeOf(err) != core.Invalid || !strings.Contains(err.Error(), "about nobody") {
			t.Errorf("%s: got %v", content, err)
		}
	}
	if _, err := shelf(t).Add(t.Context(), sealed(t, "1", `["Eau de Rennes"]`, 1)); err != nil {
		t.Errorf("a common word: got %v", err)
	}
}
