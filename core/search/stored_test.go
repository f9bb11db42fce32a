package search_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
)

// longHouse holds records with so many words that what is stored of them takes
// many chunks.
func longHouse(t *testing.T, records int) (*house, []string) {
	t.Helper()
	h := newHouse(t)
	r := rand.New(rand.NewPCG(3, 4))
	var middles []string
	for n := range records {
		words := make([]string, 1500)
		for i := range words {
			words[i] = word(uint64(r.IntN(30_000)))
		}
		middle := len(words) / 2
		words[middle] = fmt.Sprintf("middle%d", n)
		middles = append(middles, `"`+strings.Join(words[middle-1:middle+2], " ")+`"`)
		h.journal.add(core.SourceID{1}, search.Document{Title: fmt.Sprint(n), Text: []string{strings.Join(words, " ")}})
	}
	h.follow(t)
	h.reopen(t)
	return h, middles
}

func TestSearch_unseals_the_words_that_a_phrase_needs(t *testing.T) {
	t.Parallel()
	h, middles := longHouse(t, 80)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for n := range middles {
				n = (n*(worker+1) + worker) % len(middles)
				if got, err := h.Search(t.Context(), search.ParseQuery(middles[n])); err != nil || len(got.Hits) != 1 || got.Hits[0].Ref.Seq != core.Seq(n+1) {
					t.Errorf("%s: got %+v, %v", middles[n], got, err)
				}
			}
		})
	}
	wg.Wait()
	if got := h.Stats(); got.Memory == 0 || got.Memory > got.Disk*3/4 {
		t.Errorf("%d bytes in memory of %d on the disk: the words stay", got.Memory, got.Disk)
	}
	for n := range middles { // other records, which makes scorch merge
		h.journal.add(core.SourceID{2}, search.Document{Title: "more", Text: []string{strings.Repeat("more ", 10+n)}})
		if n%10 == 0 {
			h.follow(t)
		}
	}
	h.follow(t)
	for n, middle := range middles {
		if got := h.titles(t, search.ParseQuery(middle)); len(got) != 1 || got[0] != fmt.Sprint(n) {
			t.Errorf("after a merge, %s: got %q", middle, got)
		}
	}
}

func TestSearch_meets_damage_done_while_it_is_open(t *testing.T) {
	t.Parallel()
	h, middles := longHouse(t, 40)
	h.titles(t, search.ParseQuery("middle1"))
	for _, path := range h.files(t) {
		if filepath.Ext(path) != ".zap" {
			continue
		}
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err == nil {
			_, err = file.WriteAt(make([]byte, 128<<10), 1000)
		}
		if err != nil {
			t.Fatal(err)
		}
		file.Close()
	}
	missed := 0
	for _, middle := range middles {
		got, err := h.Search(t.Context(), search.ParseQuery(middle))
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Hits) == 0 {
			missed++
			if !got.IsPartial {
				t.Errorf("%s is not found, and it does not say so", middle)
			}
		}
	}
	if missed == 0 {
		t.Fatal("the words were not read again: this tests nothing")
	}
	<-h.Wake()
	h.follow(t)
	for n, middle := range middles {
		if got := h.titles(t, search.ParseQuery(middle)); len(got) != 1 || got[0] != fmt.Sprint(n) {
			t.Errorf("made anew, %s: got %q", middle, got)
		}
	}
}
