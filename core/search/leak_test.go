package search_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestIndex_writes_nothing_in_clear(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.config = search.Small(h.config)
	h.reopen(t)
	planted := []string{"canarytitle", "canarytext", "canarystem", "canary-type", "canaryquery", "77777.77", "positions", "partitions", "kindofname"}
	id := sourceOf(3)
	for i := range 200 {
		h.journal.add(id, search.Document{
			Title: "canarytitle", Type: "canary-type", Time: record.Date(2026, 1, 1+i%28), Amounts: []record.Money{"77777.77"},
			Text: []string{"canarytext canarystems " + fmt.Sprint("unique", i), "Kindofname"},
		})
		if i%20 == 19 {
			h.follow(t)
			h.find(t, `canaryquery "canarytitle canaryquery" canarystem*`)
		}
	}
	h.reopen(t)
	h.find(t, "canaryquery canarytext")
	planted = append(planted, string(id[:]), id.String())
	for _, path := range h.files(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range planted {
			if bytes.Contains(bytes.ToLower(data), []byte(word)) || strings.Contains(strings.ToLower(path[len(h.config.Dir):]), word) {
				t.Errorf("%q stands in %s", word, path)
			}
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestPool_keeps_to_its_budget(t *testing.T) {
	t.Parallel()
	h, g := furnish(t, 8)
	roomy := h.Stats().Memory
	for _, budget := range []int64{1, roomy / 3} {
		h.config.Budget = budget
		h.reopen(t)
		g.compare(t, h, 20)
		if got := h.Stats().Memory; got > budget {
			t.Errorf("%d bytes open, want at most %d", got, budget)
		}
	}
}

func TestSearch_leaves_old_partitions_closed_when_the_page_is_sure(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.config = search.Small(h.config)
	h.config.Budget = 1
	h.reopen(t)
	for i := range 300 {
		h.journal.add(sourceOf(1), search.Document{Title: fmt.Sprintf("n%d", i), Time: record.Date(2020, 1, 1+i)})
	}
	h.follow(t)
	for _, text := range []string{"", "n*", "amount:1", "-n299"} {
		q := search.ParseQuery(text)
		q.Limit = 5
		quick := h.search(t, q)
		q.IsExact = true
		exact := h.search(t, q)
		if fmt.Sprint(quick.Hits) != fmt.Sprint(exact.Hits) {
			t.Errorf("%q: got %v, want %v", text, quick.Hits, exact.Hits)
		}
		if quick.AtLeast != (text != "amount:1") || exact.AtLeast || quick.Total > exact.Total {
			t.Errorf("%q: got %d, at least %v, of %d", text, quick.Total, quick.AtLeast, exact.Total)
		}
	}
}
