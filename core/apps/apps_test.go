package apps_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

func TestShow_reads_what_was_granted_and_no_more(t *testing.T) {
	t.Parallel()
	p := puppet(t, billRead)
	h := newHouse(t, p)
	source := h.source(t)
	h.bring(t, source, bill("1", "2026-10-02", "Ondine", "31.20"), bill("2", "2026-11-02", "Ondine", "33.20"), bill("3", "2026-11-05", "Armor", "80.00"))

	if _, _, err := h.run(t); core.CodeOf(err) != core.Forbidden {
		t.Fatalf("without a grant: got %v", err)
	}
	h.grant(t, p, nil)
	replies, shown, err := h.run(t, `{'op':'query','type':'bill','limit':1}`, `{'op':'aggregate','type':'bill','group':['month'],'sum':'amount'}`, blank)
	if err != nil {
		t.Fatal(err)
	}
	var rows struct{ OK protocol.QueryReply }
	if err := json.Unmarshal([]byte(replies[0]), &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows.OK.Rows) != 1 || rows.OK.Next == "" || string(rows.OK.Rows[0].Data) != `{"amount":"80.00","currency":"EUR","vendor":"Armor"}` {
		t.Errorf("got %s", replies[0])
	}
	if ref, ok := shown.Ref(rows.OK.Rows[0].ID); !ok || ref.Source != source || ref.Seq != 3 {
		t.Errorf("the row's name leads to %v, %v", ref, ok)
	}
	want := `{"ok":{"groups":[{"key":["2026-10"],"count":1,"sums":[{"unit":"EUR","value":"31.20","count":1}],"basis":"b1"},` +
		`{"key":["2026-11"],"count":2,"sums":[{"unit":"EUR","value":"113.20","count":2}],"basis":"b2"}]}}`
	if diff := cmp.Diff(want, replies[1]); diff != "" {
		t.Error(diff)
	}
	behind, n, err := shown.Behind(t.Context(), view.Why{Bases: []string{"b2"}}, 10)
	if err != nil || n != 2 || behind[0].ID != "3" || behind[1].ID != "2" {
		t.Errorf("behind b2: got %d, %v, %v", n, behind, err)
	}
}

func TestShow_notes_in_the_ledger_what_was_read(t *testing.T) {
	t.Parallel()
	p := puppet(t, billRead)
	h := newHouse(t, p)
	h.bring(t, h.source(t), bill("1", "2026-10-02", "Ondine", "31.20"), bill("2", "2026-11-02", "Ondine", "33.20"))
	h.grant(t, p, func(g *apps.Grant) { g.Until = record.Date(2027, 6, 30) })
	if _, _, err := h.run(t, `{'op':'query','type':'bill'}`, blank); err != nil {
		t.Fatal(err)
	}
	if err := h.apps.Revoke(t.Context(), "puppet"); err != nil {
		t.Fatal(err)
	}
	page, err := h.ledger.List(t.Context(), ledger.Filter{App: "puppet"}, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []ledger.Kind
	for _, e := range page.Entries {
		kinds = append(kinds, e.Kind)
	}
	if diff := cmp.Diff([]ledger.Kind{ledger.Revoked, ledger.AppRead, ledger.Granted, ledger.Granted}, kinds); diff != "" {
		t.Fatal(diff)
	}
	read := page.Entries[1]
	if len(read.Reads) != 1 || read.Reads[0].Records != 2 || read.Reads[0].Type != "bill" || read.Mode != "view" || read.Outcome != "" || page.Entries[2].Until != "2027-06-30" {
		t.Errorf("got %+v", page.Entries)
	}
}

// TestShow_is_blind_to_what_is_hidden runs every op over two homes, one of which
// also holds records that the grant leaves out, of every kind and before, among
// and after the others. The frames are the same to the byte.
func TestShow_is_blind_to_what_is_hidden(t *testing.T) {
	t.Parallel()
	for _, granularity := range protocol.Granularities() {
		t.Run(string(granularity), func(t *testing.T) {
			t.Parallel()
			read := billRead
			read.Granularity = granularity
			p := puppet(t, read)
			h := newHouse(t, p)
			seen, also, hidden := h.source(t), h.source(t), h.source(t)
			h.grant(t, p, func(g *apps.Grant) {
				g.Reads[0].Sources, g.Reads[0].From = []core.SourceID{seen, also}, record.Date(2026, 1, 1)
			})
			twin := copyOf(t, h, p)

			twin.bring(t, hidden, bill("h1", "2026-03-02", "Secret", "1.00"), bill("h2", "2026-03-02", "Ondine", "2.00"))
			twin.bring(t, seen, bill("old", "2025-12-31", "Ondine", "5.00"), record.Record{Type: record.TypeDocument, ID: "d", Title: "d", Data: json.RawMessage(`{}`)})
			for _, house := range []*house{h, twin} {
				house.bring(t, seen, bill("1", "2026-03-02", "Ondine", "31.20"), bill("2", "2026-03-02", "Armor", "33.20"), bill("3", "2026-04-05", "Armor", "80.00"))
				house.bring(t, also, bill("1", "2026-02-02", "Zed", "8.00"), bill("2", "2026-03-02", "Zed", "9.00")) // at the same time: what came first does not tell
			}
			twin.bring(t, hidden, bill("h3", "2026-04-05", "Armor", "80.00"))
			twin.bring(t, seen, record.Record{Type: record.TypeBill, ID: "undated", Title: "x", Data: json.RawMessage(`{"vendor":"Ondine","amount":"1.00","currency":"EUR"}`)})

			for _, house := range []*house{h, twin} { // one thing among what is shown, in both homes
				house.same(t, seen, "2", also, "2")
			}
			twin.same(t, hidden, "h1", seen, "1") // what is hidden leads what is shown
			twin.lead(t, hidden, "h1")
			twin.same(t, hidden, "h3", seen, "2") // and a thing of three
			twin.lead(t, hidden, "h3")
			twin.same(t, seen, "old", also, "1") // what is before the grant leads what is not
			twin.same(t, seen, "3", hidden, "h2")

			script := []string{
				`{'op':'query','type':'bill','limit':1}`, `{'op':'query','type':'bill','limit':1,'after':'c1'}`, `{'op':'query','type':'bill','oldest':true}`,
				`{'op':'query','type':'bill','where':{'from':'2025','equal':{'vendor':'Ondine'}}}`, `{'op':'query','type':'document'}`,
				`{'op':'aggregate','type':'bill'}`, `{'op':'aggregate','type':'bill','sum':'amount'}`,
				`{'op':'aggregate','type':'bill','group':['year','vendor'],'sum':'amount'}`, `{'op':'aggregate','type':'bill','group':['month'],'where':{'from':'2025-12-15','to':'2026-04-02'}}`,
				`{'op':'aggregate','type':'bill','group':['day']}`, `{'op':'aggregate','type':'bill','group':['number']}`,
				`{'op':'aggregate','type':'bill','group':['rate'],'rates':[{'name':'x','dates':['2026-03-02']}]}`, blank,
			}
			alone, _, err := h.run(t, script...)
			if err != nil {
				t.Fatal(err)
			}
			crowded, _, err := twin.run(t, script...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(alone, crowded); diff != "" {
				t.Error(diff)
			}
			answered := 0
			for _, reply := range alone {
				if strings.HasPrefix(reply, `{"ok"`) {
					answered++
				}
			}
			if want := map[protocol.Granularity]int{protocol.Records: 11, protocol.Daily: 6, protocol.Monthly: 5, protocol.Yearly: 4, protocol.YesNo: 2}[granularity]; answered != want {
				t.Errorf("%d of %d were answered, want %d:\n%s", answered, len(alone), want, strings.Join(alone, "\n"))
			}
		})
	}
}

// copyOf copies a home with its keys.
func copyOf(t *testing.T, h *house, p *program.Program) *house {
	t.Helper()
	content, err := os.ReadFile(h.path)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "vault.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(path, cheap)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Unlock(t.Context(), vault.Password(password)); err != nil {
		t.Fatal(err)
	}
	return furnish(t, v, p, path)
}

func TestGrant_change_takes_effect_at_once(t *testing.T) {
	t.Parallel()
	p := puppet(t, billRead)
	h := newHouse(t, p)
	h.bring(t, h.source(t), bill("1", "2026-10-02", "Ondine", "31.20"))
	h.grant(t, p, nil)
	if _, _, err := h.run(t, `{'op':'save','state':{'seen':1}}`, blank); err != nil {
		t.Fatal(err)
	}
	if err := h.apps.Pause(t.Context(), "puppet"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.apps.Show(t.Context(), apps.Request{App: "puppet"}); core.CodeOf(err) != core.Forbidden {
		t.Errorf("paused: got %v", err)
	}
	h.grant(t, p, func(g *apps.Grant) { g.Config = map[string]string{"script": blank} })
	if _, err := h.apps.Show(t.Context(), apps.Request{App: "puppet"}); core.CodeOf(err) != core.Forbidden {
		t.Errorf("changed while paused: got %v", err)
	}
	if err := h.apps.Resume(t.Context(), "puppet"); err != nil {
		t.Fatal(err)
	}
	state := func() string {
		t.Helper()
		var log strings.Builder
		if _, err := h.apps.Show(t.Context(), apps.Request{App: "puppet", Log: &log}); err != nil {
			t.Fatal(err)
		}
		start, _, _ := strings.Cut(log.String(), "\n")
		_, rest, _ := strings.Cut(start, `"state":`)
		return rest[:min(len(rest), 10)]
	}
	if got := state(); got != `{"seen":1}` {
		t.Errorf("kept %q", got)
	}
	h.grant(t, p, func(g *apps.Grant) {
		g.Reads[0].Fields = slices.DeleteFunc(g.Reads[0].Fields, func(f string) bool { return f == "title" })
		g.Config = map[string]string{"script": blank}
	})
	if got := state(); got != "" {
		t.Errorf("narrowed, and yet kept %q", got)
	}
	h.now = h.now.AddDate(1, 0, 0)
	h.grant(t, p, func(g *apps.Grant) { g.Until = record.Date(2027, 11, 27) })
	if _, err := h.apps.Show(t.Context(), apps.Request{App: "puppet"}); core.CodeOf(err) != core.Forbidden {
		t.Errorf("over: got %v", err)
	}
}

func TestGrant_refuses_more_than_is_asked_for(t *testing.T) {
	t.Parallel()
	read := billRead
	read.Granularity, read.Period = protocol.Monthly, "P12M"
	p := puppet(t, read)
	h := newHouse(t, p)
	for name, change := range map[string]func(*apps.Grant){
		"a finer look":  func(g *apps.Grant) { g.Reads[0].Granularity = protocol.Records },
		"another type":  func(g *apps.Grant) { g.Reads[0].Type = record.TypeTransaction },
		"another field": func(g *apps.Grant) { g.Reads[0].Fields = append(g.Reads[0].Fields, "number") },
		"a type twice":  func(g *apps.Grant) { g.Reads = append(g.Reads, g.Reads[0]) },
		"an older day":  func(g *apps.Grant) { g.Reads[0].From = record.Date(2025, 10, 31) },
		"every day":     func(g *apps.Grant) { g.Reads[0].From = record.Time{} },
	} {
		g := apps.Propose(p, h.now)
		change(&g)
		if err := h.apps.Grant(t.Context(), g); core.CodeOf(err) != core.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestGrant_given_stays_given changes another part of a grant a year later, when
// the app asks for less of the past, and then to less, which there is no way back
// from.
func TestGrant_given_stays_given(t *testing.T) {
	t.Parallel()
	read := billRead
	read.Period = "P12M"
	p := puppet(t, read)
	h := newHouse(t, p)
	h.grant(t, p, nil)
	old, err := h.apps.Granted(t.Context(), "puppet")
	if err != nil {
		t.Fatal(err)
	}
	h.now = h.now.AddDate(1, 0, 0)
	keep := func(g *apps.Grant) { g.Reads[0].From, g.Until = old.Reads[0].From, record.Date(2028, 1, 1) }
	h.grant(t, p, keep)
	h.grant(t, p, nil)
	g := apps.Propose(p, h.now)
	keep(&g)
	if err := h.apps.Grant(t.Context(), g); core.CodeOf(err) != core.Invalid {
		t.Errorf("once it was less: got %v", err)
	}
}

func TestAsksMore_of_a_program_that_was_replaced(t *testing.T) {
	t.Parallel()
	p := puppet(t, billRead)
	more, less := billRead, billRead
	more.Fields, less.Fields = append(slices.Clone(billRead.Fields), "number"), []string{"time"}
	g := apps.Propose(p, noon)
	for name, tc := range map[string]struct {
		fields []string
		module string
		want   bool
	}{
		"the same program": {more.Fields, p.Manifest.SHA256, false}, "asks for as much": {billRead.Fields, "another", false},
		"asks for less": {less.Fields, "another", false}, "asks for more": {more.Fields, "another", true},
	} {
		now := *p
		now.Manifest.SHA256, now.Manifest.Reads = tc.module, slices.Clone(p.Manifest.Reads)
		now.Manifest.Reads[0].Fields = tc.fields
		if got := g.AsksMore(&now, noon); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestShow_contains_an_app_that_misbehaves(t *testing.T) {
	t.Parallel()
	p := puppet(t, billRead)
	h := newHouse(t, p)
	h.grant(t, p, nil)
	for name, tc := range map[string]struct {
		lines []string
		want  core.Code
	}{
		"no view":                {[]string{`{'op':'query','type':'bill'}`}, protocol.Internal},
		"a text over its bounds": {[]string{`{'op':'view','view':{'title':'` + strings.Repeat("x", 900<<10) + `','nodes':[]}}`}, protocol.Internal},
		"an address":             {[]string{`{'op':'view','view':{'title':'x','nodes':[{'kind':'text','text':{'text':'x','href':'https://example.org'}}]}}`}, protocol.Internal},
		"a connector's op":       {[]string{`{'op':'http','url':'https://example.org'}`, `{'op':'emit','records':[]}`, `{'op':'ask','kind':'text'}`, `{'op':'read_file'}`}, protocol.Internal},
		"a second start":         {[]string{`{'op':'start'}`, blank}, protocol.Internal},
		"an endless loop":        {[]string{"spin"}, protocol.Limit},
		"a problem":              {[]string{`{'op':'fail','code':'internal','message':'no'}`, blank}, protocol.Internal},
		"types confused":         {[]string{`{'op':'query','type':['bill']}`, `{'op':'query','type':'bill','where':{'equal':{'vendor':{}}}}`, `{'op':'aggregate','type':'bill','group':'month'}`}, protocol.Internal},
		"a state over size":      {[]string{`{'op':'save','state':'` + strings.Repeat("x", protocol.MaxAppState) + `'}`}, protocol.Internal},
		"a name of no field":     {[]string{`{'op':'aggregate','type':'bill','group':['../vendor']}`, `{'op':'query','type':'bill','where':{'equal':{'extra':'x'}}}`}, protocol.Internal},
	} {
		replies, _, err := h.run(t, tc.lines...)
		if core.CodeOf(err) != tc.want {
			t.Errorf("%s: got %v", name, err)
		}
		for _, reply := range replies {
			if strings.HasPrefix(reply, `{"ok"`) && !strings.Contains(name, "no view") && !strings.Contains(name, "a problem") {
				t.Errorf("%s: answered %s", name, reply)
			}
		}
	}
	if _, _, err := h.run(t, blank); err != nil {
		t.Errorf("after all of them: %v", err)
	}
}

// TestShow_refuses_acts_that_are_not_declared holds that an app puts nothing of
// its own into an act: no text, no option, no other act.
func TestShow_refuses_acts_that_are_not_declared(t *testing.T) {
	t.Parallel()
	p := puppet(t, billRead)
	h := newHouse(t, p)
	h.grant(t, p, nil)
	proposing := func(act string) string {
		return `{'op':'view','view':{'title':'x','nodes':[{'kind':'section','nodes':[{'kind':'act','act':` + act + `}]}]}}`
	}
	_, shown, err := h.run(t, proposing(`{'id':'accept','choices':{'band':'B'},'submit':'Accept'}`))
	if err != nil || len(shown.View.Acts()) != 1 || shown.View.Acts()[0].Choices["band"] != "B" {
		t.Fatalf("a declared one: got %v", err)
	}
	for name, act := range map[string]string{
		"an undeclared option": `{'id':'accept','choices':{'band':'Z'},'submit':'x'}`,
		"an undeclared field":  `{'id':'accept','choices':{'iban':'FR76'},'submit':'x'}`,
		"a text":               `{'id':'accept','choices':{'note':'FR76'},'submit':'x'}`,
		"the receipt":          `{'id':'accept','choices':{'receipt':'0'},'submit':'x'}`,
		"an undeclared act":    `{'id':'other','submit':'x'}`,
		"a withdrawal":         `{'id':'withdraw','submit':'x'}`,
		"an address":           `{'id':'accept','submit':'x','url':'https://example.org'}`,
	} {
		if replies, _, err := h.run(t, proposing(act)); core.CodeOf(err) != protocol.Internal || !strings.HasPrefix(replies[0], `{"error"`) {
			t.Errorf("%s: got %v, %v", name, replies, err)
		}
	}
}
