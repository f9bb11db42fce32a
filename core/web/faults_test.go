package web_test

import (
	"html"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	nethtml "golang.org/x/net/html"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/examples/providers"
)

// needs returns what the first page says needs the person, and whether each has
// a button.
func needs(t *testing.T, page string) (texts []string, buttons int) {
	t.Helper()
	for _, n := range elements(t, page) {
		if n.Data != "li" || !strings.HasPrefix(attr(n, "class"), "need ") {
			continue
		}
		texts = append(texts, inner(n))
		for d := range n.Descendants() {
			if d.Type == nethtml.ElementNode && (d.Data == "button" || d.Data == "a" && strings.Contains(attr(d, "class"), "button")) {
				buttons++
				break
			}
		}
	}
	return texts, buttons
}

// saysProblem holds the first page, in each language, against a run's problem.
func (h *house) saysProblem(t *testing.T, kind providers.FaultKind, r connect.Run) {
	t.Helper()
	if r.Problem.Code == "internal" {
		t.Errorf("%s: %+v", kind, r.Problem)
	}
	for _, lang := range locale.Langs() {
		l, page := locale.New(lang), body(t, h.get("/", header("Accept-Language", string(lang))))
		checkPage(t, page, string(lang))
		texts, buttons := needs(t, page)
		key := "problem." + string(r.Problem.Code)
		if len(texts) != 1 || buttons != 1 || !strings.Contains(texts[0], html.UnescapeString(l.T(key))) || !strings.Contains(texts[0], l.T(key+".do")) {
			t.Errorf("%s, %s in %s: the page says %q, %d buttons", kind, r.Problem.Code, lang, texts, buttons)
		}
	}
}

// every leaves the long walks through all faults to make test.
func every(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("left out by -short: every fault of a provider, one after the other")
	}
}

// rest waits for the end of what goes on.
func (h *house) rest(t *testing.T) {
	t.Helper()
	connected := h.rooms(t).Connect
	for _, r := range connected.Active() {
		if _, err := connected.Wait(t.Context(), r.Source, r.ID, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// calm holds the first page against a home that needs nobody.
func (h *house) calm(t *testing.T) {
	t.Helper()
	if texts, _ := needs(t, body(t, h.get("/"))); len(texts) > 0 {
		t.Errorf("once mended, the page says %q", texts)
	}
}

func TestHome_says_each_fault_of_the_telco_and_how_to_mend_it(t *testing.T) {
	every(t)
	t.Parallel()
	h := openHouse(t)
	src, telco := h.addTelco(t, "", 2)
	told := 0
	for _, kind := range providers.FaultKinds() {
		telco.SetFault(providers.Fault{Kind: kind})
		r := h.pull(t, src.ID)
		telco.SetFault(providers.Fault{})
		if r.Problem != nil {
			told++
			h.saysProblem(t, kind, r)
		}
	}
	if told < len(providers.FaultKinds())-1 { // a slow one is only slow
		t.Errorf("%d faults told", told)
	}
	h.pull(t, src.ID)
	h.calm(t)
}

// A customer has an account at the bank.
type customer struct {
	*house
	bank   *providers.Bank
	source core.SourceID
}

// pullAnswered runs the bank and types the code that came.
func (c *customer) pullAnswered(t *testing.T, start func() (core.RunID, error)) connect.Run {
	t.Helper()
	id, err := start()
	if err != nil {
		t.Fatal(err)
	}
	connected := c.rooms(t).Connect
	r, err := connected.Wait(t.Context(), c.source, id, func(r connect.Run) {
		if r.Question == nil {
			return
		}
		if err := connected.Answer(c.source, id, c.bank.Code()); err != nil && core.CodeOf(err) != core.Conflict && core.CodeOf(err) != core.NotFound { // of a question seen twice
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestHome_says_each_fault_of_the_bank_and_how_to_mend_it(t *testing.T) {
	every(t)
	t.Parallel()
	c := &customer{house: openHouse(t), bank: providers.NewBank(providers.BankConfig{Seed: 11, Months: 2, Pause: time.Second})}
	server := httptest.NewServer(c.bank)
	t.Cleanup(server.Close)
	src, err := c.rooms(t).Connect.Add(t.Context(), connect.NewSource{Connector: "embruns",
		Config:  map[string]string{"address": server.URL, "identifier": c.bank.User()},
		Secrets: map[string]core.Secret{"password": core.Secret(c.bank.Password())}})
	if err != nil {
		t.Fatal(err)
	}
	c.source = src.ID
	first := func() (core.RunID, error) { return src.LastRun, nil }
	again := func() (core.RunID, error) {
		return c.rooms(t).Connect.Start(t.Context(), c.source, connect.ByPerson)
	}
	if r := c.pullAnswered(t, first); r.State != connect.Succeeded {
		t.Fatalf("%+v", r.Problem)
	}
	told := 0
	for _, kind := range providers.ConsentFaultKinds() {
		c.bank.SignOutAll()
		c.bank.SetFault(providers.Fault{Kind: kind})
		r := c.pullAnswered(t, again)
		c.bank.SetFault(providers.Fault{})
		c.bank.RenewConsent()
		if r.Problem != nil {
			told++
			c.saysProblem(t, kind, r)
		}
	}
	if told < len(providers.ConsentFaultKinds())-1 {
		t.Errorf("%d faults told", told)
	}
	c.pullAnswered(t, again)
	c.calm(t)
}

func TestHome_says_each_fault_of_the_energy_supplier_and_how_to_mend_it(t *testing.T) {
	every(t)
	t.Parallel()
	e := newTenant(t)
	link, kept := e.begin(t)
	e.arrive(e.consent(t, link, "allow"), kept)
	e.rest(t)
	id, err := core.ParseSourceID(strings.TrimPrefix(e.source, "/sources/"))
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, kind := range providers.ConsentFaultKinds() {
		e.energy.SetFault(providers.Fault{Kind: kind})
		r := e.pull(t, id)
		e.energy.SetFault(providers.Fault{})
		if r.Problem != nil {
			told++
			e.saysProblem(t, kind, r)
			if r.Problem.Code.NeedsPerson() {
				link, kept := e.begin(t)
				e.arrive(e.consent(t, link, "allow"), kept)
				e.rest(t)
			}
		}
	}
	if told < 7 { // those of signing in strike at the supplier's own page
		t.Errorf("%d faults told", told)
	}
	e.pull(t, id)
	e.calm(t)
}
