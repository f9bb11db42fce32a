package home_test

import (
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/core/web"
	"github.com/domicile-home/domicile/examples/providers"
)

// lines lists the ledger, newest first.
func lines(t *testing.T, r *web.Rooms, f ledger.Filter) (all []ledger.Entry) {
	t.Helper()
	for cursor := ledger.Cursor(""); ; {
		page, err := r.Ledger.List(t.Context(), f, cursor, ledger.MaxPage)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Entries...)
		if cursor = page.Next; cursor == "" {
			return all
		}
	}
}

// sound fails when the ledger does not agree with itself.
func sound(t *testing.T, r *web.Rooms) {
	t.Helper()
	_, err := r.Ledger.Verify(t.Context(), nil, func(err error) { t.Error(err) })
	if err != nil {
		t.Error(err)
	}
}

func TestLedger_tells_what_each_run_exchanged(t *testing.T) {
	t.Parallel()
	_, r := unlocked(t, t.TempDir(), shared(t), &log{})
	telco, address := operator(t, providers.TelcoConfig{Seed: 7, Months: 3})
	wrong := newTelcoSource(telco, address)
	wrong.Secrets = map[string]core.Secret{"password": "wrong"}
	if _, err := r.Connect.Add(t.Context(), wrong); core.CodeOf(err) != "auth_failed" {
		t.Fatal(err)
	}
	src := addTelco(t, r, telco, address)
	run := pull(t, r, src)

	checks := lines(t, r, ledger.Filter{Kind: ledger.Check})
	if len(checks) != 2 || checks[1].Outcome != "auth_failed" || checks[0].Outcome != "succeeded" || len(checks[1].Egress) != 1 || checks[1].Egress[0].Requests == 0 {
		t.Errorf("checks %+v", checks)
	}
	if added := lines(t, r, ledger.Filter{Kind: ledger.SourceAdded}); len(added) != 1 || added[0].Source != src.ID {
		t.Errorf("added %+v", added)
	}
	all := lines(t, r, ledger.Filter{Source: src.ID, Kind: ledger.Run})
	if len(all) != 1 {
		t.Fatalf("%d lines of one run", len(all))
	}
	e := all[0]
	if e.Run != run.ID || e.Records != run.Counts.Added || e.Outcome != "succeeded" || e.Connector != "ondine" || len(e.Egress) != 1 {
		t.Errorf("line %+v of run %+v", e, run)
	}
	if host := e.Egress[0]; "http://"+host.Name != address || host.Requests != run.Use.Requests || host.Received != run.Use.Received || host.Sent == 0 {
		t.Errorf("host %+v, run %+v", host, run.Use)
	}
	sound(t, r)
	if err := r.Connect.Forget(t.Context(), src.ID); err != nil {
		t.Fatal(err)
	}
	for _, e := range lines(t, r, ledger.Filter{Kind: ledger.Run}) {
		if !e.Erased || e.Connector != "" || e.Egress != nil {
			t.Errorf("a line outlived its source: %+v", e)
		}
	}
	if gone := lines(t, r, ledger.Filter{Kind: ledger.SourceGone}); len(gone) != 1 {
		t.Errorf("gone %+v", gone)
	}
	sound(t, r)
}

func TestLedger_tells_who_came_in_and_who_tried(t *testing.T) {
	t.Parallel()
	dir, s, l := t.TempDir(), shared(t), &log{}
	h, _ := unlocked(t, dir, s, l)
	tries := func(h *home.Home, key vault.Key, want core.Code) {
		t.Helper()
		if err := h.Unlock(t.Context(), key); core.CodeOf(err) != want {
			t.Errorf("unlock: %v, want %q", err, want)
		}
	}
	tries(h, vault.Password("wrong while open"), core.Unauthenticated)
	h.Lock()
	tries(h, vault.Password("wrong"), core.Unauthenticated)
	tries(h, vault.Password("wrong again"), core.Unauthenticated)
	tries(h, vault.Recovery("AAAAA"), core.Invalid)
	tries(h, vault.Password(password), "")
	r := rooms(t, h)
	refused := map[string]int{}
	for _, e := range lines(t, r, ledger.Filter{Kind: ledger.Refused}) {
		refused[e.Way] += e.Times
	}
	if refused["password"] != 3 || refused["recovery"] != 1 {
		t.Errorf("refused %v", refused)
	}
	if opened := lines(t, r, ledger.Filter{Kind: ledger.Unlock}); len(opened) != 1 || opened[0].Way != "password" {
		t.Errorf("unlocked %+v", opened)
	}
	h.Lock()
	tries(h, vault.Password(password), "")
	if again := lines(t, rooms(t, h), ledger.Filter{Kind: ledger.Refused}); len(again) != 3 {
		t.Errorf("refused are told twice: %+v", again)
	}
}

// oneLineARun checks that each run that ended has one line of the ledger.
func oneLineARun(t *testing.T, round int, r *web.Rooms) {
	t.Helper()
	sources, err := r.Connect.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		runs, err := r.Connect.Runs(t.Context(), s.ID, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		told := map[core.RunID]int{}
		for _, e := range lines(t, r, ledger.Filter{Source: s.ID, Kind: ledger.Run}) {
			told[e.Run]++
		}
		for _, run := range runs {
			if ended := run.State.HasEnded(); ended != (told[run.ID] == 1) || told[run.ID] > 1 {
				t.Errorf("round %d: run %d of %s is %s and has %d lines", round, run.ID, s.Connector, run.State, told[run.ID])
			}
		}
		if len(told) > len(runs) {
			t.Errorf("round %d: %d lines of %d runs", round, len(told), len(runs))
		}
	}
	sound(t, r)
}
