package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

const (
	bank      = "Date;Libellé;Montant;Solde\n05/06/2026;CAFÉ;-3,20;96,80\n05/06/2026;CAFÉ;-3,20;93,60\n06/06/2026;SALAIRE;2 100,00;2 193,60\n07/06/2026;LOYER;sept;\n"
	nextMonth = "Date;Libellé;Montant;Solde\n06/06/2026;SALAIRE;2 100,00;2 193,60\n01/07/2026;LOYER;-700,00;1 493,60\n"
)

// chosen returns what is chosen in the fields of a page's form.
func chosen(tb testing.TB, page string) map[string]string {
	tb.Helper()
	all := map[string]string{}
	for _, n := range elements(tb, page) {
		switch {
		case n.Data == "input" && attr(n, "name") != "" && attr(n, "type") != "hidden":
			all[attr(n, "name")] = attr(n, "value")
		case n.Data == "option" && slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "selected" }):
			all[attr(n.Parent, "name")] = attr(n, "value")
		}
	}
	return all
}

// action returns where the form of a page goes that has such a path.
func action(tb testing.TB, page, prefix string) string {
	tb.Helper()
	for _, n := range elements(tb, page) {
		for _, name := range []string{"action", "href"} {
			if strings.HasPrefix(attr(n, name), prefix) {
				return attr(n, name)
			}
		}
	}
	tb.Fatalf("nothing leads to %s", prefix)
	return ""
}

// form makes what a page's form sends, with some fields changed.
func form(tb testing.TB, page string, changed ...string) url.Values {
	tb.Helper()
	all := url.Values{}
	for name, value := range chosen(tb, page) {
		all.Set(name, value)
	}
	for i := 0; i+1 < len(changed); i += 2 {
		all.Set(changed[i], changed[i+1])
	}
	return all
}

func TestColumns_are_asked_then_previewed_imported_and_undone(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	res := h.upload(t, 0, upload{"releve.csv", []byte(bank)})
	page := body(t, res)
	checkPage(t, page, "en")
	guess := chosen(t, page)
	if res.StatusCode != 200 || guess["c1"] != "date" || guess["c2"] != "label" || guess["c3"] != "amount" || guess["c4"] != "balance" || guess["order"] != "" || guess["currency"] != "" {
		t.Fatalf("%d, %v", res.StatusCode, guess)
	}
	to := action(t, page, "/import/columns/")
	res = h.post(to, form(t, page, "c2", "date", "account", "Compte, \"joint\""))
	page = body(t, res)
	checkPage(t, page, "en")
	if typed := chosen(t, page); res.StatusCode != 400 || !strings.Contains(page, "Only one column can be: Date.") || typed["c2"] != "date" || typed["account"] != `Compte, "joint"` {
		t.Fatalf("%d, %v", res.StatusCode, typed)
	}
	res = h.post(to, form(t, page, "c2", "label", "currency", "bits"))
	if page = body(t, res); res.StatusCode != 400 || !strings.Contains(page, "This is no currency.") || chosen(t, page)["currency"] != "bits" {
		t.Fatalf("%d, %v", res.StatusCode, chosen(t, page))
	}
	res = h.post(to, form(t, page, "currency", "eur"))
	if page = body(t, res); res.StatusCode != 400 || !strings.Contains(page, "The dates can be read in two ways: choose one.") {
		t.Fatalf("%d", res.StatusCode)
	}
	res = h.post(to, form(t, page, "order", "dmy"))
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", res.StatusCode, body(t, res))
	}
	page = body(t, h.get(res.Header.Get("Location")))
	checkPage(t, page, "en")
	got := previews(t, page)
	for _, part := range []string{"5 new records", "Bank line × 3", "5 June 2026 to 6 June 2026", `Compte, "joint"`, "CAFÉ", "−€3.20", "1 of 4 rows are left out", "line 5: \"sept\" is no amount", "Change the columns"} {
		if len(got) != 1 || !strings.Contains(got[0], part) {
			t.Errorf("%q lacks %q", got, part)
		}
	}
	if h.transactions(t) != 0 {
		t.Error("something came in by itself")
	}
	res = h.post("/import/accept", url.Values{"preview": waiting(t, page)})
	run := res.Header.Get("Location")
	if h.transactions(t) != 3 || !strings.HasSuffix(run, "/runs/1") {
		t.Fatalf("%d transactions, %s", h.transactions(t), run)
	}

	page = body(t, h.upload(t, 0, upload{"juillet.csv", []byte(nextMonth)}))
	if got = previews(t, page); len(got) != 1 || !strings.Contains(got[0], "2 here already") || !strings.Contains(got[0], "Read by what you said") {
		t.Errorf("the next month: %q", got)
	}
	link := action(t, page, "/import/columns/")
	page = body(t, h.get(link))
	checkPage(t, page, "en")
	if again := chosen(t, page); again["order"] != "dmy" || again["currency"] != "EUR" || again["account"] != `Compte, "joint"` {
		t.Errorf("changed afterwards: %v", again)
	}
	res = h.post(link, form(t, page, "c4", ""))
	page = body(t, h.get(res.Header.Get("Location")))
	if got = previews(t, page); len(got) != 1 || strings.Contains(got[0], "Balance") {
		t.Errorf("without a balance: %q", got)
	}
	h.post("/import/accept", url.Values{"preview": waiting(t, page)})
	if n := h.transactions(t); n != 4 {
		t.Errorf("%d transactions", n)
	}
	if res = h.post(run+"/undo", nil); res.StatusCode != http.StatusSeeOther || h.transactions(t) != 2 {
		t.Errorf("undone: %d, %d transactions: the salary is of both files", res.StatusCode, h.transactions(t))
	}
	for r, err := range h.rooms(t).Query.List(t.Context(), query.Filter{Types: []record.Type{record.TypeTransaction}}) {
		if err != nil || !strings.Contains(string(r.Data), `"currency":"EUR"`) {
			t.Errorf("%s, %v", r.Data, err)
		}
	}
}

func TestColumns_of_one_file_among_others_come_back_to_all(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	page := body(t, h.upload(t, 0, upload{"releve.ofx", demoStatement(t)}, upload{"releve.csv", []byte(strings.ReplaceAll(bank, "05/06", "25/06"))}, upload{"x.csv", []byte("\x00")}))
	checkPage(t, page, "en")
	got := previews(t, page)
	if len(got) != 3 || !strings.Contains(got[1], "A table that nothing here knows yet") || !strings.Contains(got[2], "not text") || len(waiting(t, page)) != 1 {
		t.Fatalf("%q", got)
	}
	link := action(t, page, "/import/columns/")
	page = body(t, h.get(link))
	with := url.Values{}
	for _, n := range elements(t, page) {
		if attr(n, "name") == "file" {
			with.Add("file", attr(n, "value"))
		}
	}
	said := form(t, page, "currency", "EUR")
	said["file"] = with["file"]
	res := h.post(action(t, page, "/import/columns/"), said)
	page = body(t, h.get(res.Header.Get("Location")))
	checkPage(t, page, "en")
	if got = previews(t, page); len(got) != 2 || !strings.Contains(got[0], "releve.ofx") || !strings.Contains(got[1], "Bank line × 3") || len(waiting(t, page)) != 2 {
		t.Errorf("%q", got)
	}
	h.post("/import/accept", url.Values{"preview": waiting(t, page)})
	if n := h.transactions(t); n != 14 {
		t.Errorf("%d transactions", n)
	}
	for _, path := range []string{link, "/import/columns/nothing"} {
		if res := h.get(path); res.StatusCode != 404 || !strings.Contains(body(t, res), "does not wait any more") {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		if res := h.post(path, said); res.StatusCode != 404 {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

func TestColumns_cannot_be_skipped(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	page := body(t, h.upload(t, 0, upload{"releve.csv", []byte(bank)}))
	to := action(t, page, "/import/columns/")
	id := strings.TrimPrefix(to, "/import/columns/")
	if text := body(t, h.post("/import/accept", url.Values{"preview": {id}})); h.transactions(t) != 0 || strings.Contains(text, "Finished") {
		t.Error("a table came in that nobody explained")
	}
	for _, said := range []url.Values{{}, {"c1": {"date,amount=#3"}, "c9": {"date"}, "order": {`dmy",x="`}, "currency": {`EUR",order=dmy,account="x`}}} {
		res := h.post(to, said)
		if text := body(t, res); res.StatusCode != 400 {
			t.Errorf("%v: %d", said, res.StatusCode)
		} else {
			checkPage(t, text, "en")
		}
	}
	if res := h.post("/import/put-away", url.Values{"preview": {id}}); res.StatusCode != http.StatusSeeOther || h.get(to).StatusCode != 404 {
		t.Error("it is not put away")
	}
}

// tableKeys are the messages that a table's question is made of.
func tableKeys() []string {
	all := []string{"columns.order", "columns.order.hint", "columns.decimal", "columns.decimal.hint"}
	for prefix, names := range map[string][]string{"role": protocol.TableRoles(), "order": protocol.TableOrders(), "decimal": protocol.TableDecimals(), "fault": protocol.TableWhys()} {
		for _, name := range names {
			all = append(all, "columns."+prefix+"."+name)
		}
	}
	return all
}

func TestColumns_have_words_for_all_that_may_be_asked(t *testing.T) {
	t.Parallel()
	messages := catalogue(t)
	for _, key := range tableKeys() {
		if messages[key] == "" {
			t.Errorf("nothing says %s", key)
		}
	}
}
