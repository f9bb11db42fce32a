package ledger_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
)

func FuzzParseHead(f *testing.F) {
	b := newBook(f)
	b.write(f, ledger.Entry{Kind: ledger.Unlock})
	f.Add(b.head(f).String())
	f.Add("0-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
	f.Add("01-e3b0")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ledger.ParseHead(text)
		if err == nil && h.String() != text {
			t.Errorf("%q reads as %s", text, h)
		}
	})
}

// FuzzProof_check holds proofs from anywhere against a real head: none but the
// real one passes.
func FuzzProof_check(f *testing.F) {
	b := newBook(f)
	for range 5 {
		b.write(f, ledger.Entry{Kind: ledger.SignIn, Device: "phone"})
	}
	proofs, head, err := b.Prove(f.Context(), 0, 5)
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range proofs {
		text, err := json.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var p ledger.Proof
		if json.Unmarshal(text, &p) != nil || p.Check(head) != nil {
			return
		}
		real := proofs[p.Number]
		if p.Header.Text != real.Header.Text || p.Content != nil && p.Content.Text != real.Content.Text {
			t.Errorf("it proves %q", text)
		}
	})
}

// FuzzRows puts any bytes in place of each row of a ledger: reading answers or
// says damaged, and ends.
func FuzzRows(f *testing.F) {
	for _, row := range []byte("#hec") {
		f.Add(row, uint64(0), []byte(`{"at":"2026-03-01T00:00:00Z"}`))
	}
	f.Add(byte('#'), uint64(0), make([]byte, 40))
	b := newBook(f)
	b.write(f, ledger.Entry{Kind: ledger.Unlock}, ledger.Entry{Kind: ledger.SignIn}, ledger.Entry{Kind: ledger.Use, Token: "cafe"})
	f.Fuzz(func(t *testing.T, row byte, number uint64, value []byte) {
		at := key(row, number%4)
		if row == '#' {
			at = at[:1]
		}
		var old []byte
		b.update(t, func(tx *vault.Tx) error {
			own, err := tx.Space(core.Own)
			if err != nil {
				return err
			}
			if old, err = own.Get(rows, at); core.CodeOf(err) != core.NotFound && err != nil {
				return err
			}
			return own.Put(rows, at, value)
		})
		if _, err := b.Head(t.Context()); err != nil && core.CodeOf(err) != core.Damaged {
			t.Errorf("head: %v", err)
		}
		b.verify(t)
		if _, err := b.List(t.Context(), ledger.Filter{}, "", 10); err != nil && core.CodeOf(err) != core.Damaged {
			t.Errorf("list: %v", err)
		}
		if _, _, err := b.Prove(t.Context(), 0, 10); err != nil && core.CodeOf(err) != core.Damaged {
			t.Errorf("prove: %v", err)
		}
		b.update(t, func(tx *vault.Tx) error {
			own, err := tx.Space(core.Own)
			if err != nil {
				return err
			}
			if old == nil {
				return own.Delete(rows, at)
			}
			return own.Put(rows, at, old)
		})
	})
}

func FuzzClip(f *testing.F) {
	f.Add("Mozilla/5.0 (X11; Linux x86_64) ééé")
	f.Fuzz(func(t *testing.T, text string) {
		if got := ledger.Clip(text); len(got) > ledger.MaxText || !utf8.ValidString(got) {
			t.Errorf("%q", got)
		}
	})
}
