package auth_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func nothing(*vault.Tx, auth.Token) error { return nil }

func calendar(life time.Duration) auth.NewToken {
	return auth.NewToken{Name: "calendar", Scopes: []auth.Scope{auth.FilesRead, auth.RecordsRead}, Life: life}
}

// TestTokens_follow_a_model makes, uses, revokes and lets tokens expire at
// random, over restarts, and holds each against a plain map.
func TestTokens_follow_a_model(t *testing.T) {
	t.Parallel()
	f, rng := newFixture(t), rand.New(rand.NewPCG(3, 9))
	tokens := auth.NewTokens(f.v, f.clock)
	model := map[core.Secret]auth.Token{}
	var gone []core.Secret
	for range 300 {
		switch rng.IntN(5) {
		case 0:
			if len(model) >= auth.MaxTokens {
				continue
			}
			secret, token, err := tokens.Make(t.Context(), calendar(time.Duration(1+rng.IntN(90))*24*time.Hour), nothing)
			if err != nil {
				t.Fatal(err)
			}
			model[secret] = token
		case 1:
			for secret, token := range model {
				if err := tokens.Revoke(t.Context(), token.ID, nothing); err != nil {
					t.Fatal(err)
				}
				delete(model, secret)
				gone = append(gone, secret)
				break
			}
		case 2:
			f.pass(time.Duration(rng.IntN(200)) * time.Hour)
		case 3:
			f.restart(t)
			tokens = auth.NewTokens(f.v, f.clock)
		}
		for secret, token := range model {
			got, err := tokens.Check(t.Context(), secret)
			if f.clock().Before(token.Expires) {
				if err != nil || got.ID != token.ID {
					t.Fatalf("a live token: %+v %v", got, err)
				}
			} else if core.CodeOf(err) != core.Unauthenticated {
				t.Fatalf("an expired token: %v", err)
			}
		}
		for _, secret := range gone {
			if _, err := tokens.Check(t.Context(), secret); core.CodeOf(err) != core.Unauthenticated {
				t.Fatalf("a revoked token: %v", err)
			}
		}
		list, err := tokens.List(t.Context())
		if err != nil || len(list) != len(model) {
			t.Fatalf("%d listed, want %d, %v", len(list), len(model), err)
		}
	}
}

func TestTokens_refuse_what_is_not_filled_in(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tokens := auth.NewTokens(f.v, f.clock)
	for field, n := range map[string]auth.NewToken{
		"name":   {Name: " \n", Scopes: auth.Scopes(), Life: time.Hour},
		"scopes": {Name: "x", Scopes: []auth.Scope{"everything"}, Life: time.Hour},
		"life":   {Name: "x", Scopes: auth.Scopes(), Life: auth.MaxTokenLife + 1},
	} {
		_, _, err := tokens.Make(t.Context(), n, nothing)
		e, ok := err.(*core.Error)
		if !ok || e.Code != core.Invalid || e.Args["field"] != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for n := range auth.MaxTokens + 1 {
		_, _, err := tokens.Make(t.Context(), calendar(time.Hour), nothing)
		if want := map[bool]core.Code{true: protocol.Limit}[n == auth.MaxTokens]; core.CodeOf(err) != want {
			t.Errorf("token %d: %v", n, err)
		}
	}
	if err := tokens.Revoke(t.Context(), "nobody", nothing); core.CodeOf(err) != core.NotFound {
		t.Errorf("%v", err)
	}
}

func TestTokens_change_with_what_stands_beside_or_not_at_all(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tokens := auth.NewTokens(f.v, f.clock)
	no := func(*vault.Tx, auth.Token) error { return fmt.Errorf("no") }
	if secret, _, err := tokens.Make(t.Context(), calendar(time.Hour), no); err == nil || secret != "" {
		t.Error("a token was made")
	}
	secret, token, err := tokens.Make(t.Context(), calendar(time.Hour), nothing)
	if err != nil {
		t.Fatal(err)
	}
	if tokens.Revoke(t.Context(), token.ID, no) == nil {
		t.Error("a token was revoked")
	}
	got, err := tokens.Check(t.Context(), secret)
	if diff := cmp.Diff(token, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if !got.May(auth.FilesRead, auth.RecordsRead) || got.May(auth.FilesRead, auth.SourcesRun) {
		t.Errorf("scopes %v", got.Scopes)
	}
	use := func() error {
		return f.v.Update(t.Context(), func(tx *vault.Tx) error { return tokens.Used(tx, token.ID) })
	}
	if err := use(); err != nil {
		t.Fatal(err)
	}
	if list, err := tokens.List(t.Context()); err != nil || !list[0].Seen.Equal(f.clock()) {
		t.Errorf("%+v %v", list, err)
	}
	if err := tokens.Revoke(t.Context(), token.ID, nothing); err != nil {
		t.Fatal(err)
	}
	if err := use(); core.CodeOf(err) != core.Unauthenticated {
		t.Errorf("used once revoked: %v", err)
	}
}

func TestTokens_are_kept_as_hashes_and_not_while_locked(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tokens := auth.NewTokens(f.v, f.clock)
	secret, _, err := tokens.Make(t.Context(), calendar(time.Hour), nothing)
	if err != nil {
		t.Fatal(err)
	}
	err = f.v.View(t.Context(), func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		for row, err := range own.Scan('A', vault.Range{}) {
			if err != nil {
				return err
			}
			if text := string(row.Key) + string(row.Value); strings.Contains(text, strings.TrimPrefix(string(secret), "domicile_")) {
				t.Error("the vault holds a token's secret")
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if file, err := os.ReadFile(f.path); err != nil || bytes.Contains(file, []byte(secret)) || bytes.Contains(file, []byte("calendar")) {
		t.Errorf("the file tells of the token: %v", err)
	}
	f.v.Lock()
	if _, err := tokens.Check(t.Context(), secret); core.CodeOf(err) != core.Locked {
		t.Errorf("while locked: %v", err)
	}
}

func TestTokens_hammer(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tokens := auth.NewTokens(f.v, f.clock)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 10 {
				secret, token, err := tokens.Make(t.Context(), calendar(time.Hour), nothing)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := tokens.Check(t.Context(), secret); err != nil {
					t.Error(err)
				}
				if err := tokens.Revoke(t.Context(), token.ID, nothing); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if list, err := tokens.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
}

// FuzzTokens_check holds any text against a home with one token: only its own
// secret passes.
func FuzzTokens_check(f *testing.F) {
	v, _, err := vault.Create(filepath.Join(f.TempDir(), "vault.db"), password, cheap)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = v.Close() })
	tokens := auth.NewTokens(v, time.Now)
	secret, _, err := tokens.Make(f.Context(), calendar(time.Hour), nothing)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(secret))
	f.Add("domicile_")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := tokens.Check(t.Context(), core.Secret(text))
		if isRight := text == string(secret); isRight != (err == nil) || err != nil && core.CodeOf(err) != core.Unauthenticated {
			t.Errorf("%q: %v", text, err)
		}
	})
}
