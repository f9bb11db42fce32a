package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
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

func pdfText(pdf []byte) ([]string, error) {
	text, err := providers.PDFText(pdf)
	return []string{text}, err
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
