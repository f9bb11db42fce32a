package apps_test

import (
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/ledger"
)

const alert = `{'op':'view','view':{'title':'x','summary':['All paid',{'money':'3','currency':'EUR','why':{'bases':['b1']}}],` +
	`'alerts':[{'level':'warn','text':'March is missing','key':'missing'},{'level':'info','text':'Old','until':'2026-11-27'},{'level':'info','text':'Due'}],'nodes':[]}}`

func TestBackground_runs_on_what_is_new_and_keeps_what_was_said(t *testing.T) {
	t.Parallel()
	p := puppet(t, billRead)
	h := newHouse(t, p)
	source := h.source(t)
	h.bring(t, source, bill("1", "2026-10-02", "Ondine", "31.20"))
	runs := func() int {
		t.Helper()
		page, err := h.ledger.List(t.Context(), ledger.Filter{Kind: ledger.AppRead}, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Entries)
	}
	background := func(want int) {
		t.Helper()
		before := runs()
		if err := h.apps.Background(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := runs() - before; got != want {
			t.Errorf("ran %d times, want %d", got, want)
		}
	}
	background(0) // nothing is granted
	h.grant(t, p, func(g *apps.Grant) {
		g.Config = map[string]string{"script": `{'op':'aggregate','type':'bill'}~` + alert}
	})
	background(2) // in both languages
	background(0)
	h.bring(t, source, bill("2", "2026-11-02", "Ondine", "33.20"))
	background(0) // it rests
	h.now = h.now.Add(16 * time.Minute)
	background(2)
	h.now = h.now.Add(12 * time.Hour)
	background(2) // another day

	said, err := h.apps.Said(t.Context(), "fr")
	if err != nil || len(said) != 1 || len(said[0].Alerts) != 2 || said[0].Summary[1].Money != "3" || said[0].Summary[1].Why != nil {
		t.Fatalf("got %+v, %v", said, err)
	}
	if err := h.apps.PutAway(t.Context(), "puppet", "fr", 0); err != nil {
		t.Fatal(err)
	}
	h.now = h.now.Add(24 * time.Hour)
	background(2)
	if said, err = h.apps.Said(t.Context(), "en"); err != nil || len(said[0].Alerts) != 1 || said[0].Alerts[0].Text[0].Text != "Due" {
		t.Fatalf("put away, and yet %+v, %v", said, err)
	}
	if err := h.apps.Pause(t.Context(), "puppet"); err != nil {
		t.Fatal(err)
	}
	if said, err = h.apps.Said(t.Context(), "en"); err != nil || len(said) != 0 {
		t.Errorf("paused, and yet %+v, %v", said, err)
	}
}
