package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// A told is what a naive home knows of one bill: what the source says, and what
// the person says of the same fields.
type told struct {
	source, own map[string]string
	tags        []string
}

// TestCorrect_does_as_a_naive_model corrects, tags and takes back between runs
// that change the same fields, with saves that are killed and a home that stops.
func TestCorrect_does_as_a_naive_model(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "vault.db")
			w := &world{Rand: rand.New(rand.NewPCG(seed, 3)), h: newHouseAt(t, path), path: path}
			bills := map[string]*told{}
			for range 80 {
				id := fmt.Sprint("b", w.IntN(4))
				if b := bills[id]; b == nil || w.IntN(2) == 0 {
					w.billed(t, bills, id)
				} else {
					w.owned(t, b, w.h.byID(t, record.TypeBill, id))
				}
				w.reopen(t)
				for id, b := range bills {
					b.check(t, w.h.byID(t, record.TypeBill, id))
				}
			}
		})
	}
}

// billed is a run that brings a bill, after some that are killed.
func (w *world) billed(t *testing.T, bills map[string]*told, id string) {
	t.Helper()
	said := map[string]string{"vendor": fmt.Sprint("V", w.IntN(3)), "amount": fmt.Sprintf("%d.00", 1+w.IntN(3))}
	w.h.run++
	b := w.h.batch(bill(id, said["vendor"], said["amount"]))
	b.Records[0].Record.Title = "Bill"
	b.Last = true
	killed := b
	killed.Extra = func(*vault.Space, ingest.Counts) error { return errKilled }
	if _, err := w.h.Commit(t.Context(), killed); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	w.reopen(t)
	w.h.commit(t, b)
	if bills[id] == nil {
		bills[id] = &told{own: map[string]string{}}
	}
	bills[id].source = said
}

// owned is something that the person does to a bill.
func (w *world) owned(t *testing.T, b *told, r core.Record) {
	t.Helper()
	field := []string{"vendor", "amount"}[w.IntN(2)]
	var err error
	switch w.IntN(4) {
	case 0:
		tag := fmt.Sprint("t", w.IntN(3))
		err = w.h.SetTags(t.Context(), r.Ref, []string{tag})
		b.tags = []string{tag}
	case 1:
		err = w.h.TakeBack(t.Context(), r.Ref, "data/"+field)
		delete(b.own, field)
	default:
		own := map[string]string{"vendor": fmt.Sprint("V", w.IntN(4)), "amount": fmt.Sprintf("%d.00", 1+w.IntN(4))}[field]
		err = w.h.Correct(t.Context(), r.Ref, []ingest.FieldChange{change("data/"+field, member(t, r, field), own)})
		if b.own[field] = own; own == b.source[field] {
			delete(b.own, field)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (b *told) check(t *testing.T, r core.Record) {
	t.Helper()
	want := maps.Clone(b.source)
	maps.Copy(want, b.own)
	got := map[string]string{"vendor": member(t, r, "vendor"), "amount": member(t, r, "amount")}
	if diff := cmp.Diff(want, got); diff != "" || len(r.Corrected) != len(b.own) || !slices.Equal(r.Tags, b.tags) {
		t.Fatalf("%s: %s\n%+v, %q, want %q", r.ID, diff, r.Corrected, r.Tags, b.tags)
	}
	for _, c := range r.Corrected {
		if name := strings.TrimPrefix(c.Field, "data/"); string(c.Source) != fmt.Sprintf("%q", b.source[name]) {
			t.Fatalf("%s: the source says %s, want %s", r.ID, c.Source, b.source[name])
		}
	}
}

// TestCorrect_beside_a_run hammers one source with runs while the person
// corrects and tags: no write of either is lost.
func TestCorrect_beside_a_run(t *testing.T) {
	t.Parallel()
	const records, rounds = 12, 20
	h := newHouse(t)
	said := func(round int) ingest.Batch {
		var all []record.Record
		for i := range records {
			all = append(all, bill(fmt.Sprint(i), fmt.Sprint("vendor ", round), "1.00"))
		}
		return h.batch(all...)
	}
	h.run++
	h.commit(t, said(0))
	var group sync.WaitGroup
	ctx := context.WithoutCancel(t.Context())
	group.Go(func() {
		for round := range rounds {
			if _, err := h.Commit(ctx, said(round)); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range records {
		ref := h.byID(t, record.TypeBill, fmt.Sprint(i)).Ref
		group.Go(func() {
			if err := h.Correct(ctx, ref, []ingest.FieldChange{change("data/amount", "1.00", fmt.Sprintf("%d.50", i))}); err != nil {
				t.Error(err)
			}
			if err := h.Tag(ctx, ref, []string{fmt.Sprint("n", i)}, nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for i := range records {
		r := h.byID(t, record.TypeBill, fmt.Sprint(i))
		if member(t, r, "amount") != fmt.Sprintf("%d.50", i) || member(t, r, "vendor") != fmt.Sprint("vendor ", rounds-1) || !slices.Equal(r.Tags, []string{fmt.Sprint("n", i)}) {
			t.Errorf("%s %q", r.Data, r.Tags)
		}
	}
}
