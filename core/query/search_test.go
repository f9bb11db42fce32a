package query_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

func (h *house) search(t *testing.T, text string) query.Found {
	t.Helper()
	found, err := h.Search(t.Context(), query.Search{Text: text, Names: func(name string) []core.SourceID {
		if name == "bank" {
			return h.sources[1:]
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (h *house) follow(t *testing.T) {
	t.Helper()
	if err := h.index.Follow(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestSearch_joins_hits_with_records_and_says_where_they_match(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ref := h.file(t, 0, "facture.pdf", "%PDF", "nothing here", "Votre abonnement Zéphyrine du mois")
	h.put(t, 0, record.TypeBill, "b1 2026-03-12 Facture de mars", `{"vendor":"Zéphyrine SA","amount":"12.30","extra":{"note":"rien"}}`, ref)
	h.put(t, 1, record.TypeTransaction, "t1 2026-03-14 PRLV ZEPHYRINE", `{"label":"PRLV ZEPHYRINE","amount":"-12.30"}`)
	h.follow(t)
	found := h.search(t, "zephyrine")
	if found.Total != 2 || len(found.Hits) != 2 || found.Behind || found.Partial {
		t.Fatalf("got %+v", found)
	}
	bill := found.Hits[1]
	var places []string
	for _, f := range bill.Fragments {
		places = append(places, fmt.Sprintf("%s %s %d %s", f.Place, f.Name, f.Page, f.Text[f.Spans[0].Start:f.Spans[0].End]))
	}
	if want := []string{"data vendor 0 Zéphyrine", "file facture.pdf 2 Zéphyrine"}; bill.Record.ID != "b1" || !slices.Equal(places, want) {
		t.Errorf("got %q in %s", places, bill.Record.ID)
	}
	if line := found.Hits[0]; line.Record.ID != "t1" || len(line.Fragments) != 1 || line.Fragments[0].Place != query.InTitle {
		t.Errorf("got %+v", line)
	}
	if found := h.search(t, "zephyrine source:bank"); found.Total != 1 || found.Hits[0].Record.ID != "t1" {
		t.Errorf("by source: %+v", found)
	}
	if found := h.search(t, "source:nobody"); found.Total != 0 {
		t.Errorf("by a source that is not: %+v", found)
	}
	if found := h.search(t, "type:bill amount:>12"); found.Total != 1 || found.Hits[0].Fragments != nil {
		t.Errorf("by type and amount: %+v", found)
	}
	if found := h.search(t, "before:x"); len(found.Warnings) != 1 {
		t.Errorf("got %+v", found.Warnings)
	}
}

func TestSearch_follows_what_is_deleted_and_dropped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.put(t, 0, record.TypeDocument, "a 2026-03-12 Quillivic one", `{}`)
	h.put(t, 1, record.TypeDocument, "b 2026-03-12 Quillivic two", `{}`)
	h.follow(t)
	h.inSpace(t, 0, func(sp *vault.Space) error {
		_, _, err := sp.DeleteRecord(first.Ref.Seq, core.Provenance{})
		return err
	})
	if found := h.search(t, "quillivic"); len(found.Hits) != 1 || found.Hits[0].Record.ID != "b" || !found.Behind {
		t.Errorf("before the index follows: %+v", found)
	}
	h.follow(t)
	if found := h.search(t, "quillivic"); found.Total != 1 || found.Behind {
		t.Errorf("after: %+v", found)
	}
	h.update(t, func(tx *vault.Tx) error { return tx.DropSpace(h.sources[1]) })
	if found := h.search(t, "quillivic"); len(found.Hits) != 0 {
		t.Errorf("of a dropped source: %+v", found)
	}
	h.follow(t)
	if found := h.search(t, "quillivic"); found.Total != 0 {
		t.Errorf("then: %+v", found)
	}
}

func TestFeed_leaves_out_what_is_gone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	kept := h.put(t, 0, record.TypeDocument, "a 2026-03-12 A", `{"kind":"letter"}`)
	deleted := h.put(t, 0, record.TypeDocument, "b 2026-03-12 B", `{}`)
	dropped := h.put(t, 1, record.TypeDocument, "c 2026-03-12 C", `{}`)
	feed := query.NewFeed(h.v)
	before, err := feed.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.update(t, func(tx *vault.Tx) error {
		sp, err := tx.Space(h.sources[0])
		if err != nil {
			return err
		}
		if _, _, err := sp.DeleteRecord(deleted.Ref.Seq, core.Provenance{}); err != nil {
			return err
		}
		return tx.DropSpace(h.sources[1])
	})
	docs, err := feed.Documents(t.Context(), []core.Ref{kept.Ref, deleted.Ref, dropped.Ref, {Source: h.sources[0], Seq: 99}})
	if err != nil || len(docs) != 1 || docs[0].Title != "A" || len(docs[0].Text) != 1 {
		t.Errorf("got %+v, %v", docs, err)
	}
	changes, err := feed.Changes(t.Context(), before, 10)
	if err != nil || len(changes) != 2 || changes[0].Op != search.Remove || changes[0].Ref != deleted.Ref ||
		changes[1].Op != search.DropSource || changes[1].Ref.Source != h.sources[1] {
		t.Errorf("got %+v, %v", changes, err)
	}
	if some, err := feed.Changes(t.Context(), 0, 1); err != nil || len(some) != 1 {
		t.Errorf("got %+v, %v", some, err)
	}
}

func TestReader_hammer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for ctx.Err() == nil {
				for r, err := range h.List(ctx, query.Filter{}) {
					if err != nil {
						if ctx.Err() == nil {
							t.Error(err)
						}
						break
					}
					if got, err := h.Get(ctx, r.Ref); err == nil && got.ID != r.ID {
						t.Errorf("%s is %s", r.Ref, got.ID)
					}
				}
				if _, err := h.Search(ctx, query.Search{Text: "title"}); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	for n := range 60 {
		h.put(t, n%2, record.TypeDocument, fmt.Sprintf("d%d 2026-03-%02d title %d", n%20, 1+n%28, n), `{}`)
		if n%20 == 19 {
			h.follow(t)
		}
	}
	cancel()
	group.Wait()
}

func TestSearch_finds_tags_and_corrected_values(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.put(t, 0, record.TypeBill, "b1 2026-03-12 Facture", `{"vendor":"Ondine"}`)
	h.follow(t)
	h.inSpace(t, 0, func(s *vault.Space) error {
		r.Tags, r.Data = []string{"À payer"}, []byte(`{"vendor":"Marée"}`)
		_, _, err := s.PutRecord(r)
		return err
	})
	h.follow(t)
	for text, want := range map[string]int{`tag:"a payer"`: 1, "payer": 1, "-tag:a*": 0, "tag:payer": 0, "maree": 1, "ondine": 0} {
		if found := h.search(t, text); found.Total != want {
			t.Errorf("%q finds %d, want %d", text, found.Total, want)
		}
	}
}
