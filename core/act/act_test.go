package act_test

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/act"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestSign_sends_exactly_what_was_shown_once(t *testing.T) {
	t.Parallel()
	to, d := newRecipient(t), newDesk(t)
	p := appFor(t, to.URL)
	shown := draft(t, p, "accept")
	want := `{"band":"A","note":"thanks","receipt":"` + shown.ID.String() + `"}`
	if string(shown.Body) != want || to.connections() != 0 {
		t.Fatalf("shown %s after %d connections", shown.Body, to.connections())
	}
	r := d.sign(t, shown)
	got := to.received()
	if len(got) != 1 || got[0].path != "POST /acceptances" || got[0].body != want || got[0].mediaType != "application/json" || to.connections() != 1 {
		t.Fatalf("received %+v over %d connections", got, to.connections())
	}
	for name := range got[0].header {
		switch name {
		case "Accept-Encoding", "Content-Length", "Content-Type", "User-Agent":
		default:
			t.Errorf("sent the header %s", name)
		}
	}
	if r.State != act.Answered || string(r.Answer.Body) != `{"reference":"R-1"}` || r.Answer.Status != 200 || string(r.Body) != want || r.Digest != shown.Digest().String() {
		t.Errorf("got %+v", r)
	}
	if diff := cmp.Diff([]ledger.Kind{ledger.ActSigned, ledger.ActSent}, d.kinds(t)); diff != "" {
		t.Error(diff)
	}
	e := d.entries(t)[1]
	if e.Act != "accept" || e.Receipt != r.ID.String() || e.Outcome != "200" || len(e.Egress) != 1 || e.Egress[0].Sent != int64(len(want)) || e.Egress[0].Requests != 1 {
		t.Errorf("the ledger says %+v", e)
	}
	if err := d.Sign(t.Context(), shown, right); core.CodeOf(err) != core.Conflict || len(to.received()) != 1 {
		t.Errorf("a second signing: %v, received %d", err, len(to.received()))
	}
}

func TestSign_sends_once_however_often_it_is_clicked(t *testing.T) {
	t.Parallel()
	to, d := newRecipient(t), newDesk(t)
	shown := draft(t, appFor(t, to.URL), "accept")
	var wg sync.WaitGroup
	var mu sync.Mutex
	codes := map[core.Code]int{}
	for range 8 {
		wg.Go(func() {
			code := core.CodeOf(d.Sign(context.Background(), shown, right))
			mu.Lock()
			defer mu.Unlock()
			codes[code]++
		})
	}
	wg.Wait()
	d.settle(t, shown.ID)
	if codes[""] != 1 || codes[core.Conflict] != 7 || len(to.received()) != 1 {
		t.Errorf("%v, received %d", codes, len(to.received()))
	}
}

func TestSign_wants_the_person(t *testing.T) {
	t.Parallel()
	to, d := newRecipient(t), newDesk(t)
	shown := draft(t, appFor(t, to.URL), "accept")
	for want, s := range map[core.Code]act.Signing{
		core.Unauthenticated: {Proof: "guess", Allow: true},
		core.Forbidden:       {Proof: password},
	} {
		if err := d.Sign(t.Context(), shown, s); core.CodeOf(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := d.Get(t.Context(), shown.ID); core.CodeOf(err) != core.NotFound || to.connections() != 0 || len(d.kinds(t)) != 0 {
		t.Errorf("something was kept or sent: %v, %d, %v", err, to.connections(), d.kinds(t))
	}
	if r := d.sign(t, shown); r.State != act.Answered {
		t.Errorf("the right password after a wrong one: %+v", r)
	}
}

func TestSign_reaches_its_recipient_and_nobody_else(t *testing.T) {
	t.Parallel()
	elsewhere, to, d := newRecipient(t), newRecipient(t), newDesk(t)
	for name, tc := range map[string]struct {
		url    string
		answer http.HandlerFunc
		state  act.State
		code   core.Code
		status int
	}{
		"another host by a redirect":    {to.URL, http.RedirectHandler(elsewhere.URL+"/acceptances", http.StatusTemporaryRedirect).ServeHTTP, act.Answered, "", 307},
		"another path by a redirect":    {to.URL, http.RedirectHandler("/else", http.StatusPermanentRedirect).ServeHTTP, act.Answered, "", 308},
		"the metadata of a cloud":       {"http://169.254.169.254:80", nil, act.Failed, protocol.Blocked, 0},
		"every address of the machine":  {"http://0.0.0.0:8420", nil, act.Failed, protocol.Blocked, 0},
		"a name that is nowhere":        {"https://offers.insurer.invalid", nil, act.Failed, protocol.Unavailable, 0},
		"a public suffix's name":        {"https://co.uk", nil, act.Failed, protocol.Unavailable, 0},
		"an address where nobody hears": {"http://127.0.0.1:1", nil, act.Failed, protocol.Unavailable, 0},
	} {
		to.does(tc.answer)
		r := d.sign(t, draft(t, appFor(t, tc.url), "accept"))
		status := 0
		if r.Answer != nil {
			status = r.Answer.Status
		}
		if r.State != tc.state || r.Code != tc.code || status != tc.status {
			t.Errorf("%s: got %s, %s, %d", name, r.State, r.Code, status)
		}
	}
	if n := elsewhere.connections(); n != 0 || len(to.received()) != 2 {
		t.Errorf("%d connections elsewhere, %d received", n, len(to.received()))
	}
}

func TestSign_never_reaches_the_home_itself(t *testing.T) {
	t.Parallel()
	to, d := newRecipient(t), newDesk(t)
	shown := draft(t, appFor(t, to.URL), "accept")
	at, _ := shown.Address()
	d.own = append(d.own, at)
	r := d.sign(t, shown)
	if r.State != act.Failed || r.Code != protocol.Blocked || to.connections() != 0 || r.Hops[0].Denied == "" {
		t.Errorf("got %+v after %d connections", r, to.connections())
	}
	e := d.entries(t)[1]
	if e.Kind != ledger.ActFailed || e.Egress[0].Denied != 1 || e.Egress[0].Requests != 0 {
		t.Errorf("the ledger says %+v", e)
	}
}

func TestSign_keeps_answer_and_silence(t *testing.T) {
	t.Parallel()
	to, d := newRecipient(t), newDesk(t)
	p := appFor(t, to.URL)
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		check  func(act.Receipt) bool
	}{
		"500": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "broken", 500) }, func(r act.Receipt) bool {
			return r.State == act.Answered && r.Answer.Status == 500 && !r.Answer.IsGood() && string(r.Answer.Body) == "broken\n"
		}},
		"a flood": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 3<<20)) }, func(r act.Receipt) bool {
			return r.State == act.Answered && len(r.Answer.Body) == act.MaxAnswer && r.Answer.IsCut
		}},
		"a flood announced": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "999999999999")
			_, _ = w.Write(make([]byte, 1<<20))
		}, func(r act.Receipt) bool { return r.State == act.Answered && r.Answer.Status == 200 && r.Answer.IsCut }},
		"no answer": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, func(r act.Receipt) bool {
			return r.State == act.Silent && r.Answer == nil && r.Code == protocol.Unavailable && r.Hops[0].Sent == int64(len(r.Body))
		}},
		"half an answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("half"))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, func(r act.Receipt) bool { return r.State == act.Answered && r.Answer.IsCut }},
		"headers": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Set-Cookie", "track=1")
			w.Header().Set("Location", "/acceptances/7")
			w.Header().Set("X-Long", strings.Repeat("x", 4000))
			w.WriteHeader(201)
		}, func(r act.Receipt) bool {
			return r.Answer.IsGood() && r.Answer.Header["Location"] == "/acceptances/7" && len(r.Answer.Header) == 2 // and Date
		}},
	} {
		to.does(tc.answer)
		shown := draft(t, p, "accept")
		before := len(to.received())
		r := d.sign(t, shown)
		if !tc.check(r) || len(to.received()) != before+1 {
			t.Errorf("%s: got %s %s %+v, received %d", name, r.State, r.Code, r.Answer, len(to.received())-before)
		}
	}
	for _, got := range to.received() {
		if got.header.Get("Cookie") != "" {
			t.Error("a cookie came back")
		}
	}
}

func TestClose_cuts_off_and_says_that_nobody_knows(t *testing.T) {
	t.Parallel()
	to, d := newRecipient(t), newDesk(t)
	heard, leave := make(chan struct{}), make(chan struct{})
	to.does(func(http.ResponseWriter, *http.Request) { close(heard); <-leave })
	defer close(leave)
	shown := draft(t, appFor(t, to.URL), "accept")
	if err := d.Sign(t.Context(), shown, right); err != nil {
		t.Fatal(err)
	}
	<-heard
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if r, err := d.Settle(short, shown.ID); err != nil || r.State != act.Sending {
		t.Errorf("meanwhile: %v, %v", r.State, err)
	}
	d.Close()
	r, err := d.Get(t.Context(), shown.ID)
	if err != nil || r.State != act.Silent || r.Code != core.Locked || r.Hops[0].Sent != int64(len(r.Body)) {
		t.Errorf("got %+v, %v", r, err)
	}
	if err := d.Sign(t.Context(), draft(t, appFor(t, to.URL), "accept"), right); core.CodeOf(err) != core.Locked {
		t.Errorf("after closing: %v", err)
	}
}

func TestWithdrawal_is_an_act_that_names_the_first(t *testing.T) {
	t.Parallel()
	to, d := newRecipient(t), newDesk(t)
	p := appFor(t, to.URL)
	first := d.sign(t, draft(t, p, "accept"))
	to.does(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "later", http.StatusServiceUnavailable) })
	back, err := act.PrepareWithdrawal(first, act.ID{})
	if err != nil {
		t.Fatal(err)
	}
	if refused := d.sign(t, back); refused.State != act.Answered || refused.Answer.IsGood() {
		t.Fatalf("got %+v", refused)
	}
	to.does(nil)
	again, err := act.PrepareWithdrawal(first, act.ID{})
	if err != nil {
		t.Fatal(err)
	}
	taken := d.sign(t, again)
	got := to.received()
	if len(got) != 3 || got[2].path != "POST /withdrawals" || got[2].body != "receipt="+first.ID.String() || taken.Withdraws != first.ID || taken.ID == first.ID {
		t.Fatalf("received %+v", got)
	}
	now := d.settle(t, first.ID)
	if diff := cmp.Diff([]act.ID{back.ID, again.ID}, now.Withdrawals); diff != "" || !now.Answer.IsGood() {
		t.Error(diff)
	}
	third, err := act.PrepareWithdrawal(now, act.ID{})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Sign(t.Context(), third, right); core.CodeOf(err) != core.Conflict || len(to.received()) != 3 {
		t.Errorf("a third time: %v", err)
	}
	if diff := cmp.Diff([]ledger.Kind{ledger.ActSigned, ledger.ActSent, ledger.ActSigned, ledger.ActWithdrawn, ledger.ActSigned, ledger.ActWithdrawn}, d.kinds(t)); diff != "" {
		t.Error(diff)
	}
	if _, err := act.PrepareWithdrawal(taken, act.ID{}); core.CodeOf(err) != core.Conflict {
		t.Errorf("taking back the taking back: %v", err)
	}
	if _, err := act.Prepare(p, act.Request{Act: "withdraw"}); core.CodeOf(err) != core.NotFound {
		t.Errorf("an app proposes a withdrawal: %v", err)
	}
	said := d.sign(t, draft(t, p, "say"))
	if _, err := act.PrepareWithdrawal(said, act.ID{}); core.CodeOf(err) != core.NotFound {
		t.Errorf("without an act to take it back: %v", err)
	}
	list, next, err := d.List(t.Context(), "", 2)
	if err != nil || len(list) != 2 || list[0].ID != said.ID || list[1].ID != taken.ID || next == "" {
		t.Fatalf("got %d, %q, %v", len(list), next, err)
	}
	rest, next, err := d.List(t.Context(), next, 2)
	if err != nil || len(rest) != 2 || rest[1].ID != first.ID || next != "" {
		t.Errorf("then %d, %q, %v", len(rest), next, err)
	}
}

func TestPrepare_takes_only_what_is_declared(t *testing.T) {
	t.Parallel()
	p := appFor(t, "https://offers.insurer.test")
	a, _ := p.Manifest.Act("say")
	type given = map[string]string
	for name, tc := range map[string]struct {
		choices, typed given
		field          string
		want           act.Fault
	}{
		"an undeclared option":  {given{"band": "Z"}, given{"note": "x"}, "band", act.Undeclared},
		"bytes for an option":   {given{"band": `A","x":"y`}, given{"note": "x"}, "band", act.Undeclared},
		"an undeclared field":   {given{"band": "A", "iban": "x"}, given{"note": "x"}, "iban", act.Undeclared},
		"a text from the app":   {given{"band": "A", "note": "x"}, given{"note": "x"}, "note", act.Undeclared},
		"a choice typed":        {given{"band": "A"}, given{"note": "x", "band": "A"}, "band", act.Undeclared},
		"the receipt chosen":    {given{"band": "A", "receipt": "1"}, given{"note": "x"}, "receipt", act.Undeclared},
		"nothing chosen":        {nil, given{"note": "x"}, "band", act.Missing},
		"nothing typed":         {given{"band": "A"}, nil, "note", act.Missing},
		"a header in a text":    {given{"band": "A"}, given{"note": "x\r\nX-Injected: 1"}, "note", act.Unreadable},
		"a line more":           {given{"band": "A"}, given{"note": "x\nReceipt: 0"}, "note", act.Unreadable},
		"a line of another set": {given{"band": "A"}, given{"note": "x\u2028y"}, "note", act.Unreadable},
		"text that reverses":    {given{"band": "A"}, given{"note": "\u202eabc"}, "note", act.Unreadable},
		"text that hides":       {given{"band": "A"}, given{"note": "a\u200bb"}, "note", act.Unreadable},
		"no UTF-8":              {given{"band": "A"}, given{"note": "\xff"}, "note", act.Unreadable},
		"too long":              {given{"band": "A"}, given{"note": strings.Repeat("x", protocol.MaxActText+1)}, "note", act.TooLong},
	} {
		if got := act.Check(a, tc.choices, tc.typed)[tc.field]; got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
		if _, err := act.Prepare(p, act.Request{Act: "say", Choices: tc.choices, Typed: tc.typed}); core.CodeOf(err) != core.Invalid {
			t.Errorf("%s: prepared: %v", name, err)
		}
	}
}

func TestDigest_changes_with_whatever_is_signed(t *testing.T) {
	t.Parallel()
	p := appFor(t, "https://offers.insurer.test")
	one := draft(t, p, "accept")
	again, err := act.Prepare(p, act.Request{Act: "accept", Choices: map[string]string{"band": "A"}, Typed: map[string]string{"note": "thanks"}, ID: one.ID})
	if err != nil || again.Digest() != one.Digest() {
		t.Fatalf("the same draft has another digest: %v", err)
	}
	seen := map[act.Digest]string{one.Digest(): "as it was"}
	for name, change := range map[string]func(*act.Draft){
		"another name": func(d *act.Draft) { d.ID = act.NewID() }, "another body": func(d *act.Draft) { d.Body = append(d.Body, ' ') },
		"another recipient": func(d *act.Draft) { d.Act.Recipient.URL += "x" }, "another type": func(d *act.Draft) { d.Act.MediaType = "text/plain" },
		"another program": func(d *act.Draft) { d.Module = "x" }, "a withdrawal": func(d *act.Draft) { d.Withdraws = one.ID },
	} {
		d := one
		change(&d)
		if before, ok := seen[d.Digest()]; ok {
			t.Errorf("%s has the digest of %s", name, before)
		}
		seen[d.Digest()] = name
	}
	if len(one.Digest()) != sha256.Size {
		t.Error("not a SHA-256")
	}
}

// TestSign_fills_no_secret holds that what a person types is never taken for a
// place of the home's own.
func TestSign_fills_no_secret(t *testing.T) {
	t.Parallel()
	to, d := newRecipient(t), newDesk(t)
	for _, note := range []string{"{{secret:password}}", "{receipt}", "{{oauth}}"} {
		shown, err := act.Prepare(appFor(t, to.URL), act.Request{Act: "say", Choices: map[string]string{"band": "A"}, Typed: map[string]string{"note": note}})
		if err != nil {
			t.Fatal(err)
		}
		before := len(to.received())
		r := d.sign(t, shown)
		switch got := to.received()[before:]; {
		case r.State == act.Failed && len(got) == 0:
			t.Logf("%s: not sent: %s", note, r.Code)
		case r.State != act.Answered || len(got) != 1 || got[0].body != string(shown.Body) || !strings.Contains(got[0].body, note):
			t.Errorf("%s: %s, received %+v", note, r.State, got)
		}
	}
}
