package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
)

// someEntry makes the nth entry of a made-up life.
func someEntry(rng *rand.Rand, n int, sources []core.SourceID) ledger.Entry {
	e := ledger.Entry{Kind: ledger.Kinds()[rng.IntN(len(ledger.Kinds()))], Records: n}
	switch e.Kind {
	case ledger.Run:
		e.Source, e.Run, e.Connector = sources[rng.IntN(len(sources))], core.RunID(n), "ondine"
		e.Egress = []ledger.Host{{Name: "ondine.example", Requests: 3, Sent: 40, Received: 9000}}
	case ledger.Use:
		e.Token, e.Route, e.Types = fmt.Sprintf("%016x", rng.IntN(3)), "GET /records", []string{"bill"}
	}
	return e
}

// TestLedger_lists_as_a_model_does writes entries at hours that go back and
// forth, destroys a source, and holds every filter against a plain slice.
func TestLedger_lists_as_a_model_does(t *testing.T) {
	t.Parallel()
	b, rng := newBook(t), rand.New(rand.NewPCG(7, 11))
	sources := []core.SourceID{b.source(t), b.source(t), b.source(t)}
	var model []ledger.Entry
	for n := range 600 {
		b.now = b.now.Add(time.Duration(rng.IntN(7200)-1200) * time.Second)
		e := someEntry(rng, n, sources)
		b.write(t, e)
		e.Number, e.At = uint64(n), b.now
		model = append(model, e)
		if n == 400 {
			if err := b.v.Shred(t.Context(), sources[2]); err != nil {
				t.Fatal(err)
			}
			for i, e := range model {
				if e.Source == sources[2] {
					model[i] = ledger.Entry{Number: e.Number, Erased: true, At: e.At, Kind: e.Kind}
				}
			}
			sources = sources[:2]
		}
	}
	day := time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)
	filters := []ledger.Filter{{}, {Source: sources[0]}, {Token: "0000000000000001"}, {From: day, To: day.AddDate(0, 0, 1)}, {To: day}, {From: day},
		{Source: sources[1], From: day}, {Token: "0000000000000002", Kind: ledger.Use, To: day}, {Kind: ledger.Run, From: day},
		{Token: "none"}, {Source: core.NewSourceID()}}
	for _, kind := range ledger.Kinds() {
		filters = append(filters, ledger.Filter{Kind: kind})
	}
	for _, f := range filters {
		var want []ledger.Entry
		for _, e := range slices.Backward(model) {
			if (f.Kind == "" || e.Kind == f.Kind) && (f.Token == "" || e.Token == f.Token) && (f.Source == core.Own || e.Source == f.Source) &&
				(f.From.IsZero() || !e.At.Before(f.From)) && (f.To.IsZero() || e.At.Before(f.To)) {
				want = append(want, e)
			}
		}
		if f.Source == core.Own && f.Token == "" && (!f.From.IsZero() || !f.To.IsZero()) {
			slices.SortStableFunc(want, func(a, b ledger.Entry) int { return b.At.Compare(a.At) })
		}
		for _, size := range []int{1 + rng.IntN(40), ledger.MaxPage} {
			if diff := cmp.Diff(want, b.all(t, f, size)); diff != "" {
				t.Fatalf("filter %+v, pages of %d: %s", f, size, diff)
			}
		}
	}
	if found, stats := b.verify(t); len(found) > 0 || stats.Erased == 0 || stats.Head.Size != 600 {
		t.Errorf("%+v %v", stats, found)
	}
}

func TestLedger_refuses_entries_over_its_bounds(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	for _, e := range []ledger.Entry{{}, {Kind: ledger.SignIn, Device: strings.Repeat("x", ledger.MaxText+1)}, {Kind: "a\x00b"},
		{Kind: ledger.Run, Egress: make([]ledger.Host, ledger.MaxHosts+1)}, {Kind: ledger.Use, Records: -1}, {Kind: ledger.Use, Types: make([]string, ledger.MaxTypes+1)}} {
		if err := b.Append(t.Context(), e); core.CodeOf(err) != core.Invalid {
			t.Errorf("%.60v: %v", e, err)
		}
	}
	if head := b.head(t); head.Size != 0 {
		t.Errorf("%d entries were kept", head.Size)
	}
	for _, cursor := range []ledger.Cursor{"x", "-1", "99999999999999999999"} {
		if _, err := b.List(t.Context(), ledger.Filter{}, cursor, 1); core.CodeOf(err) != core.Invalid {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
	if _, err := b.List(t.Context(), ledger.Filter{To: b.now}, "7", 1); core.CodeOf(err) != core.Invalid {
		t.Errorf("a cursor of no entry: %v", err)
	}
}

func TestLedger_goes_with_its_transaction(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.write(t, ledger.Entry{Kind: ledger.Unlock})
	before, gone := b.head(t), errors.New("no")
	err := b.v.Update(t.Context(), func(tx *vault.Tx) error {
		if err := b.Add(tx, ledger.Entry{Kind: ledger.SignIn}); err != nil {
			return err
		}
		return gone
	})
	if !errors.Is(err, gone) || b.head(t) != before {
		t.Errorf("%v: the head went from %s to %s", err, before, b.head(t))
	}
}

// TestLedger_hammer writes from many sides at once while others read.
func TestLedger_hammer(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	var writers, readers sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	for range 2 {
		readers.Go(func() {
			var last ledger.Head
			for ctx.Err() == nil {
				proofs, head, err := b.Prove(context.Background(), 0, 20)
				if err != nil {
					t.Error(err)
					return
				}
				for _, p := range proofs {
					if err := p.Check(head); err != nil {
						t.Error(err)
					}
				}
				if last.Size > 0 {
					path, now, err := b.ProveGrowth(context.Background(), last)
					if err != nil || ledger.CheckGrowth(path, last, now) != nil {
						t.Errorf("from %s to %s: %v", last, now, err)
					}
				}
				last = head
			}
		})
	}
	for w := range 4 {
		writers.Go(func() {
			for range 40 {
				if err := b.Append(t.Context(), ledger.Entry{Kind: ledger.Use, Token: fmt.Sprint(w)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	stop()
	readers.Wait()
	if found, stats := b.verify(t); len(found) > 0 || stats.Head.Size != 160 {
		t.Errorf("%+v %v", stats, found)
	}
}

func BenchmarkAppend(b *testing.B) {
	book := newBook(b)
	for b.Loop() {
		if err := book.Append(b.Context(), ledger.Entry{Kind: ledger.Use, Token: "0123456789abcdef", Route: "GET /records", Types: []string{"bill"}, Records: 12}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	book := newBook(b)
	const entries = 10_000
	for range entries / 500 {
		batch := make([]ledger.Entry, 500)
		for i := range batch {
			batch[i] = ledger.Entry{Kind: ledger.Use, Token: "0123456789abcdef", Route: "GET /records", Records: i}
		}
		if err := book.Append(b.Context(), batch...); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if found, _ := book.verify(b); len(found) > 0 {
			b.Fatal(found)
		}
	}
}
