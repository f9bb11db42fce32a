package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

var update = flag.Bool("update", false, "write the golden files and the tables of docs/formats.md")

// TestSamples reads each file of testdata and compares with what it gave
// before. The files come from the projects that testdata/README.md names.
func TestSamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.ofx")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			h, res := play(t, data)
			got := lines(t, h.Records())
			for _, line := range res.Log {
				got = append(got, "log "+line+"\n"...)
			}
			if res.Problem != nil {
				got = append(got, "problem "+res.Problem.Error()+"\n"...)
			}
			golden := name + ".golden"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-golden +now)\n%s", diff)
			}
		})
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		tags []string
		want record.Transaction
	}{
		{"a debit", []string{"TRNTYPE", "DEBIT", "DTPOSTED", "20260202", "TRNAMT", "-12,30", "FITID", "A1", "NAME", "CB CAFE"},
			record.Transaction{Booked: record.Date(2026, 2, 2), Amount: "-12.30", Label: "CB CAFE", Kind: "DEBIT"}},
		{"name within memo", []string{"DTPOSTED", "20260202", "TRNAMT", "1", "NAME", "Virement", "MEMO", "VIREMENT de Camille"},
			record.Transaction{Booked: record.Date(2026, 2, 2), Amount: "1", Label: "VIREMENT de Camille"}},
		{"name and memo", []string{"DTPOSTED", "20260202", "TRNAMT", "1", "NAME", "A", "MEMO", "B"},
			record.Transaction{Booked: record.Date(2026, 2, 2), Amount: "1", Label: "A B"}},
		{"bare ampersand and less-than", []string{"DTPOSTED", "20260202", "TRNAMT", "1", "NAME", "AT&T &amp; Fils <3 a<b"},
			record.Transaction{Booked: record.Date(2026, 2, 2), Amount: "1", Label: "AT&T & Fils <3 a<b"}},
		{"CDATA", []string{"DTPOSTED", "20260202", "TRNAMT", "1", "NAME", "<![CDATA[a <b> &amp; c]]>"},
			record.Transaction{Booked: record.Date(2026, 2, 2), Amount: "1", Label: "a <b> &amp; c"}},
		{"cheque", []string{"DTPOSTED", "20260202", "TRNAMT", "-5.", "CHECKNUM", "0001025", "NAME", "CHQ"},
			record.Transaction{Booked: record.Date(2026, 2, 2), Amount: "-5", Label: "CHQ", Reference: "0001025"}},
		{"zeros for no cheque", []string{"DTPOSTED", "20260202", "TRNAMT", "-5", "CHECKNUM", "0", "REFNUM", "R7", "NAME", "X"},
			record.Transaction{Booked: record.Date(2026, 2, 2), Amount: "-5", Label: "X", Reference: "R7"}},
		{"value date", []string{"DTPOSTED", "20260202", "DTAVAIL", "20260204", "TRNAMT", "-5", "NAME", "X"},
			record.Transaction{Booked: record.Date(2026, 2, 2), ValueDate: record.Date(2026, 2, 4), Amount: "-5", Label: "X"}},
		{"zeros for no date", []string{"DTPOSTED", "00000000", "DTUSER", "20260203", "TRNAMT", "-5", "NAME", "X"},
			record.Transaction{Booked: record.Date(2026, 2, 3), Amount: "-5", Label: "X"}},
		{"no such day", []string{"DTPOSTED", "20260230", "TRNAMT", "-5", "NAME", "X"},
			record.Transaction{Booked: record.MonthOf(2026, 2), Amount: "-5", Label: "X"}},
		{"no date", []string{"TRNAMT", "-5", "NAME", "X"}, record.Transaction{Amount: "-5", Label: "X"}},
		{"zero without digits", []string{"DTPOSTED", "20260202", "TRNAMT", "            .  ", "NAME", "SALDO DIA"},
			record.Transaction{Booked: record.Date(2026, 2, 2), Amount: "0", Label: "SALDO DIA"}},
		{"currency sign", []string{"DTPOSTED", "20260202", "TRNAMT", "R$ -0,50", "NAME", "X"},
			record.Transaction{Booked: record.Date(2026, 2, 2), Amount: "-0.50", Label: "X"}},
		{"own currency", []string{"DTPOSTED", "20260202", "TRNAMT", "-5", "NAME", "X", "CURRENCY", "\n<CURRATE>1.1<CURSYM>USD</CURRENCY>"},
			record.Transaction{Booked: record.Date(2026, 2, 2), Amount: "-5", Label: "X", Currency: "USD"}},
		{"converted currency", []string{"DTPOSTED", "20260202", "TRNAMT", "-5", "NAME", "X", "ORIGCURRENCY", "\n<CURRATE>1.1<CURSYM>USD</ORIGCURRENCY>"},
			record.Transaction{Booked: record.Date(2026, 2, 2), Amount: "-5", Label: "X", Currency: "EUR"}},
		{"payee", []string{"DTPOSTED", "20260202", "TRNAMT", "-5", "PAYEE", "\n<NAME>Mme Y<CITY>Lyon</PAYEE>", "MEMO", "Loyer"},
			record.Transaction{Booked: record.Date(2026, 2, 2), Amount: "-5", Label: "Mme Y Loyer", Counterparty: "Mme Y"}},
		{"empty leaf never closed", []string{"DTPOSTED", "20260202", "ODDTAG", "", "TRNAMT", "-5", "NAME", "X"},
			record.Transaction{Booked: record.Date(2026, 2, 2), Amount: "-5", Label: "X"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h, res := play(t, sample(tags(tc.tags...)))
			got := of[record.Transaction](t, h, record.TypeTransaction)
			if res.Err != nil || len(got) != 1 {
				t.Fatalf("got %v, %v", got, res.Err)
			}
			got[0].Extra = nil
			tc.want.BankAccount, tc.want.State = "bank|30003|01234|00012345678|CHECKING", "booked"
			if tc.want.Currency == "" {
				tc.want.Currency = "EUR"
			}
			if diff := cmp.Diff(fmt.Sprintf("%+v", tc.want), fmt.Sprintf("%+v", got[0])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExtra_keeps_what_has_no_place(t *testing.T) {
	t.Parallel()
	h, _ := play(t, sample(tags("TRNTYPE", "ATM", "DTPOSTED", "20260230", "TRNAMT", "-5", "FITID", "F", "NAME", "A", "MEMO", "B", "SIC", "5411",
		"CATEGORY", "Food", "CURRENCY", "\n<CURRATE>1.1<CURSYM>USD</CURRENCY>")))
	want := map[string]any{"DTPOSTED": "20260230", "FITID": "F", "NAME": "A", "MEMO": "B", "SIC": "5411", "CATEGORY": "Food",
		"CURRENCY": map[string]any{"CURRATE": "1.1", "CURSYM": "USD"}}
	if diff := cmp.Diff(want, of[record.Transaction](t, h, record.TypeTransaction)[0].Extra); diff != "" {
		t.Error(diff)
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	one := tags("DTPOSTED", "20260202", "TRNAMT", "-1.50", "FITID", "7", "NAME", "Café")
	other := tags("DTPOSTED", "20260203", "TRNAMT", "-1.50", "FITID", "7", "NAME", "Café")
	more := tags("DTPOSTED", "20260202", "TRNAMT", "-2.50", "FITID", "7", "NAME", "Café")
	nameless := tags("DTPOSTED", "20260202", "TRNAMT", "-1.50", "FITID", "0000", "NAME", "Café")
	ids := func(list string) []string {
		h, res := play(t, sample(list))
		if res.Err != nil {
			t.Fatal(res.Err)
		}
		var all []string
		for _, r := range h.Records() {
			if r.Type == record.TypeTransaction {
				all = append(all, r.ID)
			}
		}
		return all
	}
	t.Run("one FITID for several days, amounts and equal lines", func(t *testing.T) {
		all := ids(one + other + more + one)
		if len(all) != 4 || len(slices.Compact(slices.Sorted(slices.Values(all)))) != 4 {
			t.Errorf("lines collapsed: %q", all)
		}
	})
	t.Run("do not depend on what else the file holds", func(t *testing.T) {
		if a, b := ids(one)[0], ids(other + more + one)[2]; a != b {
			t.Errorf("got %q, then %q", a, b)
		}
	})
	t.Run("stay empty when the bank gives none", func(t *testing.T) {
		if all := ids(nameless + nameless); !slices.Equal(all, []string{"", ""}) {
			t.Errorf("got %q", all)
		}
	})
	t.Run("differ between accounts", func(t *testing.T) {
		a := &survey{}
		x := a.account(&node{name: "BANKACCTFROM", leaves: []leaf{{"BANKID", "1|2", 1}, {"ACCTID", "3", 1}}}, "STMTRS")
		y := a.account(&node{name: "BANKACCTFROM", leaves: []leaf{{"BANKID", "1", 1}, {"BRANCHID", "2", 1}, {"ACCTID", "3", 1}}}, "STMTRS")
		if x.id == y.id {
			t.Errorf("both are %q", x.id)
		}
	})
}

func TestSecondRun_adds_nothing(t *testing.T) {
	t.Parallel()
	one := tags("DTPOSTED", "20260202", "TRNAMT", "-1.50", "FITID", "7", "NAME", "Café")
	h, _ := play(t, sample(one+one))
	before := len(h.Records())
	if res := again(t, h); res.Err != nil || len(h.Records()) != before {
		t.Errorf("got %d records after %d, %v", len(h.Records()), before, res.Err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	good := tags("DTPOSTED", "20260202", "TRNAMT", "-1.50", "FITID", "7", "NAME", "Café")
	whole := string(sample(good))
	for _, tc := range []struct{ name, file, reason string }{
		{"empty file", "", "no <OFX> tag"},
		{"another format", "date;libellé;montant\n", "no <OFX> tag"},
		{"no statement", "<OFX></OFX>", "no statement in the file: it is empty"},
		{"sign-on", "<OFX><SIGNONMSGSRSV1><SONRS><DTSERVER>20260101</SONRS></SIGNONMSGSRSV1></OFX>", "it holds a sign-on"},
		{"profile", "<OFX><PROFMSGSRSV1><PROFTRNRS></PROFTRNRS></PROFMSGSRSV1></OFX>", "it holds a bank's profile"},
		{"error of the bank", "<OFX><SIGNONMSGSRSV1><SONRS>\n<STATUS><CODE>15500<SEVERITY>ERROR<MESSAGE>Bad password</STATUS></SONRS></SIGNONMSGSRSV1></OFX>",
			`line 2: the bank answered with error "15500" Bad password`},
		{"amount that is none", string(sample(good + tags("DTPOSTED", "20260202", "TRNAMT", "12O", "NAME", "X"))), `line 15: TRNAMT is no amount: "12O"`},
		{"amount that is empty", string(sample(good + tags("DTPOSTED", "20260202", "TRNAMT", "", "NAME", "X"))), "line 15: TRNAMT is empty"},
		{"amount that is missing", string(sample(good + tags("DTPOSTED", "20260202", "NAME", "X"))), "line 14: STMTTRN has no TRNAMT"},
		{"text for a transaction", string(sample("<STMTTRN>\n*snipped*\n</STMTTRN>")), "line 9: STMTTRN has no TRNAMT"},
		{"date in another notation", string(sample(tags("DTPOSTED", "02/03/2026", "TRNAMT", "1"))), `line 9: DTPOSTED is no date: "02/03/2026"`},
		{"cut in a transaction", whole[:strings.Index(whole, "<NAME>")+8], "line 8: the file ends within BANKTRANLIST: it was cut"},
		{"cut between two", whole[:strings.Index(whole, "</STMTTRN>")+10], "line 8: the file ends within BANKTRANLIST: it was cut"},
		{"cut in a comment", "<OFX>\n<!-- ", "line 2: the file ends within a comment"},
		{"transaction outside a statement", "<OFX>" + good + "</OFX>", "line 1: STMTTRN outside a statement"},
		{"UTF-16", "\xff\xfe<\x00O\x00", "UTF-16"},
		{"deep", "<OFX>" + strings.Repeat("<A>", 200), "nested over 100 deep"},
		{"endless value", string(sample(tags("DTPOSTED", "20260202", "TRNAMT", "1", "MEMO", strings.Repeat("x", 70<<10)))), "MEMO holds more than"},
		{"endless transaction", string(sample("<STMTTRN><TRNAMT>1<DTPOSTED>20260202" + strings.Repeat("<A>b", 3000) + "</STMTTRN>")), "STMTTRN holds too much"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h, res := play(t, []byte(tc.file))
			if res.Code() != protocol.InvalidFile || !strings.Contains(res.Problem.Message, tc.reason) {
				t.Errorf("got %v, want %q", res.Problem, tc.reason)
			}
			if len(h.Records()) != 0 {
				t.Errorf("%d records of a refused file were kept", len(h.Records()))
			}
		})
	}
}

func TestRefusal_of_a_long_file_keeps_nothing(t *testing.T) {
	t.Parallel()
	var list strings.Builder
	for i := range 3000 {
		list.WriteString(tags("DTPOSTED", "20260202", "TRNAMT", "-1.50", "FITID", fmt.Sprint("F", i), "NAME", "X"))
	}
	good := list.String()
	h, res := play(t, sample(good))
	if res.Err != nil || len(h.Records()) != 3002 || res.Saves < 3 {
		t.Errorf("got %d records in %d saves, %v", len(h.Records()), res.Saves, res.Err)
	}
	h, res = play(t, sample(good+tags("DTPOSTED", "20260202", "TRNAMT", "x")))
	if res.Code() != protocol.InvalidFile || len(h.Records()) != 0 || res.Saves != 0 {
		t.Errorf("got %d records, %v", len(h.Records()), res.Problem)
	}
}

func TestBalances(t *testing.T) {
	t.Parallel()
	whole := string(sample(""))
	for _, tc := range []struct {
		tag  string
		want int
		log  string
	}{
		{"<LEDGERBAL><BALAMT>100.00<DTASOF>20260228</LEDGERBAL>", 1, ""},
		{"<LEDGERBAL><BALAMT><DTASOF>20260228</LEDGERBAL>", 0, ""},
		{"<LEDGERBAL><BALAMT /><DTASOF /></LEDGERBAL>", 0, ""},
		{"<LEDGERBAL><BALAMT>R$ 5.326,43<DTASOF>20260228</LEDGERBAL>", 1, ""},
		{"<LEDGERBAL><BALAMT>beaucoup<DTASOF>20260228</LEDGERBAL>", 0, `the balance "beaucoup" cannot be read and is left out`},
		{"<LEDGERBAL><BALAMT>5<DTASOF>05/06/2025</LEDGERBAL>", 0, `its date "05/06/2025" cannot be read`},
		{"<LEDGERBAL><BALAMT>5<DTASOF>20260228</LEDGERBAL><AVAILBAL><BALAMT>4<DTASOF>20260228</AVAILBAL>", 2, ""},
	} {
		h, res := play(t, []byte(strings.Replace(whole, "<LEDGERBAL><BALAMT>100.00<DTASOF>20260228</LEDGERBAL>", tc.tag, 1)))
		if got := of[record.Balance](t, h, record.TypeBalance); res.Err != nil || len(got) != tc.want {
			t.Errorf("%s: got %v, %v", tc.tag, got, res.Err)
		}
		if said := strings.Join(res.Log, "\n"); !strings.Contains(said, tc.log) || tc.log == "" && said != "" {
			t.Errorf("%s: the log says %q", tc.tag, said)
		}
	}
}

func TestTolerance(t *testing.T) {
	t.Parallel()
	good := tags("DTPOSTED", "20260202", "TRNAMT", "-1.50", "FITID", "7", "NAME", "Café")
	whole := string(sample(good + good))
	for name, file := range map[string]string{
		"no header":                  whole[strings.Index(whole, "<OFX>"):],
		"XML header":                 `<?xml version="1.0"?><?OFX OFXHEADER="200"?>` + whole[strings.Index(whole, "<OFX>"):],
		"mark":                       "\ufeff" + whole,
		"lower case":                 strings.ToLower(whole),
		"one line":                   strings.ReplaceAll(whole, "\n", ""),
		"carriage returns":           strings.ReplaceAll(whole, "\n", "\r\n"),
		"Windows-1252":               strings.ReplaceAll(whole, "é", "\xe9"),
		"transactions never closed":  strings.ReplaceAll(whole, "</STMTTRN>", ""),
		"statement never closed":     whole[:strings.Index(whole, "</BANKTRANLIST>")+15],
		"ends of nothing":            strings.ReplaceAll(whole, "</STMTTRN>", "</NAME></FOO></STMTTRN>"),
		"a prefix":                   strings.NewReplacer("<STMTTRN>", "<x:STMTTRN>", "</STMTTRN>", "</x:STMTTRN>").Replace(whole),
		"the account after the list": movedAccount(whole),
	} {
		h, res := play(t, []byte(file))
		got := of[record.Transaction](t, h, record.TypeTransaction)
		if res.Err != nil || len(got) != 2 {
			t.Errorf("%s: got %v, %v", name, got, res.Err)
			continue
		}
		if !strings.EqualFold(got[1].Label, "Café") || got[1].BankAccount != "bank|30003|01234|00012345678|CHECKING" {
			t.Errorf("%s: got %+v", name, got[1])
		}
	}
}

func movedAccount(whole string) string {
	from := strings.Index(whole, "<BANKACCTFROM>")
	to := strings.Index(whole, "</BANKACCTFROM>") + len("</BANKACCTFROM>")
	return strings.Replace(whole[:from]+whole[to:], "</BANKTRANLIST>", "</BANKTRANLIST>"+whole[from:to], 1)
}

func TestPending_lines_say_so(t *testing.T) {
	t.Parallel()
	file := strings.NewReplacer("BANKTRANLIST", "BANKTRANLISTP", "STMTTRN>", "STMTTRNP>", "DTPOSTED", "DTTRAN").
		Replace(string(sample(tags("DTPOSTED", "20260202", "TRNAMT", "-1.50", "NAME", "X"))))
	h, res := play(t, []byte(file))
	got := of[record.Transaction](t, h, record.TypeTransaction)
	if res.Err != nil || len(got) != 1 || got[0].State != "pending" || got[0].Booked != record.Date(2026, 2, 2) {
		t.Errorf("got %+v, %v", got, res.Err)
	}
}

func TestMode_other_than_file_is_refused(t *testing.T) {
	t.Parallel()
	h, _ := play(t, sample(""))
	h.Mode = protocol.ModePull
	if res := again(t, h); res.Code() != protocol.Internal {
		t.Errorf("got %v", res.Problem)
	}
}
