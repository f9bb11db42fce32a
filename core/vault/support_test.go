package vault_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// soak returns few, or many when DOMICILE_SOAK is set; a number there stands
// for itself.
func soak(few, many int) int {
	switch text := os.Getenv("DOMICILE_SOAK"); text {
	case "", "0":
		return few
	default:
		if n, err := strconv.Atoi(text); err == nil && n > 1 {
			return n
		}
		return many
	}
}

// cheap makes passwords cost next to nothing.
var cheap = vault.Options{Params: vault.Params{Time: 1, Memory: 64, Threads: 1}}

const password = core.Secret("correct horse battery staple")

// create returns a new vault that the test closes.
func create(t testing.TB) (*vault.Vault, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vault.db")
	v, _, err := vault.Create(path, password, cheap)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v, path
}

// reopen closes v and opens its file again, unlocked.
func reopen(t testing.TB, v *vault.Vault, path string) *vault.Vault {
	t.Helper()
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, path)
}

func open(t testing.TB, path string) *vault.Vault {
	t.Helper()
	v, err := vault.Open(path, cheap)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	if err := v.Unlock(t.Context(), vault.Password(password)); err != nil {
		t.Fatal(err)
	}
	return v
}

func update(t testing.TB, v *vault.Vault, f func(*vault.Tx) error) {
	t.Helper()
	if err := v.Update(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func view(t testing.TB, v *vault.Vault, f func(*vault.Tx) error) {
	t.Helper()
	if err := v.View(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// inSpace runs f in an update of one space.
func inSpace(t testing.TB, v *vault.Vault, id core.SourceID, f func(*vault.Space) error) {
	t.Helper()
	update(t, v, func(tx *vault.Tx) error {
		s, err := tx.Space(id)
		if err != nil {
			return err
		}
		return f(s)
	})
}

// lookInto runs f in a view of one space.
func lookInto(t testing.TB, v *vault.Vault, id core.SourceID, f func(*vault.Space) error) {
	t.Helper()
	view(t, v, func(tx *vault.Tx) error {
		s, err := tx.Space(id)
		if err != nil {
			return err
		}
		return f(s)
	})
}

// newSource creates a space.
func newSource(t testing.TB, v *vault.Vault) (id core.SourceID) {
	t.Helper()
	update(t, v, func(tx *vault.Tx) (err error) {
		id, err = tx.CreateSpace()
		return err
	})
	return id
}

// verifyClean walks everything and fails on any damage.
func verifyClean(t testing.TB, v *vault.Vault) vault.Stats {
	t.Helper()
	stats, err := v.Verify(t.Context(), func(d vault.Damage) { t.Errorf("damage in %s: %v", d.Source, d.Err) })
	if err != nil {
		t.Fatal(err)
	}
	if stats.Damages > 0 || stats.Unreferenced > 0 {
		t.Fatalf("verify: %+v", stats)
	}
	return stats
}

// code fails unless err has the code.
func code(t testing.TB, what string, err error, want core.Code) {
	t.Helper()
	if got := core.CodeOf(err); got != want {
		t.Errorf("%s: got %v, want code %q", what, err, want)
	}
}
