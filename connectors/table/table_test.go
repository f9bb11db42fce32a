package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/sdktest"
)

var update = flag.Bool("update", false, "write the tables of docs/formats.md")

// french is what a bank of Brittany would give: lines above the headings, a
// balance, quotes, and a comma before the decimals.
const french = `Banque de l’Ouest;;;;
Compte n° 12345678901;;;;

Date;Date de valeur;Libellé;Débit;Crédit;Solde
25/01/2026;26/01/2026;"CB CAFÉ ""DU COIN"" ; QUIMPER";-3,20;;1 234,50
25/01/2026;26/01/2026;"CB CAFÉ ""DU COIN"" ; QUIMPER";-3,20;;1 237,70
02/01/2026;02/01/2026;VIR SALAIRE;;2 100,00;1 240,90
`

// say writes transactions as day, label, amount and currency.
func say(t *testing.T, h *sdktest.Host) (all []string) {
	t.Helper()
	for _, x := range of[record.Transaction](t, h, record.TypeTransaction) {
		all = append(all, fmt.Sprintf("%s %s %s %s", x.Booked, x.Label, x.Amount, x.Currency))
	}
	return all
}

func wide(text string, little bool) []byte {
	var out bytes.Buffer
	for _, u := range utf16.Encode([]rune(text)) {
		if little {
			out.Write([]byte{byte(u), byte(u >> 8)})
		} else {
			out.Write([]byte{byte(u >> 8), byte(u)})
		}
	}
	return out.Bytes()
}

func TestTable_is_read_however_its_text_is_written(t *testing.T) {
	t.Parallel()
	var latin []byte
	for _, r := range strings.ReplaceAll(french, "’", "'") {
		latin = append(latin, byte(r))
	}
	for name, data := range map[string][]byte{
		"UTF-8": []byte(french), "with a mark": []byte("\ufeff" + french), "Windows-1252": latin, "UTF-16, little": wide("\ufeff"+french, true), "UTF-16, big": wide("\ufeff"+french, false),
		"UTF-16 without a mark": wide(french, true), "carriage returns": []byte(strings.ReplaceAll(french, "\n", "\r")), "both": []byte(strings.ReplaceAll(french, "\n", "\r\n")),
		"tabs": []byte(strings.ReplaceAll(strings.ReplaceAll(french, " ; ", " , "), ";", "\t")), "bars": []byte(strings.ReplaceAll(french, ";", "|")),
		"commas": []byte(`Date,Date de valeur,Libellé,Débit,Crédit,Solde
25/01/2026,26/01/2026,"CB CAFÉ ""DU COIN"" ; QUIMPER","-3,20",,"1 234,50"
25/01/2026,26/01/2026,"CB CAFÉ ""DU COIN"" ; QUIMPER","-3,20",,"1 237,70"
02/01/2026,02/01/2026,VIR SALAIRE,,"2 100,00","1 240,90"`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, res := play(t, data, "date=Date,value-date=Date de valeur,label=Libellé,out=Débit,in=Crédit,balance=Solde,currency=EUR,account=Joint")
			if res.Err != nil {
				t.Fatal(res.Err)
			}
			got := say(t, d.Host)
			for i := range got {
				got[i] = strings.NewReplacer(" , ", " ; ", " | ", " ; ").Replace(got[i])
			}
			want := []string{`2026-01-25 CB CAFÉ "DU COIN" ; QUIMPER -3.20 EUR`, `2026-01-25 CB CAFÉ "DU COIN" ; QUIMPER -3.20 EUR`, "2026-01-02 VIR SALAIRE 2100.00 EUR"}
			if diff := cmp.Diff(got, want); diff != "" {
				t.Error(diff)
			}
			balance := of[record.Balance](t, d.Host, record.TypeBalance)
			if len(balance) != 1 || balance[0].Amount != "1234.50" {
				t.Errorf("balances %+v", balance)
			}
		})
	}
}

func TestTable_asks_with_a_guess(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, want string }{
		"French":       {french, "date=Date,value-date=Date de valeur,label=Libellé,out=Débit,in=Crédit,balance=Solde,order=dmy,decimal=comma,account=12345678901"},
		"English":      {"Transaction Date,Description,Amount (GBP),Balance\n2026-01-25,Shop,-3.20,100.00\n", "date=Transaction Date,label=Description,amount=Amount (GBP),balance=Balance,decimal=point,currency=GBP"},
		"German":       {"Buchungstag;Valutadatum;Auftraggeber/Empfänger;Verwendungszweck;Betrag;Währung\n25.01.26;25.01.26;Bäckerei;Brot;-3,20;EUR\n", "date=Buchungstag,value-date=Valutadatum,label=Verwendungszweck,counterparty=Auftraggeber/Empfänger,amount=Betrag,currency=Währung,order=dmy,decimal=comma"},
		"Spanish":      {"Fecha;Fecha valor;Concepto;Importe;Saldo\n25/01/2026;25/01/2026;Panadería;-3,20;10,00\n", "date=Fecha,value-date=Fecha valor,label=Concepto,amount=Importe,balance=Saldo,order=dmy,decimal=comma"},
		"Italian":      {"Data operazione;Data valuta;Descrizione;Addebiti;Accrediti\n25/01/2026;25/01/2026;Pane;-3,20;\n26/01/2026;26/01/2026;Stipendio;;1.200,00\n", "date=Data operazione,value-date=Data valuta,label=Descrizione,out=Addebiti,in=Accrediti,order=dmy,decimal=comma"},
		"Dutch":        {"Datum,Naam / Omschrijving,Rekening,Af Bij,Bedrag (EUR),Mededelingen\n20260125,Bakker,NL91ABNA0417164300,Af,\"3,20\",Brood\n", "date=Datum,label=Naam / Omschrijving,note=Mededelingen,amount=Bedrag (EUR),sign=Af Bij,account=Rekening,decimal=comma,currency=EUR"},
		"no headings":  {"25.01.2026;BROT;-3,20;EUR\n26.01.2026;BROT UND MEHR;-4,20;EUR\n", "date=#1,label=#2,amount=#3,currency=#4,order=dmy,decimal=comma"},
		"a sign":       {"Date,Label,Amount\n2026-01-25,Shop,€3.20\n", "date=Date,label=Label,amount=Amount,decimal=point,currency=EUR"},
		"same heading": {"Date,Label,Label,Amount\n2026-01-25,a,b,-3.20\n", "date=Date,label=#2,amount=Amount,decimal=point"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, _ := play(t, []byte(tc.text))
			if len(d.asked) == 0 || d.asked[0].Names != tc.want {
				t.Errorf("got %+v\nwant %s", d.asked, tc.want)
			}
		})
	}
}

func TestTable_refuses_an_answer_with_what_is_wrong(t *testing.T) {
	t.Parallel()
	const text = "Date;Valeur;Libellé;Montant;Autre\n05/06/2026;07/06/2026;a;1,234;x\n08/06/2026;08/06/2026;b;-2;y\n"
	for said, want := range map[string]string{
		"label=Libellé,amount=Montant":                                                 "date missing",
		"date=Date,label=Libellé":                                                      "amount missing",
		"date=Date,amount=Montant":                                                     "label missing",
		"date=Date,date=Valeur,label=Libellé,amount=Montant":                           "date twice",
		"date=Date,label=Libellé,amount=Montant,out=Autre":                             "amount both",
		"date=Date,label=Date,amount=Montant":                                          "label both",
		"date=Autre,label=Libellé,amount=Montant,currency=EUR":                         "date unread",
		"date=Date,label=Libellé,amount=Autre,order=dmy,currency=EUR":                  "amount unread",
		"date=Date,label=Libellé,amount=Montant,decimal=comma,currency=EUR":            "order open",
		"date=Date,label=Libellé,amount=Montant,order=dmy,currency=EUR":                "decimal open",
		"date=Date,label=Libellé,amount=Montant,order=dmy,decimal=comma":               "currency missing",
		"date=Date,label=Libellé,amount=Montant,order=dmy,decimal=comma,currency=bits": "currency unknown",
		"date=Date,label=Nowhere,amount=Montant":                                       "label unknown",
		"date=#9,label=Libellé,amount=Montant":                                         "date unknown",
		"date=Date,colour=Autre":                                                       "colour unknown",
		"order=xyz":                                                                    "order unknown",
		"nonsense":                                                                     "nonsense unknown",
	} {
		d, res := play(t, []byte(text), said, said)
		if res.Code() != protocol.InvalidFile || len(d.Records()) != 0 {
			t.Errorf("%s: %v, %d records", said, res.Err, len(d.Records()))
		}
		if f := d.asked[1].Faults; len(f) == 0 || f[0].At+" "+f[0].Why != want || !strings.Contains(res.Problem.Message, f[0].Text) {
			t.Errorf("%s: got %+v, want %s", said, f, want)
		}
	}
	d, res := play(t, []byte(text), "date=Date,label=Libellé,amount=Montant,order=mdy,decimal=point,currency=CHF,account=\"Libellé\"")
	if got := say(t, d.Host); res.Err != nil || got[0] != "2026-05-06 a 1234 CHF" {
		t.Errorf("%q, %v", got, res.Err)
	}
	if a := of[record.BankAccount](t, d.Host, record.TypeBankAccount); len(a) != 1 {
		t.Errorf("accounts %+v", a)
	}
}

func TestTable_leaves_out_the_rows_that_cannot_be_read_and_tells_each(t *testing.T) {
	t.Parallel()
	const text = `Date,Label,Amount,Currency
2026-01-01,good,1.00,EUR
2026-01-32,no day,1.00,EUR
2026-01-02,no amount,seven,EUR
2026-01-03,empty amount,,EUR
2026-01-04,formula,=1+2,EUR
2026-01-05,=cmd|' /C calc'!A0,-2.00,EUR
2026-01-06,a comma, too many,-3.00,EUR
2026-01-07,short
2026-01-08,decimals,"3,20",EUR
2026-01-09,money,1.00,beans
2026-01-10,"a quote that nobody closes,-4.00,EUR
2026-01-11,trailing,-5.00,EUR,,
2026-01-12,"over
two lines",-6.00,EUR
Total,,-20.00,
`
	d, res := play(t, []byte(text), "date=Date,label=Label,amount=Amount,currency=Currency,decimal=point")
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	want := []string{"2026-01-01 good 1.00 EUR", "2026-01-05 =cmd|' /C calc'!A0 -2.00 EUR", `2026-01-10 "a quote that nobody closes -4.00 EUR`, "2026-01-11 trailing -5.00 EUR", "2026-01-12 over two lines -6.00 EUR"}
	if diff := cmp.Diff(say(t, d.Host), want); diff != "" {
		t.Error(diff)
	}
	log := []string{
		"warn: 9 of 14 rows are left out", `warn: line 3: "2026-01-32" is no date`, `warn: line 4: "seven" is no amount`, "warn: line 5: no amount", `warn: line 6: "=1+2" is no amount`,
		"warn: line 8: 5 cells where the table has 4 columns", "warn: line 9: no amount", `warn: line 10: "3,20" is no amount`, `warn: line 11: "beans" is no currency`, `warn: line 16: "Total" is no date`,
	}
	if diff := cmp.Diff(res.Log, log); diff != "" {
		t.Error(diff)
	}
}

func TestTable_refuses_a_file_that_is_none(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ data, want string }{
		"empty":          {"", "empty"},
		"headings only":  {"Date;Libellé;Montant\n", "headings and no rows"},
		"a picture":      {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not text"},
		"a late zero":    {"Date,Label,Amount\n2026-01-01,a,1.00\n" + strings.Repeat("2026-01-01,b,1.00\n", 90000) + "\x00", "not text"},
		"a workbook":     {"PK\x03\x04xl/workbook.xml", "workbook"},
		"a PDF":          {"%PDF-1.7\n", "PDF"},
		"prose":          {"Dear all\nThere is nothing here\n", "no table"},
		"no dates":       {"a,b,c\nx,1.00,y\nz,2.00,t\n", "both a day and an amount"},
		"blank":          {"\n\n   \n", "no table"},
		"too many":       {"Date,Amount" + strings.Repeat(",x", 120) + "\n2026-01-01,1.00" + strings.Repeat(",y", 120) + "\n", "over 100"},
		"half a unit":    {"\xff\xfea", "no table"},
		"nothing can be": {"Date,Label,Debit,Credit,Currency\n2026-01-01,a,1.00,2.00,EUR\n", "no row can be read; line 2: money out and money in"},
	} {
		d, res := play(t, []byte(tc.data))
		if res.Code() != protocol.InvalidFile || !strings.Contains(res.Problem.Message, tc.want) || len(d.Records()) > 0 {
			t.Errorf("%s: %v, %d records", name, res.Err, len(d.Records()))
		}
	}
}

func TestTable_is_settled_when_the_headings_are_known(t *testing.T) {
	t.Parallel()
	const head = "Date;Libellé;Montant\n"
	const said = "date=Date,label=Libellé,amount=Montant,order=dmy,currency=EUR,account=Joint"
	d, res := play(t, []byte(head+"05/06/2026;a;-1,00\n"), said)
	if res.Err != nil || d.asked[0].Settled {
		t.Fatal(res.Err, "settled at once")
	}
	next := func(text string) (protocol.Table, sdktest.Result) {
		d.Input = d.AddFile("next.csv", "text/csv", []byte(text))
		n := len(d.asked)
		res := again(t, d.Host)
		return d.asked[n], res
	}
	ask, res := next(head + "07/06/2026;b;-1,00\n")
	if !ask.Settled || res.Err != nil || res.Counts.Added != 1 {
		t.Errorf("the next month: %+v, %v", ask, res)
	}
	if got := say(t, d.Host); len(got) != 2 || got[1] != "2026-06-07 b -1.00 EUR" {
		t.Errorf("%q", got)
	}
	if ask, _ = next(head + "06/25/2026;b;-1,00\n"); ask.Settled {
		t.Error("settled, though the days are written in another order")
	}
	if ask, _ = next(head + "07/06/2026;b;-1.00\n"); ask.Settled {
		t.Error("settled, though the decimals are written in another way")
	}
	if ask, _ = next("Date;Libellé;Montant;Plus\n07/06/2026;b;-1,00;\n"); ask.Settled {
		t.Error("settled, though the headings are others")
	}
	if ask, res = next("Compte 9876543210\n" + head + "07/06/2026;b;-1,00\n"); !ask.Settled || ask.Account != "9876543210" {
		t.Errorf("the file names another account: %+v", ask)
	}
}

func TestTable_without_headings_is_proposed_and_not_settled(t *testing.T) {
	t.Parallel()
	const text = "25/06/2026;a;-1,00\n26/06/2026;b;-2,00\n"
	d, res := play(t, []byte(text), "date=#1,label=#2,amount=#3,currency=CHF")
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	if again(t, d.Host); d.asked[1].Settled || d.asked[1].Money != "CHF" {
		t.Errorf("%+v", d.asked[1])
	}
}

func TestTable_reads_money_out_and_in(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, said, want string }{
		"positive out":       {"D,L,O,I\n2026-01-01,a,5.00,\n2026-01-02,b,,6.00\n2026-01-03,c,-1.00,\n", "date=D,label=L,out=O,in=I,currency=EUR", "-5.00 6.00 1.00"},
		"negative out":       {"D,L,O,I\n2026-01-01,a,-5.00,0.00\n2026-01-02,b,0.00,6.00\n", "date=D,label=L,out=O,in=I,currency=EUR", "-5.00 6.00"},
		"both, none":         {"D,L,O,I\n2026-01-01,a,5.00,6.00\n2026-01-02,b,,\n2026-01-03,c,1.00,-\n", "date=D,label=L,out=O,in=I,currency=EUR", "-1.00"},
		"a card":             {"D,L,O\n2026-01-01,a,5.00\n2026-01-02,b,-6.00\n", "date=D,label=L,out=O,currency=EUR", "-5.00 6.00"},
		"a word":             {"D,L,A,S\n2026-01-01,a,5.00,Debit\n2026-01-02,b,6.00,CREDIT\n2026-01-03,c,-7.00,debit\n2026-01-04,d,-7.00,credit\n2026-01-05,e,8.00,perhaps\n", "date=D,label=L,amount=A,sign=S,currency=EUR", "-5.00 6.00 -7.00"},
		"brackets and marks": {"D,L,A\n2026-01-01,a,(5.00)\n2026-01-02,b,6.00 CR\n2026-01-03,c,7.00DR\n2026-01-04,d,8.00-\n", "date=D,label=L,amount=A,currency=EUR", "-5.00 6.00 -7.00 -8.00"},
	} {
		d, res := play(t, []byte(tc.text), tc.said)
		var got []string
		for _, x := range of[record.Transaction](t, d.Host, record.TypeTransaction) {
			got = append(got, string(x.Amount))
		}
		if res.Err != nil || strings.Join(got, " ") != tc.want {
			t.Errorf("%s: got %q, %v, want %s", name, got, res.Err, tc.want)
		}
	}
	d, _ := play(t, []byte("D,L,O\n2026-01-01,a,-5.00\n"), "date=D,label=L,out=O,currency=EUR")
	if f := d.asked[1].Faults; len(f) != 1 || f[0].At != "out" || f[0].Why != "open" {
		t.Errorf("negative amounts alone as money out: %+v", f)
	}
}

func TestTable_keeps_what_the_record_has_no_place_for(t *testing.T) {
	t.Parallel()
	d, res := play(t, []byte("Date,Label,Label,Amount,Currency,,Account\n2026-01-25 10:33,a,b,-3.20,EUR,c,FR76 3000 6000 0112 3456 7890 189\n2026-01-26T10:00:00+02:00,a,,-4,EUR,,My card\n"))
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	all := of[record.Transaction](t, d.Host, record.TypeTransaction)
	want := map[string]any{"Date": "2026-01-25 10:33", "Label": "b", "column 6": "c"}
	if diff := cmp.Diff(all[0].Extra, want); diff != "" {
		t.Error(diff)
	}
	if all[0].BankAccount != "iban|FR7630006000011234567890189" || all[1].BankAccount != "name|my card" || all[1].Booked.String() != "2026-01-26T10:00:00+02:00" {
		t.Errorf("%+v", all)
	}
}

func TestTable_joins_a_label_over_two_rows(t *testing.T) {
	t.Parallel()
	d, res := play(t, []byte("Date,Label,Amount,Currency\n2026-01-25,PURCHASE,-3.20,EUR\n,at the baker’s,,\n2026-01-26,FEE,-1.00,EUR\n,for nothing,,\n"))
	if diff := cmp.Diff(say(t, d.Host), []string{"2026-01-25 PURCHASE at the baker’s -3.20 EUR", "2026-01-26 FEE for nothing -1.00 EUR"}); diff != "" || res.Log != nil {
		t.Error(diff, res.Log)
	}
}

func TestTable_bounds_lines_and_cells(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxLine+10)
	d, res := play(t, []byte("Date,Label,Amount,Currency\n2026-01-25,"+long+",-3.20,EUR\n2026-01-26,"+long[:5000]+",-1.00,EUR\n"))
	all := of[record.Transaction](t, d.Host, record.TypeTransaction)
	if res.Err != nil || len(all) != 1 || len([]rune(all[0].Label)) != maxLabel || len(res.Log) != 2 {
		t.Errorf("%d, %v, %q", len(all), res.Err, res.Log)
	}
}

// FuzzTable reads anything as a table. Each row comes in or is told, and what
// is proposed is a mapping that reads as itself.
func FuzzTable(f *testing.F) {
	f.Add([]byte(french), "")
	f.Add([]byte("Date,Label,Amount,Currency\n2026-01-25,\"a,-3.20,EUR\n2026-01-25,\"b\",1.00,EUR\n"), "date=#1,label=#2,amount=#3,currency=#4")
	f.Add(wide("D\tL\tA\n1/2/26\tx\t(1)\n", true), `date=D,label=L,amount=A,order=mdy,currency="EUR",account="a, ""b"""`)
	f.Add([]byte("25.01.2026|a|1.234|EUR\r25.01.2026|b|1,2|EUR"), "decimal=comma")
	f.Fuzz(func(t *testing.T, b []byte, said string) {
		d := at(t, b, said)
		res, err := d.Run(sdk.Connector(run).Serve)
		if err != nil {
			t.Fatal(err)
		}
		if res.Err != nil {
			if res.Code() != protocol.InvalidFile || len(d.Records()) > 0 {
				t.Fatalf("%v, %d records", res.Err, len(d.Records()))
			}
			return
		}
		var past memory
		if err := json.Unmarshal(d.State, &past); err != nil || len(past.Tables) != 1 {
			t.Fatal(err)
		}
		for _, x := range of[record.Transaction](t, d.Host, record.TypeTransaction) {
			if _, err := record.ParseMoney(string(x.Amount)); err != nil || len(x.Currency) != 3 || x.Booked.Precision() < record.Day {
				t.Errorf("%+v", x)
			}
		}
	})
}
