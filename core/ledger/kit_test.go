package ledger_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
)

const password = core.Secret("trombone-gravier-moufle")

// cheap makes Argon2id cost next to nothing.
var cheap = vault.Options{Params: vault.Params{Time: 1, Memory: 64, Threads: 1}}

// A book is a ledger in a vault of its own, and a clock that a test moves.
type book struct {
	*ledger.Ledger
	v    *vault.Vault
	path string
	now  time.Time
}

func newBook(tb testing.TB) *book {
	tb.Helper()
	b := &book{path: filepath.Join(tb.TempDir(), "vault.db"), now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	v, _, err := vault.Create(b.path, password, cheap)
	if err != nil {
		tb.Fatal(err)
	}
	b.v, b.Ledger = v, ledger.New(v, func() time.Time { return b.now })
	tb.Cleanup(func() { _ = v.Close() })
	return b
}

// openBook opens the vault of another book.
func openBook(tb testing.TB, path string) *book {
	tb.Helper()
	v, err := vault.Open(path, cheap)
	if err != nil {
		tb.Fatal(err)
	}
	if err := v.Unlock(context.Background(), vault.Password(password)); err != nil {
		tb.Fatal(err)
	}
	return &book{Ledger: ledger.New(v, time.Now), v: v, path: path}
}

func (b *book) write(tb testing.TB, entries ...ledger.Entry) {
	tb.Helper()
	if err := b.Append(tb.Context(), entries...); err != nil {
		tb.Fatal(err)
	}
}

func (b *book) head(tb testing.TB) ledger.Head {
	tb.Helper()
	h, err := b.Head(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// source makes a space of a source.
func (b *book) source(tb testing.TB) (id core.SourceID) {
	tb.Helper()
	b.update(tb, func(tx *vault.Tx) (err error) {
		id, err = tx.CreateSpace()
		return err
	})
	return id
}

func (b *book) update(tb testing.TB, f func(*vault.Tx) error) {
	tb.Helper()
	if err := b.v.Update(tb.Context(), f); err != nil {
		tb.Fatal(err)
	}
}

// all lists everything that passes a filter, page by page, newest first.
func (b *book) all(tb testing.TB, f ledger.Filter, size int) (all []ledger.Entry) {
	tb.Helper()
	for cursor, pages := ledger.Cursor(""), 0; ; pages++ {
		page, err := b.List(tb.Context(), f, cursor, size)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, page.Entries...)
		if cursor = page.Next; cursor == "" {
			return all
		}
		if pages > 10_000 {
			tb.Fatal("the list has no end")
		}
	}
}

// verify returns what is wrong with the ledger.
func (b *book) verify(tb testing.TB, kept ...ledger.Head) (found []string, stats ledger.Stats) {
	tb.Helper()
	stats, err := b.Verify(tb.Context(), kept, func(err error) {
		if core.CodeOf(err) != core.Damaged {
			tb.Errorf("reported with the code %s: %v", core.CodeOf(err), err)
		}
		found = append(found, err.Error())
	})
	if err != nil {
		tb.Fatal(err)
	}
	if stats.Damages != len(found) {
		tb.Errorf("%d damages counted, %d reported", stats.Damages, len(found))
	}
	return found, stats
}
