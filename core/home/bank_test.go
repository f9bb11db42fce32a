package home_test

import (
	"encoding/json"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/core/web"
	"github.com/domicile-home/domicile/examples/providers"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// branch is a bank, and a home with a source there, on one clock that tests put
// forward.
type branch struct {
	t     *testing.T
	began time.Time    // by the machine's clock
	ahead atomic.Int64 // days that the test put the clock forward
	bank  *providers.Bank
	rooms *web.Rooms
	src   connect.Source

	account connect.NewSource
}

// clock is in March 2026, at nine, when the bank books nothing.
func (b *branch) clock() time.Time {
	return time.Date(2026, 3, 15, 8, 0, 0, 0, time.UTC).AddDate(0, 0, int(b.ahead.Load())).Add(time.Since(b.began))
}

func newBranch(t *testing.T) *branch {
	t.Helper()
	b := &branch{t: t, began: time.Now()}
	b.bank = providers.NewBank(providers.BankConfig{Seed: 11, Months: 4, Clock: b.clock, Pause: time.Second})
	server := httptest.NewServer(b.bank)
	t.Cleanup(server.Close)
	c := config(t.TempDir(), &log{})
	c.Clock = b.clock
	h, err := home.Open(t.Context(), c, bankers(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := h.SetUp(t.Context(), password); err != nil {
		t.Fatal(err)
	}
	b.rooms = rooms(t, h)
	b.account = connect.NewSource{Connector: "embruns",
		Config:  map[string]string{"address": server.URL, "identifier": b.bank.User()},
		Secrets: map[string]core.Secret{"password": core.Secret(b.bank.Password())}}
	return b
}

// bankers is what the homes of one test share: the bank's connector alone.
func bankers(t *testing.T) *home.Shared {
	t.Helper()
	sharing.Lock()
	defer sharing.Unlock()
	s, err := home.NewShared(home.SharedConfig{Worker: built(t, "worker", func() []byte { return sandboxtest.Worker(t) }),
		Programs: []*program.Program{connector(t, "embruns")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// start runs the source, or adds it, which runs it.
func (b *branch) start() core.RunID {
	b.t.Helper()
	sources, err := b.rooms.Connect.Sources(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	if len(sources) == 0 {
		if b.src, err = b.rooms.Connect.Add(b.t.Context(), b.account); err != nil {
			b.t.Fatal(err)
		}
		return b.src.LastRun
	}
	id, err := b.rooms.Connect.Start(b.t.Context(), b.src.ID, connect.ByPerson)
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

// pull runs the source and types the code that came when it asks.
func (b *branch) pull() connect.Run {
	b.t.Helper()
	id := b.start()
	run, err := b.rooms.Connect.Wait(b.t.Context(), b.src.ID, id, func(r connect.Run) {
		if r.Question == nil {
			return
		}
		if err := b.rooms.Connect.Answer(b.src.ID, id, b.bank.Code()); err != nil && core.CodeOf(err) != core.Conflict && core.CodeOf(err) != core.NotFound { // of a question seen twice
			b.t.Error(err)
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return run
}

// lines returns the transactions of the home by record id.
func (b *branch) lines() map[string]core.Record {
	b.t.Helper()
	all := map[string]core.Record{}
	for r, err := range b.rooms.Query.List(b.t.Context(), query.Filter{Types: []record.Type{record.TypeTransaction}}) {
		if err != nil {
			b.t.Fatal(err)
		}
		all[r.ID] = r
	}
	return all
}

// complete fails the test unless the home holds the bank's lines and no others.
func (b *branch) complete() map[string]core.Record {
	b.t.Helper()
	got, want := map[string]string{}, map[string]string{}
	all := b.lines()
	for id, r := range all {
		var v record.Transaction
		if err := json.Unmarshal(r.Data, &v); err != nil {
			b.t.Fatal(err)
		}
		got[id] = v.State + " " + string(v.Amount) + " " + v.Label
	}
	for _, a := range b.bank.Accounts() {
		for _, line := range b.bank.Lines(a.ID) {
			state := "booked"
			if line.Pending {
				state = "pending"
			}
			want[a.ID+"|"+line.ID] = state + " " + line.Amount.String() + " " + line.Label
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Fatalf("%s: the home's lines (+) are not the bank's (-):\n%s", b.clock(), diff)
	}
	return all
}

func TestBank_one_code_brings_in_its_lines_and_pending_ones_become_booked(t *testing.T) {
	t.Parallel()
	b := newBranch(t)
	if run := b.pull(); run.State != connect.Succeeded || run.Counts.Added < 150 {
		t.Fatalf("first run: %s %+v %+v", run.State, run.Problem, run.Counts)
	}
	b.complete()
	if run := b.pull(); run.State != connect.Succeeded || run.Counts.Added+run.Counts.Updated != 0 {
		t.Errorf("second run: %s %+v", run.State, run.Counts)
	}
	merged := 0
	for range 6 {
		before := b.complete()
		b.ahead.Add(1)
		run := b.pull()
		if run.State != connect.Succeeded || run.Counts.Forgotten != 0 {
			t.Fatalf("%s: %s %+v %+v", b.clock(), run.State, run.Problem, run.Counts)
		}
		after := b.complete()
		for id := range before {
			if _, still := after[id]; still {
				continue
			}
			if !isSuccessor(after, id) {
				t.Errorf("%s: %s went and no line says that it took its place", b.clock(), id)
			}
			merged++
		}
	}
	if got := b.bank.Stats(); merged < 3 || got.Logins != 1 || got.Codes != 1 {
		t.Errorf("%d merged, the bank counted %+v", merged, got)
	}
}

// isSuccessor reports whether a line says that it was pending under id.
func isSuccessor(lines map[string]core.Record, id string) bool {
	for _, r := range lines {
		for _, link := range r.Links {
			if link.Rel == "was-pending" && link.ID == id {
				return true
			}
		}
	}
	return false
}

func TestBank_each_fault_ends_in_its_code(t *testing.T) {
	t.Parallel()
	b := newBranch(t)
	codes := map[providers.FaultKind]core.Code{
		providers.Error500: protocol.Unavailable, providers.Maintenance: protocol.Unavailable, providers.RateLimit: protocol.RateLimited,
		providers.SessionExpired: protocol.AuthExpired, providers.Layout: protocol.SourceChanged, providers.Partial: protocol.SourceChanged,
		providers.Truncated: protocol.Unavailable, providers.Terms: protocol.ActionNeeded, providers.Cut: protocol.Unavailable,
		providers.WrongPassword: protocol.AuthFailed, providers.WrongCode: protocol.OTPWrong, providers.ConsentExpired: protocol.ConsentExpired,
	}
	for _, kind := range providers.ConsentFaultKinds() {
		if kind == providers.Slow {
			continue // it only takes longer
		}
		b.bank.SetFault(providers.Fault{Kind: kind})
		run := b.pull()
		b.bank.SetFault(providers.Fault{})
		if want := codes[kind]; run.Problem == nil || run.Problem.Code != want || run.State != connect.Failed || len(b.lines()) > 0 {
			t.Errorf("%s: %s %+v, %d lines, want %s", kind, run.State, run.Problem, len(b.lines()), want)
		}
		b.bank.SignOutAll()
	}
	if run := b.pull(); run.State != connect.Succeeded {
		t.Fatalf("a good run after the faults: %s %+v", run.State, run.Problem)
	}
	b.complete()
}
