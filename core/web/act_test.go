package web_test

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/examples/gallery"
	"github.com/domicile-home/domicile/examples/insurer"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// A counter is a home with an app that proposes an act to the simulated insurer.
type counter struct {
	*house
	abri      *insurer.Insurer
	elsewhere *insurer.Insurer // where abri redirects to, when it does
}

func newCounter(t *testing.T) counter {
	t.Helper()
	elsewhere := insurer.New(insurer.Config{})
	other := httptest.NewServer(elsewhere)
	t.Cleanup(other.Close)
	abri := insurer.New(insurer.Config{Elsewhere: other.URL + "/partners/acceptances"})
	server := httptest.NewServer(abri)
	t.Cleanup(server.Close)
	accept := protocol.Act{ID: "accept", Title: "about", Purpose: "purpose", Recipient: gallery.Recipient(server.URL + "/home/acceptances"),
		MediaType: "application/json", Valid: "P12M", Template: `{"band":"{band}","note":"{note}","receipt":"{receipt}"}`,
		Fields: []protocol.ActField{{Name: "band", Label: "about", Kind: protocol.ActChoice, Options: []protocol.ActOption{{Value: "A", Label: "about"}, {Value: "B", Label: "about"}}},
			{Name: "note", Label: "purpose", Kind: protocol.ActText}}}
	withdraw := protocol.Act{ID: "withdraw", Title: "about", Purpose: "purpose", Recipient: protocol.Recipient{Name: "about", URL: server.URL + "/home/withdrawals"},
		MediaType: "application/x-www-form-urlencoded", Template: "receipt={receipt}", Withdraws: "accept"}
	app, err := gallery.App{ID: "quote", Name: "Quote", About: "Accept the quote", Purpose: "Your note", Acts: []protocol.Act{accept, withdraw},
		Reads: []protocol.Read{{Type: record.TypeBill, Fields: []string{"time"}, Granularity: protocol.Yearly}}}.Program()
	if err != nil {
		t.Fatal(err)
	}
	l := &log{}
	h, err := home.Open(t.Context(), configIn(t.TempDir(), l), shared().With(app))
	if err != nil {
		t.Fatal(err)
	}
	c := counter{furnish(t, h, l, noPace()), abri, elsewhere}
	c.setUp(t)
	return c
}

const actAddress = "/apps/quote/acts/accept"

// draft fills the act in and returns its signing form.
func (c counter) draft(t *testing.T, note string) (shown string, form url.Values) {
	t.Helper()
	res := c.post(actAddress, url.Values{"choice-band": {"B"}, "text-note": {note}})
	page := body(t, res)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%d %.2000s", res.StatusCode, page)
	}
	checkPage(t, page, "en")
	for _, n := range elements(t, page) {
		if n.Data == "pre" {
			shown = n.FirstChild.Data
		}
	}
	form = asShown(t, page)
	form.Set("password", password)
	form.Set("allow", "yes")
	return shown, form
}

func TestAct_is_seen_signed_sent_and_taken_back(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	page := body(t, c.get(actAddress+"?choice-band=B&text-note=from+a+link"))
	if !strings.Contains(page, `name="text-note"`) || strings.Contains(page, "from a link") || strings.Contains(page, "<pre") {
		t.Fatalf("a link fills in a text: %.3000s", page)
	}
	shown, form := c.draft(t, `so "good"`)
	if want := `{"band":"B","note":"so \"good\"","receipt":"` + form.Get("draft") + `"}`; shown != want || len(c.abri.Received()) != 0 {
		t.Fatalf("shown %s, received %d", shown, len(c.abri.Received()))
	}
	res := c.post(actAddress, form)
	receipt := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || receipt != "/receipts/"+form.Get("draft") {
		t.Fatalf("%d %s %.2000s", res.StatusCode, receipt, body(t, res))
	}
	if got := c.abri.Received(); len(got) != 1 || got[0].Body != shown || got[0].Path != "/home/acceptances" {
		t.Fatalf("received %+v", got)
	}
	page = html.UnescapeString(body(t, c.get(receipt)))
	if !strings.Contains(page, "H-00001") || !strings.Contains(page, "Sent and taken") || !strings.Contains(page, ">Take this back<") {
		t.Errorf("the receipt says %s", page)
	}
	if again := c.post(actAddress, form); again.Header.Get("Location") != receipt || len(c.abri.Received()) != 1 {
		t.Errorf("the form again: %d to %s, received %d", again.StatusCode, again.Header.Get("Location"), len(c.abri.Received()))
	}
	c.takesBack(t, receipt, form.Get("draft"))
	story := html.UnescapeString(body(t, c.get("/activity?app=quote")))
	for _, want := range []string{"You signed an act of", "What you signed was sent to", "answer 201", "Your withdrawal was sent to", "answer 200"} {
		if !strings.Contains(story, want) {
			t.Errorf("the activity does not say %q: %s", want, story)
		}
	}
}

func (c counter) takesBack(t *testing.T, receipt, id string) {
	t.Helper()
	page := body(t, c.get(receipt+"/withdraw"))
	checkPage(t, page, "en")
	form := asShown(t, page)
	form.Set("password", password)
	form.Set("allow", "yes")
	res := c.post(receipt+"/withdraw", form)
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %.2000s", res.StatusCode, body(t, res))
	}
	got := c.abri.Received()
	if len(got) != 2 || got[1].Body != "receipt="+id || c.abri.Policies()[0].State != "withdrawn" {
		t.Fatalf("received %+v", got)
	}
	page = html.UnescapeString(body(t, c.get(receipt)))
	if !strings.Contains(page, "Taken back") || strings.Contains(page, ">Take this back<") {
		t.Errorf("the receipt says %s", page)
	}
	res = c.get(receipt + "/receipt.json")
	var kept map[string]any
	if err := json.NewDecoder(res.Body).Decode(&kept); err != nil || kept["schema_version"] != "ISO/IEC TS 27560:2023" || res.Header.Get("Content-Disposition") == "" {
		t.Errorf("the download: %v, %v", kept, err)
	}
}

// TestAct_attacks tries what an app, a link, a borrowed session or an impatient
// hand may do. Nothing is sent, and what the person wrote is kept.
func TestAct_attacks(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	_, form := c.draft(t, "thanks")
	with := func(pairs ...string) url.Values {
		changed := url.Values{}
		for name, values := range form {
			changed[name] = values
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			changed.Set(pairs[i], pairs[i+1])
		}
		return changed
	}
	for name, tc := range map[string]struct {
		form    url.Values
		change  change
		status  int
		message string
	}{
		"no password":                {with("password", ""), nil, http.StatusForbidden, "w-password"},
		"a wrong password":           {with("password", "guess"), nil, http.StatusForbidden, "w-password"},
		"an address not allowed":     {with("allow", ""), nil, http.StatusBadRequest, "w-allow"},
		"another choice than shown":  {with("choice-band", "A"), nil, http.StatusConflict, "no longer what you saw"},
		"another text than shown":    {with("text-note", "more"), nil, http.StatusConflict, "no longer what you saw"},
		"another name of a receipt":  {with("draft", strings.Repeat("a", 32)), nil, http.StatusConflict, "no longer what you saw"},
		"a name that is none":        {with("draft", "../../etc"), nil, http.StatusBadRequest, ""},
		"no digest":                  {with("digest", ""), nil, http.StatusConflict, "no longer what you saw"},
		"an undeclared choice":       {with("choice-band", "Z"), nil, http.StatusBadRequest, "w-choice-band"},
		"a field of the app's own":   {with("choice-iban", "FR76"), nil, http.StatusBadRequest, ""},
		"a header in a text":         {with("text-note", "x\r\nX-Injected: 1"), nil, http.StatusBadRequest, "w-text-note"},
		"a form from another site":   {with(), header("Sec-Fetch-Site", "cross-site"), http.StatusForbidden, ""},
		"a form without its session": {with(), func(r *http.Request) { r.Header.Del("Cookie") }, http.StatusSeeOther, ""},
	} {
		var changes []change
		if tc.change != nil {
			changes = append(changes, tc.change)
		}
		res := c.post(actAddress, tc.form, changes...)
		page := body(t, res)
		if res.StatusCode != tc.status || !strings.Contains(page, tc.message) || strings.HasPrefix(res.Header.Get("Location"), "/receipts") {
			t.Errorf("%s: %d %.3000s", name, res.StatusCode, page)
		}
		if tc.message == "w-password" && !strings.Contains(page, "thanks") {
			t.Errorf("%s: what was written is lost", name)
		}
	}
	if got := c.abri.Received(); len(got) != 0 {
		t.Fatalf("received %+v", got)
	}
	if story := plain(t, body(t, c.get("/receipts"))); !strings.Contains(story, "You signed nothing so far") {
		t.Errorf("a receipt was kept: %s", story)
	}
}

func TestAct_is_sent_once_by_a_double_click(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	_, form := c.draft(t, "thanks")
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			res := c.post(actAddress, form)
			_, _ = io.Copy(io.Discard, res.Body)
			if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/receipts/"+form.Get("draft") {
				t.Errorf("%d to %s", res.StatusCode, res.Header.Get("Location"))
			}
		})
	}
	wg.Wait()
	if got := c.abri.Received(); len(got) != 1 {
		t.Errorf("received %d times", len(got))
	}
}

func TestAct_shows_what_went_wrong(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	for fault, says := range map[insurer.Fault]string{insurer.Error500: "our systems are down", insurer.Silence: "no answer came since", insurer.Redirect: "/partners/acceptances"} {
		c.abri.SetFault(fault)
		before := len(c.abri.Received())
		_, form := c.draft(t, "thanks")
		res := c.post(actAddress, form)
		page := html.UnescapeString(body(t, c.get(res.Header.Get("Location"))))
		if !strings.Contains(page, says) || len(c.abri.Received()) != before+1 {
			t.Errorf("%s: received %d, says %s", fault, len(c.abri.Received())-before, page)
		}
	}
	if got := len(c.elsewhere.Received()); got != 0 {
		t.Errorf("it followed the redirect: %d received elsewhere", got)
	}
}
