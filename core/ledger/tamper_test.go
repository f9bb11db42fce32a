package ledger_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
)

// rows is the keyspace of the ledger, as docs/format.md says.
const rows vault.Keyspace = 'l'

func key(row byte, number uint64) []byte { return binary.BigEndian.AppendUint64([]byte{row}, number) }

// swap exchanges two rows.
func swap(s *vault.Space, a, b []byte) error {
	one, err := s.Get(rows, a)
	if err != nil {
		return err
	}
	two, err := s.Get(rows, b)
	if err != nil {
		return err
	}
	if err := s.Put(rows, a, two); err != nil {
		return err
	}
	return s.Put(rows, b, one)
}

// edit replaces a text within a row.
func edit(s *vault.Space, at []byte, old, new string) error {
	row, err := s.Get(rows, at)
	if err != nil {
		return err
	}
	changed := bytes.Replace(row, []byte(old), []byte(new), 1)
	if bytes.Equal(changed, row) {
		return core.E(core.NotFound, "edit", nil)
	}
	return s.Put(rows, at, changed)
}

// TestVerify_finds changes the ledger as someone with all keys could, one way
// at a time.
func TestVerify_finds(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		harm func(own, source *vault.Space) error
		want string
	}{
		"an entry altered":           {func(own, _ *vault.Space) error { return edit(own, key('c', 3), `"records":3`, `"records":9`) }, "entry 3"},
		"its time altered":           {func(own, _ *vault.Space) error { return edit(own, key('e', 3), "2026", "2025") }, "entry 3"},
		"its kind altered":           {func(own, _ *vault.Space) error { return edit(own, key('e', 3), `"use"`, `"run"`) }, "entry 3"},
		"a run's host hidden":        {func(_, s *vault.Space) error { return edit(s, key('c', 5), "evil.example", "good.example") }, "entry 5"},
		"an entry's content removed": {func(own, _ *vault.Space) error { return own.Delete(rows, key('c', 2)) }, "entry 2"},
		"a source's entry removed":   {func(_, s *vault.Space) error { return s.Delete(rows, key('c', 5)) }, "entry 5"},
		"an entry removed":           {func(own, _ *vault.Space) error { return own.Delete(rows, key('e', 2)) }, "entry 2"},
		"two contents exchanged":     {func(own, _ *vault.Space) error { return swap(own, key('c', 2), key('c', 3)) }, "entry 2"},
		"two entries exchanged":      {func(own, _ *vault.Space) error { return both(own, swap, 2, 3) }, "entry 2"},
		"an entry passed off as erased": {func(own, _ *vault.Space) error {
			return edit(own, key('e', 5), `"source":"`, `"source":"ffffffffffffffff","x":"`)
		}, "entry 5"},
		"a hash of the tree altered": {func(own, _ *vault.Space) error { return own.Put(rows, key('h', 4), make([]byte, 32)) }, "tree"},
		"a hash of the tree removed": {func(own, _ *vault.Space) error { return own.Delete(rows, key('h', 4)) }, "entry"},
		"the root altered": {func(own, _ *vault.Space) error {
			row, err := own.Get(rows, []byte("#"))
			if err != nil {
				return err
			}
			row[20] ^= 1
			return own.Put(rows, []byte("#"), row)
		}, "head"},
		"the head removed": {func(own, _ *vault.Space) error { return own.Delete(rows, []byte("#")) }, "rows"},
		"an entry hidden from a list": {func(own, _ *vault.Space) error {
			return own.Delete(rows, append([]byte("kuse\x00"), key('x', 3)[1:]...))
		}, "list"},
		"an entry hidden from a token": {func(own, _ *vault.Space) error {
			return own.Delete(rows, append([]byte("tcafe\x00"), key('x', 3)[1:]...))
		}, "list"},
		"an entry put in beside": {func(own, _ *vault.Space) error { return own.Put(rows, key('e', 99), []byte("x")) }, "rows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBook(t)
			source := lived(t, b)
			b.update(t, func(tx *vault.Tx) error {
				own, err := tx.Space(core.Own)
				if err != nil {
					return err
				}
				s, err := tx.Space(source)
				if err != nil {
					return err
				}
				return tc.harm(own, s)
			})
			found, _ := b.verify(t)
			if !slices.ContainsFunc(found, func(text string) bool { return strings.Contains(text, tc.want) }) {
				t.Errorf("found %q, want one that says %q", found, tc.want)
			}
		})
	}
}

// both exchanges entries with their contents.
func both(own *vault.Space, swap func(*vault.Space, []byte, []byte) error, a, b uint64) error {
	if err := swap(own, key('c', a), key('c', b)); err != nil {
		return err
	}
	return swap(own, key('e', a), key('e', b))
}

// lived writes eight entries, the fifth of a source.
func lived(t *testing.T, b *book) core.SourceID {
	t.Helper()
	source := b.source(t)
	for n := range 8 {
		e := ledger.Entry{Kind: ledger.Use, Token: "cafe", Records: n}
		if n == 5 {
			e = ledger.Entry{Kind: ledger.Run, Source: source, Egress: []ledger.Host{{Name: "evil.example", Requests: 1}}}
		}
		b.write(t, e)
	}
	if found, _ := b.verify(t); len(found) > 0 {
		t.Fatalf("a ledger that nobody touched: %v", found)
	}
	return source
}

// TestVerify_with_a_kept_head_finds a ledger that agrees with itself and is yet
// another: cut short, or written anew.
func TestVerify_with_a_kept_head_finds(t *testing.T) {
	t.Parallel()
	whole := newBook(t)
	lived(t, whole)
	early := whole.head(t)
	lived(t, whole)
	late := whole.head(t)
	if found, _ := whole.verify(t, early, late); len(found) > 0 {
		t.Errorf("its own heads: %v", found)
	}
	short, other := newBook(t), newBook(t)
	short.write(t, ledger.Entry{Kind: ledger.Unlock})
	lived(t, other)
	lived(t, other)
	for name, b := range map[string]*book{"cut short": short, "written anew": other} {
		if found, _ := b.verify(t); len(found) > 0 {
			t.Errorf("%s, without a head: %v", name, found)
		}
		if found, _ := b.verify(t, early, late); len(found) != 2 {
			t.Errorf("%s: found %v", name, found)
		}
	}
}

// TestProofs_hold_when_a_source_is_destroyed checks every proof under every
// later head, before and after the key of what they say is gone.
func TestProofs_hold_when_a_source_is_destroyed(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	source := lived(t, b)
	early := b.head(t)
	whole, err := b.ProveUnder(t.Context(), early, 0, 100)
	if err != nil || len(whole) != 8 {
		t.Fatalf("%d proofs, %v", len(whole), err)
	}
	if err := b.v.Shred(t.Context(), source); err != nil {
		t.Fatal(err)
	}
	lived(t, b)
	for _, head := range []ledger.Head{early, b.head(t)} {
		proofs, err := b.ProveUnder(t.Context(), head, 0, 100)
		if err != nil || uint64(len(proofs)) != head.Size {
			t.Fatalf("%d proofs under %s, %v", len(proofs), head, err)
		}
		for _, p := range proofs {
			if err := p.Check(head); err != nil {
				t.Errorf("entry %d under %s: %v", p.Number, head, err)
			}
			if erased := p.Number == 5; erased != (p.Content == nil) {
				t.Errorf("entry %d has the content %v", p.Number, p.Content)
			}
		}
	}
	for _, p := range whole {
		if err := p.Check(early); err != nil {
			t.Errorf("a proof of before: %v", err)
		}
		if p.Check(b.head(t)) == nil {
			t.Errorf("entry %d: a proof holds under another head", p.Number)
		}
	}
	path, now, err := b.ProveGrowth(t.Context(), early)
	if err != nil || ledger.CheckGrowth(path, early, now) != nil {
		t.Errorf("growth from %s to %s: %v", early, now, err)
	}
	forged := early
	forged.Root[3] ^= 1
	if _, _, err := b.ProveGrowth(t.Context(), forged); core.CodeOf(err) != core.Invalid {
		t.Errorf("a head of another ledger: %v", err)
	}
	if ledger.CheckGrowth(path, forged, now) == nil {
		t.Error("the path proves growth from another head")
	}
}

func TestProof_refuses_what_was_changed(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	lived(t, b)
	head := b.head(t)
	for name, harm := range map[string]func(*ledger.Proof){
		"content": func(p *ledger.Proof) { p.Content.Text = strings.Replace(p.Content.Text, `:3`, `:4`, 1) },
		"salt":    func(p *ledger.Proof) { p.Content.Salt[0] ^= 1 },
		"header":  func(p *ledger.Proof) { p.Header.Text = strings.Replace(p.Header.Text, "2026", "2025", 1) },
		"number":  func(p *ledger.Proof) { p.Number = 4 },
		"beyond":  func(p *ledger.Proof) { p.Number = 1 << 63 },
		"path":    func(p *ledger.Proof) { p.Path[0][0] ^= 1 },
		"short":   func(p *ledger.Proof) { p.Path = p.Path[1:] },
	} {
		proofs, err := b.ProveUnder(t.Context(), head, 3, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := proofs[0].Check(head); err != nil {
			t.Fatal(err)
		}
		if harm(&proofs[0]); proofs[0].Check(head) == nil {
			t.Errorf("a proof with another %s holds", name)
		}
	}
}
