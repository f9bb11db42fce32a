package vault_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// household fills a vault with two sources of records, files and other keys.
func household(t testing.TB, v *vault.Vault) (a, b core.SourceID) {
	t.Helper()
	a, b = newSource(t, v), newSource(t, v)
	for i, id := range []core.SourceID{a, b} {
		file := putFile(t, v, id, noise(uint64(i), 150_000))
		for run := range 4 {
			inSpace(t, v, id, func(s *vault.Space) error {
				for n := range 300 {
					r := bill(n)
					r.Title = fmt.Sprint(r.Title, " of run ", run)
					r.Provenance.Run = core.RunID(run + 1)
					if n%50 == 0 {
						r.Files = []core.FileRef{{File: file, Size: 150_000}}
						r.Data = json.RawMessage(fmt.Sprintf(`{"long":%q}`, bytes.Repeat([]byte("words "), 900)))
					}
					kept, _, err := s.PutRecord(r)
					if err != nil {
						return err
					}
					if err := s.AddComposite(fmt.Appendf(nil, "day-%d", n%7), kept.Ref.Seq); err != nil {
						return err
					}
					if err := s.Put('L', fmt.Appendf(nil, "run/%d/%d", run, n), []byte("a line of the log")); err != nil {
						return err
					}
				}
				return nil
			})
		}
	}
	return a, b
}

func TestShred_leaves_nothing_that_opens_the_source(t *testing.T) {
	t.Parallel()
	v, path := create(t)
	a, b := household(t, v)
	sealer, err := v.Sealer("index")
	if err != nil {
		t.Fatal(err)
	}
	renewing, err := v.Renewing("index")
	if err != nil {
		t.Fatal(err)
	}
	sealed := sealer.Seal("x", []byte("cache"))
	before := wrappings(t, path, v)
	oldKRK := before[len(before)-1]
	if n := bytes.Count(read(t, path), oldKRK); n < 1 {
		t.Fatal("the wrapped key should be there before")
	}
	last := lastChange(t, v)
	if err := v.Shred(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(read(t, path), oldKRK); n != 0 {
		t.Errorf("the old wrapped key stands %d times in the file", n)
	}
	_, err = sealer.Open(nil, "x", sealed)
	code(t, "cache of before", err, core.Locked)
	if again, err := v.Sealer("index"); err != nil {
		t.Error(err)
	} else if _, err := again.Open(nil, "x", sealed); core.CodeOf(err) != core.Damaged {
		t.Errorf("cache of before under the new key: %v", err)
	}
	_, err = renewing.Open(nil, "x", sealed)
	code(t, "cache of before, renewed", err, core.Damaged)
	if plain, err := renewing.Open(nil, "x", renewing.Seal("x", []byte("next"))); err != nil || string(plain) != "next" {
		t.Errorf("renewed: %q, %v", plain, err)
	}
	for _, when := range []string{"after", "after reopening"} {
		view(t, v, func(tx *vault.Tx) error {
			_, err := tx.Space(a)
			code(t, "shredded source "+when, err, core.NotFound)
			dropped := 0
			for e, err := range tx.Changes(last) {
				if err != nil {
					return err
				}
				if e.Op == vault.OpDropped && e.Ref.Source == a {
					dropped++
				}
			}
			if dropped != 1 {
				t.Errorf("%s: the journal tells of the drop %d times", when, dropped)
			}
			s, err := tx.Space(b)
			if err != nil {
				return err
			}
			_, err = s.RecordByID("bill", bill(7).ID)
			return err
		})
		verifyClean(t, v)
		v = reopen(t, v, path)
	}
	code(t, "shred what is gone", v.Shred(t.Context(), a), core.NotFound)
	code(t, "the home's own space", v.Shred(t.Context(), core.Own), core.Invalid)
}

func lastChange(t testing.TB, v *vault.Vault) (last core.Change) {
	t.Helper()
	view(t, v, func(tx *vault.Tx) error {
		last = tx.LastChange()
		return nil
	})
	return last
}

func TestDropSpace_refuses_what_it_cannot_do(t *testing.T) {
	t.Parallel()
	v, _ := create(t)
	source := newSource(t, v)
	err := v.Update(t.Context(), func(tx *vault.Tx) error {
		s, err := tx.Space(source)
		if err != nil {
			return err
		}
		if err := s.Put('a', []byte("k"), nil); err != nil {
			return err
		}
		return tx.DropSpace(source)
	})
	code(t, "a space changed in the same update", err, core.Conflict)
	err = v.Update(t.Context(), func(tx *vault.Tx) error {
		if err := tx.DropSpace(source); err != nil {
			return err
		}
		return errAbandoned
	})
	if err != errAbandoned {
		t.Fatal(err)
	}
	inSpace(t, v, source, func(s *vault.Space) error { return s.Put('a', []byte("k"), nil) })
	view(t, v, func(tx *vault.Tx) error {
		update(t, v, func(tx *vault.Tx) error { return tx.DropSpace(source) })
		s, err := tx.Space(source)
		if err != nil {
			return err
		}
		_, err = s.Get('a', []byte("k"))
		return err // a view that began before still sees the source
	})
}

func TestCompact_gives_space_back_and_loses_nothing(t *testing.T) {
	t.Parallel()
	v, path := create(t)
	a, b := household(t, v)
	file := putFile(t, v, a, noise(9, 8<<20))
	inSpace(t, v, a, func(s *vault.Space) error { return s.RemoveFile(file) })
	want, before := verifyClean(t, v), fileMB(t, path)
	if err := v.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := fileMB(t, path); after > before-7 {
		t.Errorf("%.1f MB before, %.1f after", before, after)
	}
	if got := verifyClean(t, v); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	inSpace(t, v, b, func(s *vault.Space) error { return s.Put('a', []byte("k"), nil) })
	v.Lock()
	if err := v.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := vault.Open(path, cheap)
	code(t, "the compacted file is held", err, core.Conflict)
	v = reopen(t, v, path)
	want.Entries++
	if got := verifyClean(t, v); got != want {
		t.Errorf("after reopening: got %+v, want %+v", got, want)
	}
}

func TestView_reads_one_state_while_sources_come_and_go(t *testing.T) {
	t.Parallel()
	v, _ := create(t)
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for ctx.Err() == nil {
				err := v.View(t.Context(), func(tx *vault.Tx) error {
					for _, id := range tx.Spaces() {
						if _, err := tx.Space(id); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 60 {
		source := newSource(t, v)
		if err := v.Update(t.Context(), func(tx *vault.Tx) error { return tx.DropSpace(source) }); err != nil {
			t.Error(err)
		}
	}
	stop()
	readers.Wait()
}
