package main

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/examples/providers"
	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/sdktest"
)

// world is the operator and a home with one source there.
type world struct {
	t     *testing.T
	now   time.Time
	telco *providers.Telco
	home  *sdktest.Host
}

func newWorld(t *testing.T, config providers.TelcoConfig) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 15, 9, 0, 0, 0, time.UTC)}
	config.Seed, config.Clock = 11, func() time.Time { return w.now }
	w.telco = providers.NewTelco(config)
	server := httptest.NewServer(w.telco)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	w.home = &sdktest.Host{
		Config:  map[string]string{"address": server.URL + "/", "username": w.telco.User()},
		Secrets: map[string]string{"password": w.telco.Password()},
		Client:  &http.Client{Jar: jar},
		Select:  selectIn, PDFText: pdfText,
	}
	return w
}

func (w *world) run() sdktest.Result {
	w.t.Helper()
	result, err := w.home.Run(sdk.Connector(run).Serve)
	if err != nil {
		w.t.Fatalf("protocol: %v", err)
	}
	return result
}

// complete fails the test unless the home holds all that the operator has, as
// it has it.
func (w *world) complete() {
	w.t.Helper()
	var want, got []string
	for _, b := range w.telco.Bills() {
		want = append(want, fmt.Sprintf("%s %s %s %s %s %s", b.Number, b.Issued.Format("2006-01-02"), b.Due.Format("2006-01-02"), b.Month, b.Total, b.Tax))
		for _, c := range w.telco.Calls(b.Month) {
			want = append(want, fmt.Sprintf("%s %s %s %t %s %s %d %d %s", c.Line, c.At.Format(time.RFC3339), [...]string{"voice", "sms", "mms", "data"}[c.Kind],
				c.Incoming, c.Peer, c.Country, c.Duration/time.Second, c.Kilobytes*1000, c.Price))
		}
	}
	for _, b := range data[record.Bill](w, record.TypeBill) {
		got = append(got, fmt.Sprintf("%s %s %s %.7s %s %s", b.Number, b.Issued, b.Due, b.Start, b.Amount, b.Tax))
	}
	for _, r := range w.home.Records() {
		if r.Type != record.TypeCall {
			continue
		}
		var c record.Call
		if err := json.Unmarshal(r.Data, &c); err != nil {
			w.t.Fatal(err)
		}
		at, _, _ := strings.Cut(r.Time.String(), "[")
		got = append(got, fmt.Sprintf("%s %s %s %t %s %s %d %d %s", c.Line, at, c.Kind, c.Direction == "in", c.Counterpart, c.Country, c.Seconds, c.Bytes, c.Price))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Fatalf("the home's records (+) are not the operator's (-):\n%s", diff)
	}
}

func data[T any](w *world, kind record.Type) []T {
	w.t.Helper()
	all, err := sdktest.Data[T](w.home, kind)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// selectIn answers queries as a home does.
func selectIn(html []byte, queries map[string]protocol.Query) (map[string][]map[string]string, error) {
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(html))
	if err != nil {
		return nil, err
	}
	all := map[string][]map[string]string{}
	for name, q := range queries {
		rows := doc.Selection
		if q.Rows != "" {
			rows = doc.Find(q.Rows)
		}
		rows.Each(func(_ int, row *goquery.Selection) {
			fields := map[string]string{}
			for field, spec := range q.Fields {
				selector, attribute, isAttribute := strings.Cut(spec, "@")
				at := row
				if selector != "" {
					at = row.Find(selector).First()
				}
				if value, ok := at.Attr(attribute); isAttribute && ok {
					fields[field] = value
				} else if !isAttribute && at.Length() > 0 {
					fields[field] = strings.Join(strings.Fields(at.Text()), " ")
				}
			}
			all[name] = append(all[name], fields)
		})
	}
	return all, nil
}

// pdfText returns the strings that a PDF of one page shows, a line each.
func pdfText(pdf []byte) ([]string, error) {
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.Contains(pdf, []byte("%%EOF")) {
		return nil, errors.New("no PDF")
	}
	var text strings.Builder
	for _, part := range regexp.MustCompile(`(?s)stream\n(.*?)endstream`).FindAllSubmatch(pdf, -1) {
		r, err := zlib.NewReader(bytes.NewReader(part[1]))
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		for _, shown := range regexp.MustCompile(`(?s)\(((?:[^()\\]|\\.)*)\) ?Tj`).FindAllSubmatch(content, -1) {
			for _, c := range bytes.ReplaceAll(shown[1], []byte{'\\'}, nil) {
				if c == 0x80 {
					text.WriteRune('€')
					continue
				}
				text.WriteRune(rune(c))
			}
			text.WriteByte('\n')
		}
	}
	return []string{text.String()}, nil
}

func TestRun_brings_in_all_that_the_operator_has(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{})
	result := w.run()
	if result.Err != nil {
		t.Fatal(result.Err)
	}
	w.complete()
	if got := w.telco.Stats(); got.Logins != 1 || got.PDFs != 24 || got.CSVs != 24 || got.Pages != 3 {
		t.Errorf("asked the operator for %+v", got)
	}
	contract := data[record.Contract](w, record.TypeContract)
	if len(contract) != 1 || contract[0].Number != w.telco.Client() || contract[0].Price != "29.98" || contract[0].Notice != "P10D" || contract[0].Start.String() != "2019-09-12" {
		t.Errorf("contract: got %+v", contract)
	}
	bills := w.telco.Bills()
	slices.Reverse(bills)
	for i, b := range data[record.Bill](w, record.TypeBill) {
		var want []record.BillLine
		for _, l := range bills[i].Lines {
			want = append(want, record.BillLine{Label: l.Label, Amount: record.Money(l.Amount.String())})
		}
		if diff := cmp.Diff(want, b.Lines); diff != "" {
			t.Errorf("%s: %s", b.Number, diff)
		}
	}
	for _, r := range w.home.Records() {
		if r.Type != record.TypeBill {
			continue
		}
		pdf, _ := w.home.FileData(protocol.FileID(r.Files[0].File))
		if len(r.Files) != 1 || !bytes.HasPrefix(pdf, []byte("%PDF-")) || r.Time.Precision() != record.Day || r.Links[0].ID != w.telco.Client() {
			t.Errorf("bill: got %+v with %d bytes", r, len(pdf))
		}
	}
}

func TestRun_keeps_pages_and_password_out_of_the_program(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{})
	w.home.Intercept = func(op protocol.Op, f protocol.Frame) (protocol.Frame, bool) {
		if op == protocol.OpHTTP && !strings.Contains(string(f.Line), `"sink":"file"`) {
			t.Errorf("a body comes into the program: %s", f.Line)
		}
		if strings.Contains(string(f.Line)+string(f.Payload), w.telco.Password()) {
			t.Errorf("the program knows the password: %s", f.Line)
		}
		return protocol.Frame{}, false
	}
	if result := w.run(); result.Err != nil {
		t.Fatal(result.Err)
	}
}

func TestRun_again_adds_nothing_and_reads_the_last_two_months_only(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{})
	w.run()
	before := w.telco.Stats()
	result := w.run()
	if got := result.Counts; result.Err != nil || got.Added != 0 || got.Updated != 0 || got.Unchanged == 0 {
		t.Errorf("second run: %+v, %v", got, result.Err)
	}
	after := w.telco.Stats()
	if after.PDFs-before.PDFs != 2 || after.Pages-before.Pages != 1 || after.Logins != 1 {
		t.Errorf("second run asked for %+v after %+v", after, before)
	}
	w.complete()
}

func TestRun_a_month_later_adds_that_month(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{})
	w.run()
	w.now = w.now.AddDate(0, 1, 0)
	result := w.run()
	if want := 1 + len(w.telco.Calls(providers.Month{Year: 2026, Month: time.March})); result.Counts.Added != want || result.Counts.Updated != 0 {
		t.Errorf("got %+v, want %d added", result.Counts, want)
	}
	if w.telco.Stats().Logins != 2 {
		t.Error("a session a month old was still good")
	}
	w.complete()
}

func TestRun_goes_on_where_it_was_stopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{})
	w.telco.SetFault(providers.Fault{Kind: providers.Error500, After: 45})
	if result := w.run(); result.Code() != protocol.Unavailable {
		t.Fatalf("got %q", result.Code())
	}
	kept := len(data[record.Bill](w, record.TypeBill))
	if kept == 0 || kept == 24 || kept%batch != 0 {
		t.Fatalf("kept %d bills", kept)
	}
	w.telco.SetFault(providers.Fault{})
	before := w.telco.Stats().PDFs
	if result := w.run(); result.Err != nil || result.Counts.Updated != 0 {
		t.Fatalf("got %+v, %v", result.Counts, result.Err)
	}
	if got := w.telco.Stats().PDFs - before; got != 24-kept+reread {
		t.Errorf("read %d bills after %d", got, kept)
	}
	w.complete()
}

func TestCheck_signs_in_anew_and_writes_nothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{})
	w.run()
	state := string(w.home.State)
	w.home.Mode = protocol.ModeCheck
	if result := w.run(); result.Err != nil || w.telco.Stats().Logins != 2 || string(w.home.State) != state {
		t.Errorf("got %v after %+v", result.Err, w.telco.Stats())
	}
	w.home.Secrets["password"] = "changed-since"
	if result := w.run(); result.Code() != protocol.AuthFailed {
		t.Errorf("wrong password: got %q", result.Code())
	}
}

func TestFault_ends_in_its_code_and_the_next_good_run_completes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		fault providers.Fault
		want  protocol.Code
		wait  int
	}{
		{fault: providers.Fault{Kind: providers.WrongPassword}, want: protocol.AuthFailed},
		{fault: providers.Fault{Kind: providers.SessionExpired, After: 6, Times: 1}, want: ""},
		{fault: providers.Fault{Kind: providers.SessionExpired, After: 30, Times: 1}, want: ""},
		{fault: providers.Fault{Kind: providers.SessionExpired}, want: protocol.AuthExpired},
		{fault: providers.Fault{Kind: providers.SessionExpired, After: 20}, want: protocol.AuthExpired},
		{fault: providers.Fault{Kind: providers.RateLimit}, want: protocol.RateLimited, wait: 120},
		{fault: providers.Fault{Kind: providers.RateLimit, After: 33}, want: protocol.RateLimited, wait: 120},
		{fault: providers.Fault{Kind: providers.Error500}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Error500, After: 7}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Maintenance}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Cut, After: 5}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Slow, After: 9}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Truncated, After: 4}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Truncated, After: 31}, want: protocol.Unavailable},
		{fault: providers.Fault{Kind: providers.Layout}, want: protocol.SourceChanged},
		{fault: providers.Fault{Kind: providers.Layout, After: 2}, want: protocol.SourceChanged},
		{fault: providers.Fault{Kind: providers.Partial}, want: protocol.SourceChanged},
		{fault: providers.Fault{Kind: providers.Partial, After: 2}, want: protocol.SourceChanged},
		{fault: providers.Fault{Kind: providers.Terms}, want: protocol.ActionNeeded},
		{fault: providers.Fault{Kind: providers.Terms, After: 10}, want: protocol.ActionNeeded},
	} {
		t.Run(fmt.Sprintf("%s after %d", tc.fault.Kind, tc.fault.After), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, providers.TelcoConfig{Delay: time.Hour})
			if tc.fault.Kind == providers.Slow {
				w.home.Client.Timeout = time.Second
			}
			w.telco.SetFault(tc.fault)
			result := w.run()
			if result.Code() != tc.want || (result.Err == nil) != (tc.want == "") {
				t.Fatalf("got %q (%v), want %q", result.Code(), result.Err, tc.want)
			}
			if result.Problem != nil && result.Problem.RetryAfter != tc.wait {
				t.Errorf("retry after %d, want %d", result.Problem.RetryAfter, tc.wait)
			}
			w.whole()
			w.home.Client.Timeout = 0
			w.telco.SetFault(providers.Fault{})
			if result := w.run(); result.Err != nil || result.Counts.Updated != 0 {
				t.Fatalf("mended: %+v, %v", result.Counts, result.Err)
			}
			w.complete()
		})
	}
}

// whole fails the test unless each bill kept has all its calls, and no others.
func (w *world) whole() {
	w.t.Helper()
	months := map[string]int{}
	for _, r := range w.home.Records() {
		if r.Type == record.TypeCall {
			months[r.Time.String()[:7]]++
		}
	}
	for _, b := range data[record.Bill](w, record.TypeBill) {
		month := b.Start.String()[:7]
		m, err := providers.ParseMonth(month)
		if err != nil || months[month] != len(w.telco.Calls(m)) {
			w.t.Errorf("%s: %d calls, %v", month, months[month], err)
		}
		delete(months, month)
	}
	if len(months) > 0 {
		w.t.Errorf("calls without their bill: %v", months)
	}
}

func TestManifest_names_what_the_connector_uses(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var m protocol.Manifest
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&m); err != nil {
		t.Fatal(err)
	}
	keys := []string{m.Name, m.Description}
	for _, f := range m.Fields {
		keys = append(keys, f.Label)
	}
	for _, language := range m.Languages {
		text, err := os.ReadFile("strings/" + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]string
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if all[key] == "" {
				t.Errorf("%s: no string %q", language, key)
			}
			delete(all, key)
		}
		if len(all) > 0 {
			t.Errorf("%s: unused strings %v", language, all)
		}
	}
	w := newWorld(t, providers.TelcoConfig{Months: 2})
	w.run()
	for _, r := range w.home.Records() {
		if !slices.Contains(m.Produces, string(r.Type)) {
			t.Errorf("emits %s, which the manifest does not name", r.Type)
		}
	}
}
