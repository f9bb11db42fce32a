package pack_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/examples/packs"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A desk is a home's shelf and fetcher, before a publisher on loopback.
type desk struct {
	*house
	*pack.Fetcher
	publisher *packs.Publisher
	at        string // its address
	own       []netip.AddrPort
}

const tariffs = "electricity-tariffs"

func newDesk(t *testing.T) *desk {
	t.Helper()
	publisher, err := packs.NewPublisher()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(publisher)
	t.Cleanup(server.Close)
	d := &desk{house: newHouse(t), publisher: publisher, at: server.URL}
	d.Fetcher = pack.NewFetcher(pack.FetcherConfig{Shelf: d.shelf, Own: func() []netip.AddrPort { return d.own }})
	t.Cleanup(d.Close)
	return d
}

func (d *desk) url(name string) string { return d.at + "/" + name + packs.Suffix }

// publish puts a version of the tariffs at the publisher's, signed by a key.
func (d *desk) publish(t *testing.T, version, date string, seed byte) {
	t.Helper()
	file, err := packs.Seal(tariffs, version, date, seed)
	if err != nil {
		t.Fatal(err)
	}
	d.publisher.Publish(tariffs, file)
}

func (d *desk) follow(t *testing.T) pack.Held {
	t.Helper()
	held, err := d.Follow(t.Context(), d.url(tariffs))
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// entries returns the ledger's lines of fetches, the newest first.
func (d *desk) entries(t *testing.T) []ledger.Entry {
	t.Helper()
	found, err := d.ledger.List(t.Context(), ledger.Filter{Kind: ledger.PackFetched}, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	return found.Entries
}

// held returns the tariffs as the home has them.
func (d *desk) held(t *testing.T) pack.Held {
	t.Helper()
	all, err := d.shelf.List(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("got %v, %v", all, err)
	}
	return all[0]
}

func TestFetch_tells_the_publisher_nothing_but_that_it_was_asked(t *testing.T) {
	t.Parallel()
	d, other := newDesk(t), newDesk(t)
	d.follow(t)
	for range 2 { // the answers had a cookie, an ETag and a date
		if _, err := d.Fetch(t.Context(), tariffs); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := other.Follow(t.Context(), d.url(tariffs)); err != nil {
		t.Fatal(err)
	}
	seen := d.publisher.Visits()
	if len(seen) != 4 {
		t.Fatalf("%d requests", len(seen))
	}
	remotes := map[string]bool{}
	for _, v := range seen {
		remotes[v.Remote] = true
		header, err := json.Marshal(v.Header)
		if want := `{"Accept-Encoding":["gzip"],"User-Agent":["Mozilla/5.0 (compatible; Domicile)"]}`; err != nil || string(header) != want {
			t.Errorf("headers %s, %v", header, err)
		}
		if v.Method != "GET" || v.Target != "/"+tariffs+packs.Suffix {
			t.Errorf("asked %s %s", v.Method, v.Target)
		}
	}
	if len(remotes) != 4 {
		t.Error("a connection was used twice")
	}
	for _, e := range d.entries(t) {
		if len(e.Egress) != 1 || e.Egress[0].Requests != 1 || e.Egress[0].Sent != 0 || e.Egress[0].Received == 0 || e.What != tariffs || e.Outcome != "succeeded" || e.Module == "" {
			t.Errorf("the ledger says %+v", e)
		}
	}
	if n := len(d.entries(t)); n != 3 {
		t.Errorf("%d lines in the ledger", n)
	}
}

func TestFetch_draws_another_time_each_time(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	draws := []core.SourceID{d.follow(t).Feed.Draw}
	for range 3 {
		held, err := d.Fetch(t.Context(), tariffs)
		if err != nil || slices.Contains(draws, held.Feed.Draw) {
			t.Fatalf("drew %v after %v: %v", held.Feed.Draw, draws, err)
		}
		draws = append(draws, held.Feed.Draw)
	}
}

func TestFetch_goes_forward_and_stays_with_the_signer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first := d.follow(t)
	for _, step := range []struct {
		name, version, date string
		seed                byte
		why                 string
	}{
		{"another signer", "2026.12", "2026-12", 1, signed.WhySigner},
		{"an earlier version", "2026.10", "2026-12", 0, signed.WhyVersion},
		{"an earlier date", "2026.12", "2026-10", 0, signed.WhyOlder},
	} {
		d.publish(t, step.version, step.date, step.seed)
		held, err := d.Fetch(t.Context(), tariffs)
		if core.CodeOf(err) != core.Conflict || held.Feed.Why != step.why || held.Feed.Code != core.Conflict || held.SHA256 != first.SHA256 || held.Version != first.Version {
			t.Errorf("%s: got %+v, %v", step.name, held.Feed, err)
		}
	}
	if got := d.held(t); got.Feed.Failed != 3 {
		t.Errorf("%d failures", got.Feed.Failed)
	}
	d.publish(t, "2026.12", "2026-12", 0)
	held, err := d.Fetch(t.Context(), tariffs)
	if err != nil || held.Version != "2026.12" || held.Feed.Failed != 0 || held.Feed.Code != "" {
		t.Errorf("mended: got %+v, %v", held, err)
	}
}

func TestFetch_keeps_the_old_pack_whatever_comes(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/phone-plans"+packs.Suffix)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	other, err := packs.Seal("phone-plans", "2026.12", "2026-12", 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		fault http.HandlerFunc
		code  core.Code
		why   string
	}{
		"gone":         {answer(404, ""), core.NotFound, pack.WhyAnswer},
		"moved":        {answer(302, ""), protocol.Blocked, pack.WhyMoved},
		"moved, 308":   {answer(308, ""), protocol.Blocked, pack.WhyMoved},
		"not modified": {answer(304, ""), protocol.Blocked, pack.WhyMoved},
		"broken":       {answer(500, ""), protocol.Unavailable, pack.WhyAnswer},
		"slow down":    {answer(429, ""), protocol.RateLimited, pack.WhyAnswer},
		"another pack": {answer(200, string(other)), core.Conflict, pack.WhyOther},
		"a page":       {answer(200, "<!doctype html>"), core.Invalid, ""},
		"endless":      {answer(200, strings.Repeat("x", pack.MaxContent+signed.MaxHeader+1)), protocol.Limit, ""},
		"cut":          {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, protocol.Unavailable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			first := d.follow(t)
			d.publisher.Break(tc.fault)
			if _, err := d.Fetch(t.Context(), tariffs); core.CodeOf(err) != tc.code {
				t.Errorf("got %v, want %s", err, tc.code)
			}
			held := d.held(t)
			if held.Feed.Code != tc.code || held.Feed.Why != tc.why || held.SHA256 != first.SHA256 {
				t.Errorf("the feed says %+v", held.Feed)
			}
			if p, err := d.shelf.Get(t.Context(), tariffs); err != nil || p.SHA256 != first.SHA256 {
				t.Errorf("the pack is %v", err)
			}
			if e := d.entries(t)[0]; e.Outcome != string(tc.code) || len(e.Egress) != 1 || e.Egress[0].Requests != 1 || e.What != tariffs {
				t.Errorf("the ledger says %+v", e)
			}
			if n := len(d.publisher.Visits()); n != 2 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestFollow_keeps_nothing_when_it_fails(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.own = []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:9")}
	for address, want := range map[string]core.Code{
		d.url("nothing"):                 core.NotFound,
		"http://127.0.0.1:9/x.pack":      protocol.Blocked, // the home itself
		"http://169.254.169.254/x.pack":  protocol.Blocked, // a cloud's metadata
		"http://[64:ff9b::7f00:1]:80/p":  protocol.Blocked, // IPv4 in disguise
		"":                               core.Invalid,
		"ftp://example.org/x.pack":       core.Invalid,
		"http://example.org/x.pack":      core.Invalid,
		"https://localhost/x.pack":       core.Invalid,
		"https://*.example.org/x.pack":   core.Invalid,
		d.url(tariffs) + "?home=7":       core.Invalid,
		d.url(tariffs) + "#7":            core.Invalid,
		"http://me@" + d.at[7:] + "/x":   core.Invalid,
		"https://example.org/\x00":       core.Invalid,
		"https:example.org":              core.Invalid,
		d.at + strings.Repeat("/x", 500): core.Invalid,
	} {
		if held, err := d.Follow(t.Context(), address); core.CodeOf(err) != want {
			t.Errorf("%q: got %+v, %v, want %s", address, held, err, want)
		}
	}
	if all, err := d.shelf.List(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("kept %v, %v", all, err)
	}
	if n := len(d.publisher.Visits()); n != 1 {
		t.Errorf("%d requests", n)
	}
	if n := len(d.entries(t)); n != 4 { // of what was no address nothing left
		t.Errorf("%d lines in the ledger", n)
	}
}

func TestFeed_is_paused_left_and_removed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if _, err := d.shelf.Add(t.Context(), sealed(t, "2026.1", `1`, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Fetch(t.Context(), tariffs); core.CodeOf(err) != core.NotFound || len(d.publisher.Visits()) != 0 {
		t.Errorf("a pack that came as a file: got %v", err)
	}
	d.follow(t)
	if err := d.shelf.SetPaused(t.Context(), tariffs, true); err != nil || !d.held(t).Feed.Paused {
		t.Errorf("paused: %v", err)
	}
	if held, err := d.Fetch(t.Context(), tariffs); err != nil || !held.Feed.Paused { // asked by hand
		t.Errorf("got %+v, %v", held.Feed, err)
	}
	d.publish(t, "2026.12", "2026-12", 0)
	if _, err := d.shelf.Add(t.Context(), must(packs.Seal(tariffs, "2026.12", "2026-12", 0))); err != nil || d.held(t).Feed == nil {
		t.Errorf("a file took the address away: %v", err)
	}
	if err := d.shelf.Unfollow(t.Context(), tariffs); err != nil || d.held(t).Feed != nil {
		t.Errorf("left: %v", err)
	}
	if err := d.shelf.Unfollow(t.Context(), tariffs); core.CodeOf(err) != core.NotFound {
		t.Errorf("left twice: %v", err)
	}
	d.follow(t)
	if err := d.shelf.Remove(t.Context(), tariffs); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Fetch(t.Context(), tariffs); core.CodeOf(err) != core.NotFound {
		t.Errorf("removed: got %v", err)
	}
}

func TestFetch_brings_nothing_back_that_was_taken_away_meanwhile(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]func(*pack.Shelf, context.Context, string) error{"pack": (*pack.Shelf).Remove, "address": (*pack.Shelf).Unfollow} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			first, later := d.follow(t), must(packs.Seal(tariffs, "2026.12", "2026-12", 0))
			d.publisher.Break(func(w http.ResponseWriter, r *http.Request) {
				if err := away(d.shelf, r.Context(), tariffs); err != nil {
					t.Error(err)
				}
				_, _ = w.Write(later)
			})
			if _, err := d.Fetch(t.Context(), tariffs); core.CodeOf(err) != core.NotFound {
				t.Errorf("got %v", err)
			}
			for _, p := range must(d.shelf.List(t.Context())) {
				if p.Feed != nil || p.SHA256 != first.SHA256 {
					t.Errorf("%+v came back", p)
				}
			}
			if e := d.entries(t)[0]; len(e.Egress) != 1 || e.Outcome != string(core.NotFound) {
				t.Errorf("the ledger says %+v", e)
			}
		})
	}
}

func TestFetcher_hammer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.follow(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 6 {
				var err error
				switch (i + n) % 5 {
				case 0:
					_, err = d.Follow(t.Context(), d.url(tariffs))
				case 1:
					err = d.shelf.Remove(t.Context(), tariffs)
				case 2:
					err = d.shelf.SetPaused(t.Context(), tariffs, n%2 == 0)
				default:
					_, err = d.Fetch(t.Context(), tariffs)
				}
				if code := core.CodeOf(err); code != "" && code != core.NotFound {
					t.Errorf("got %v", err)
				}
			}
		})
	}
	wg.Wait()
	if visits, lines := len(d.publisher.Visits()), len(d.entries(t)); visits != lines {
		t.Errorf("%d requests, %d lines in the ledger", visits, lines)
	}
	held := d.follow(t)
	if p, err := d.shelf.Get(t.Context(), tariffs); err != nil || p.SHA256 != held.SHA256 {
		t.Errorf("got %v", err)
	}
}

func TestClose_cuts_off_and_notes_what_left(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first := d.follow(t)
	arrived, done := make(chan struct{}), make(chan struct{})
	d.publisher.Break(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		select {
		case <-r.Context().Done():
		case <-time.After(10 * time.Second):
			t.Error("the request went on")
		}
	})
	go func() {
		defer close(done)
		if _, err := d.Fetch(t.Context(), tariffs); core.CodeOf(err) != core.Locked {
			t.Errorf("got %v", err)
		}
	}()
	<-arrived
	d.Close()
	if e := d.entries(t)[0]; e.Outcome != string(core.Locked) || len(e.Egress) != 1 {
		t.Errorf("the ledger says %+v", e)
	}
	<-done
	if held := d.held(t); held.Feed.Code != "" || held.Feed.Draw != first.Feed.Draw {
		t.Errorf("being locked counts as a failure: %+v", held.Feed)
	}
	if _, err := d.Fetch(t.Context(), tariffs); core.CodeOf(err) != core.Locked {
		t.Errorf("after that: got %v", err)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
