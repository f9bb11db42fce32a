package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/examples/providers"
	"github.com/domicile-home/domicile/sdk/record"
)

// copyOf brings the like of a bill home from another source: the one of files.
func (s *scene) copyOf(t *testing.T, bill core.Record, id string) core.Record {
	t.Helper()
	var other core.SourceID
	for _, src := range must(s.rooms(t).Connect.Sources(t.Context())) {
		if src.ID != bill.Ref.Source {
			other = src.ID
		}
	}
	_, err := s.rooms(t).Connect.Ingest.Commit(t.Context(), ingest.Batch{Source: other, Records: []ingest.Staged{{Record: record.Record{
		Type: bill.Type, ID: id, Time: bill.Time, Title: "Copy " + id, Data: bill.Data}}}, Provenance: core.Provenance{Run: 1, Connector: "ofx", Version: "1.0.0"}})
	if err != nil {
		t.Fatal(err)
	}
	return must(s.rooms(t).Query.ByID(t.Context(), other, record.Key{Type: bill.Type, ID: id}))
}

// twins makes a bill the same thing as a copy, not the same as another, and leaves
// one that looks like it.
func (s *scene) twins(t *testing.T, bill core.Record) {
	t.Helper()
	in := s.rooms(t).Connect.Ingest
	no, yes := s.copyOf(t, bill, "no"), s.copyOf(t, bill, "yes")
	if err := in.Differ(t.Context(), bill.Ref, no.Ref); err != nil {
		t.Fatal(err)
	}
	if err := in.Same(t.Context(), ingest.Pair{A: bill.Ref, B: yes.Ref, Why: 1}); err != nil {
		t.Fatal(err)
	}
}

func TestTwins_by_buttons(t *testing.T) {
	t.Parallel()
	s := household(t)
	bill := s.someBill(t)
	other := s.copyOf(t, bill, "copy")
	path, there := "/records/"+bill.Ref.String(), "/records/"+other.Ref.String()
	say := func(at, what string, other core.Record) {
		t.Helper()
		s.redirected(t, s.post(at+"/same", url.Values{"say": {what}, "other": {other.Ref.String()}}), at)
	}
	bills := func(want int) {
		t.Helper()
		n := 0
		for _, err := range s.rooms(t).Query.List(t.Context(), query.Filter{Types: []record.Type{record.TypeBill}}) {
			if n++; err != nil {
				t.Fatal(err)
			}
		}
		if n != want {
			t.Errorf("%d bills, want %d", n, want)
		}
	}
	bills(3)
	s.says(t, path, "Looks like the same as", "Copy copy", "same amount, same day, same number, vendor alike", "Same thing", "Not the same")
	say(path, "different", other)
	if page := s.says(t, path, "Copy copy"); strings.Contains(page, "Looks like") || !strings.Contains(page, "What you said is not the same") {
		t.Error("it is proposed again")
	}
	say(path, "nothing", other)
	say(path, "same", other)
	bills(2)
	if page := s.says(t, path, "which counts for both: Copy copy", "Count the one on this page instead", "You said so on", "same amount"); !strings.Contains(page, there) {
		t.Error("it does not lead to the one that counts")
	}
	s.says(t, there, "Also from another source", bill.Title, "Count this one instead")
	say(path, "leads", bill)
	s.says(t, there, "which counts for both", bill.Title)
	bills(2)
	say(path, "nothing", other)
	bills(3)
	if res := s.post(path+"/same", url.Values{"say": {"same"}, "other": {bill.Ref.String()}}); res.StatusCode != http.StatusBadRequest || !strings.Contains(body(t, res), "cannot be said") {
		t.Errorf("the same as itself: %d", res.StatusCode)
	}
	if res := s.post(path+"/same", url.Values{"say": {"same"}, "other": {"x"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("as nothing: %d", res.StatusCode)
	}
	var answer struct {
		Leads core.Ref
		Same  []struct{ Ref core.Ref }
	}
	if res := s.call(t, "POST", "/records/"+bill.Ref.String()+"/same", map[string]any{"say": "same", "other": other.Ref}, &answer); res.StatusCode != http.StatusOK || answer.Leads != bill.Ref && answer.Leads != other.Ref || len(answer.Same) != 1 {
		t.Errorf("the API: %d %+v", res.StatusCode, answer)
	}
}

// ofxOf writes lines of an account as a bank's site exports them: its own ids,
// names cut short, no reference, and the account's number instead of its IBAN.
func ofxOf(iban string, lines []core.Record) []byte {
	var b strings.Builder
	b.WriteString("OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:UTF-8\nCHARSET:NONE\nCOMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n" +
		"<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260401<LANGUAGE>FRA</SONRS></SIGNONMSGSRSV1>" +
		"<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>EUR")
	fmt.Fprintf(&b, "<BANKACCTFROM><BANKID>%s<BRANCHID>%s<ACCTID>%s<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20250101<DTEND>20261231\n", iban[4:9], iban[9:14], iban[14:25])
	for i, r := range lines {
		var d record.Transaction
		if json.Unmarshal(r.Data, &d) != nil {
			panic("no transaction")
		}
		kind := "DEBIT"
		if d.Amount.Sign() > 0 {
			kind = "CREDIT"
		}
		name := []rune(strings.ToUpper(d.Label))
		fmt.Fprintf(&b, "<STMTTRN><TRNTYPE>%s<DTPOSTED>%s<TRNAMT>%s<FITID>X%06d<NAME>%s</STMTTRN>\n", kind, strings.ReplaceAll(d.Booked.String()[:10], "-", ""), d.Amount, i, string(name[:min(len(name), 28)]))
	}
	b.WriteString("</BANKTRANLIST><LEDGERBAL><BALAMT>1834.20<DTASOF>20260228</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n")
	return []byte(b.String())
}

// A saver is a home with an account at the made-up bank.
type saver struct {
	*scene
	iban  string
	lines []core.Record // of the account with most, the newest first
}

func newSaver(t *testing.T) *saver {
	t.Helper()
	c := &customer{house: openHouse(t), bank: providers.NewBank(providers.BankConfig{Seed: 11, Months: 3, Pause: time.Second})}
	server := httptest.NewServer(c.bank)
	t.Cleanup(server.Close)
	src, err := c.rooms(t).Connect.Add(t.Context(), connect.NewSource{Connector: "embruns", Label: "Banque des Embruns",
		Config:  map[string]string{"address": server.URL, "identifier": c.bank.User()},
		Secrets: map[string]core.Secret{"password": core.Secret(c.bank.Password())}})
	if err != nil {
		t.Fatal(err)
	}
	c.source = src.ID
	if r := c.pullAnswered(t, func() (core.RunID, error) { return src.LastRun, nil }); r.State != connect.Succeeded {
		t.Fatalf("%+v", r.Problem)
	}
	s := &saver{scene: &scene{house: c.house, source: src.ID}}
	byAccount := map[string][]core.Record{}
	for r, err := range s.rooms(t).Query.List(t.Context(), query.Filter{Types: []record.Type{record.TypeTransaction}}) {
		var d record.Transaction
		if err != nil || json.Unmarshal(r.Data, &d) != nil {
			t.Fatal(err)
		}
		if d.State != "pending" {
			if byAccount[d.BankAccount] = append(byAccount[d.BankAccount], r); len(byAccount[d.BankAccount]) > len(s.lines) {
				s.lines, s.iban = byAccount[d.BankAccount], d.BankAccount
			}
		}
	}
	var account record.BankAccount
	if err := json.Unmarshal(must(s.rooms(t).Query.ByID(t.Context(), src.ID, record.Key{Type: record.TypeBankAccount, ID: s.iban})).Data, &account); err != nil {
		t.Fatal(err)
	}
	s.iban = account.IBAN
	return s
}

// TestDoubles_one_click_leaves_totals_as_they_were imports the export of an
// account that the bank's own connector brought home already.
func TestDoubles_one_click_leaves_totals_as_they_were(t *testing.T) {
	t.Parallel()
	c := newSaver(t)
	totals := func() string {
		t.Helper()
		text := body(t, c.get("/timeline?type=transaction"))
		var all []string
		for _, piece := range strings.Split(text, `<div class="month">`)[1:] {
			all = append(all, piece[:strings.Index(piece, "</div>")])
		}
		return strings.Join(all, "|")
	}
	outlook := func() int {
		t.Helper()
		return len(must(c.rooms(t).Outlook.On(t.Context(), time.Now())).Accounts)
	}
	before, accounts := totals(), outlook()
	run := c.bring(t, "export.ofx", ofxOf(c.iban, c.lines))
	if run.State != connect.Succeeded {
		t.Fatalf("%+v", run.Problem)
	}
	if totals() == before {
		t.Fatalf("the file changed no total, this test shows nothing: %q", before)
	}
	if n := outlook(); n != accounts+1 {
		t.Errorf("%d accounts beside the file's, want %d", n, accounts+1)
	}
	link := "/sources/" + run.Source.String() + "/same/" + c.source.String()
	if page := c.says(t, fmt.Sprintf("/sources/%s/runs/%d", run.Source, run.ID), "are already here from Banque des Embruns"); !strings.Contains(page, link) {
		t.Error("the run does not lead to the pairs")
	}
	form := url.Values{}
	for _, n := range elements(t, c.says(t, link, "Treat what is ticked as the same")) {
		for _, a := range n.Attr {
			if a.Key == "checked" {
				form.Add(attr(n, "name"), attr(n, "value"))
			}
		}
	}
	c.redirected(t, c.post(link, form), link)
	t.Logf("%d pairs were ticked, of %d lines and their account", len(form["pair"]), len(c.lines))
	if after := totals(); after != before {
		t.Errorf("got %s\nwant %s", after, before)
	}
	if n := outlook(); n != accounts {
		t.Errorf("%d accounts, before %d", n, accounts)
	}
	c.says(t, link, "There is nothing more to decide", fmt.Sprint(len(form["pair"]), " records of one"))
	if n := c.bring(t, "export.ofx", ofxOf(c.iban, c.lines)).Counts.Added; n != 0 || totals() != before {
		t.Errorf("the file again: %d new", n)
	}
	c.redirected(t, c.post(link+"/back", nil), link)
	if totals() == before {
		t.Error("taken back, it still counts once")
	}
}
