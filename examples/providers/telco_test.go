package providers_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/examples/providers"
)

// today is when the tests happen.
func today() time.Time { return time.Date(2026, 3, 15, 9, 0, 0, 0, time.UTC) }

func newTelco(config providers.TelcoConfig) *providers.Telco {
	if config.Clock == nil {
		config.Clock = today
	}
	return providers.NewTelco(config)
}

// browser visits one provider.
type browser struct {
	t      *testing.T
	client *http.Client
	site   string
}

func browse(t *testing.T, telco http.Handler) *browser {
	t.Helper()
	server := httptest.NewServer(telco)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, &http.Client{Jar: jar}, server.URL}
}

// reply is what a page said.
type reply struct {
	status int
	path   string // after redirects
	header http.Header
	body   string
	err    error
}

func (b *browser) do(r *http.Request, err error) reply {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	res, err := b.client.Do(r)
	if err != nil {
		return reply{err: err}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Request.URL.Path, res.Header, string(body), err}
}

func (b *browser) get(path string) reply {
	b.t.Helper()
	return b.do(http.NewRequest("GET", b.site+path, nil))
}

func (b *browser) login(user, password, csrf string) reply {
	b.t.Helper()
	form := url.Values{"username": {user}, "password": {password}, "csrf": {csrf}}
	r, err := http.NewRequest("POST", b.site+"/login", strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.do(r, err)
}

func (b *browser) csrf() string {
	b.t.Helper()
	found := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(b.get("/deconnexion").body)
	if found == nil {
		b.t.Fatal("no csrf token")
	}
	return found[1]
}

func (b *browser) signIn(telco *providers.Telco) {
	b.t.Helper()
	if got := b.login(telco.User(), telco.Password(), b.csrf()); got.path != "/espace-client" {
		b.t.Fatalf("not signed in: %d %s", got.status, got.path)
	}
}

func TestTelco_sign_in(t *testing.T) {
	t.Parallel()
	telco := newTelco(providers.TelcoConfig{})
	b := browse(t, telco)
	for _, path := range []string{"/", "/factures", "/contrat", "/factures/x.pdf", "/consommation/2026-02.csv"} {
		if got := b.get(path); got.path != "/login" {
			t.Errorf("%s signed out: landed on %s", path, got.path)
		}
	}
	if got := b.login(telco.User(), "wrong", b.csrf()); got.status != 200 || !strings.Contains(got.body, `role="alert"`) {
		t.Errorf("wrong password: %d", got.status)
	}
	if got := b.login(telco.User(), telco.Password(), "forged"); got.status != 403 {
		t.Errorf("forged token: %d", got.status)
	}
	b.signIn(telco)
	if got := telco.Stats(); got.Logins != 1 || got.Refused != 1 || got.Requests < 10 {
		t.Errorf("got %+v", got)
	}
	b.get("/deconnexion")
	if got := b.get("/factures"); got.path != "/login" {
		t.Errorf("after sign-out: landed on %s", got.path)
	}
}

func TestTelco_session_ends_when_idle(t *testing.T) {
	t.Parallel()
	now := today()
	telco := newTelco(providers.TelcoConfig{Clock: func() time.Time { return now }})
	b := browse(t, telco)
	b.signIn(telco)
	now = now.Add(time.Hour)
	if got := b.get("/factures"); got.path != "/login" {
		t.Errorf("landed on %s", got.path)
	}
}

func TestTelco_lists_ten_bills_a_page_down_to_the_oldest(t *testing.T) {
	t.Parallel()
	telco := newTelco(providers.TelcoConfig{})
	b := browse(t, telco)
	b.signIn(telco)
	var listed []string
	path := "/factures"
	for n := 0; path != ""; n++ {
		page := b.get(path).body
		for _, row := range regexp.MustCompile(`<tr data-numero="([^"]+)"`).FindAllStringSubmatch(page, -1) {
			listed = append(listed, row[1])
		}
		path = ""
		if next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(page); next != nil {
			path = next[1]
		}
		if want := min(10*(n+1), 24); len(listed) != want {
			t.Fatalf("%d bills after page %d, want %d", len(listed), n+1, want)
		}
	}
	for i, bill := range telco.Bills() {
		if listed[i] != bill.Number {
			t.Errorf("bill %d: got %s, want %s", i, listed[i], bill.Number)
		}
	}
}

// everything returns all that a telco serves about its bills, by path.
func everything(t *testing.T, telco *providers.Telco) map[string]string {
	t.Helper()
	b := browse(t, telco)
	b.signIn(telco)
	all := map[string]string{}
	for _, bill := range telco.Bills() {
		for _, path := range []string{"/factures/" + bill.Number + ".pdf", "/consommation/" + bill.Month.String() + ".csv"} {
			got := b.get(path)
			if got.status != 200 || got.err != nil {
				t.Fatalf("%s: %d, %v", path, got.status, got.err)
			}
			all[path] = got.body
		}
	}
	return all
}

func TestTelco_later_day_adds_months_and_changes_none(t *testing.T) {
	t.Parallel()
	now := today()
	telco := newTelco(providers.TelcoConfig{Seed: 7, Clock: func() time.Time { return now }})
	before := everything(t, telco)
	now = now.AddDate(0, 2, 0)
	after := everything(t, telco)
	if len(before) != 48 || len(after) != 52 {
		t.Errorf("got %d, then %d", len(before), len(after))
	}
	for path, body := range before {
		if after[path] != body {
			t.Errorf("%s changed", path)
		}
	}
	for path, body := range everything(t, newTelco(providers.TelcoConfig{Seed: 7})) {
		if before[path] != body {
			t.Errorf("%s differs in another process of the same seed", path)
		}
	}
	if other := everything(t, newTelco(providers.TelcoConfig{Seed: 8})); fmt.Sprint(other) == fmt.Sprint(before) {
		t.Error("another seed serves the same")
	}
}

func TestBill_scan_makes_its_PDF_as_large_as_told(t *testing.T) {
	t.Parallel()
	telco := newTelco(providers.TelcoConfig{Months: 3, Scan: 100_000})
	for path, body := range everything(t, telco) {
		if strings.HasSuffix(path, ".pdf") && (len(body) < 90_000 || len(body) > 110_000 || !strings.Contains(pdfText(t, body), "Total")) {
			t.Errorf("%s: %d bytes", path, len(body))
		}
	}
}

func TestBill_adds_up(t *testing.T) {
	t.Parallel()
	telco := newTelco(providers.TelcoConfig{Seed: 3, Months: 60})
	beyond := 0
	for _, b := range telco.Bills() {
		var lines, calls providers.Cents
		for _, l := range b.Lines {
			lines += l.Amount
		}
		for _, c := range telco.Calls(b.Month) {
			calls += c.Price
			if providers.MonthOf(c.At) != b.Month {
				t.Errorf("%s: a call at %s", b.Month, c.At)
			}
		}
		if lines != b.Total || b.Net()*120 > b.Total*100+60 || b.Net()*120 < b.Total*100-60 {
			t.Errorf("%s: lines %s, total %s, net %s", b.Month, lines, b.Total, b.Net())
		}
		for _, l := range b.Lines {
			if l.Label == "Communications hors forfait" {
				beyond++
				if l.Amount != calls {
					t.Errorf("%s: %s beyond the plan, calls cost %s", b.Month, l.Amount, calls)
				}
			}
		}
		if b.Issued.After(today()) || !b.Due.After(b.Issued) {
			t.Errorf("%s: issued %s, due %s", b.Month, b.Issued, b.Due)
		}
	}
	if beyond == 0 {
		t.Error("no call beyond the plan in five years")
	}
}

// pdfText returns the text of a PDF, "" for what is none.
func pdfText(t *testing.T, pdf string) string {
	t.Helper()
	if !strings.HasPrefix(pdf, "%PDF-") {
		return ""
	}
	text, err := providers.PDFText([]byte(pdf))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestBill_keyword_stands_in_its_PDF_alone(t *testing.T) {
	t.Parallel()
	telco := newTelco(providers.TelcoConfig{Months: 600})
	seen := map[string]bool{}
	for _, b := range telco.Bills() {
		if seen[b.Keyword] {
			t.Fatalf("%s comes twice", b.Keyword)
		}
		seen[b.Keyword] = true
	}
	telco = newTelco(providers.TelcoConfig{})
	b := browse(t, telco)
	b.signIn(telco)
	pages := b.get("/").body + b.get("/factures").body + b.get("/factures?page=3").body + b.get("/contrat").body
	all := everything(t, telco)
	for _, bill := range telco.Bills() {
		text := pdfText(t, all["/factures/"+bill.Number+".pdf"])
		for _, want := range []string{bill.Keyword, bill.Number, bill.Total.French(), bill.Tax.French(), telco.Client(), "prélèvement"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in its PDF", bill.Month, want)
			}
		}
		for path, body := range all {
			if !strings.HasSuffix(path, bill.Number+".pdf") && (strings.Contains(body, bill.Keyword) || strings.Contains(pdfText(t, body), bill.Keyword)) {
				t.Errorf("%s: keyword in %s", bill.Month, path)
			}
		}
		if strings.Contains(pages, bill.Keyword) {
			t.Errorf("%s: keyword on a page", bill.Month)
		}
	}
}
