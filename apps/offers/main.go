// Command offers prices a home insurance on the electricity of a year, at home.
// The insurer is simulated. It learns the band when the person accepts, and
// nothing before.
package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

//go:embed strings offer.json
var files embed.FS

func main() { app.Main(run) }

func run(s *app.Session) error {
	t, err := s.Strings(files)
	if err != nil {
		return err
	}
	o, err := readOffer()
	if err != nil {
		return err
	}
	used, err := lastYear(s, o.Unit)
	if err != nil {
		return err
	}
	v := view.View{Title: t.T("title"), Nodes: []view.Node{{Kind: view.KindEmpty, Text: app.Plain(t.T("empty"))}}}
	if used != nil {
		v = price(t, o, *used)
	}
	return s.Show(v)
}

// An offer is the insurer's published table, the same for everyone.
type offer struct {
	Offer    string      `json:"offer"`
	Until    record.Time `json:"until"`
	Unit     string      `json:"unit"`
	Currency string      `json:"currency"`
	Bands    []band      `json:"bands"` // the smallest first; the last has no bound
}

type band struct {
	Band  string       `json:"band"`
	UpTo  float64      `json:"upto"`
	Price record.Money `json:"price"`
}

func readOffer() (o offer, err error) {
	text, err := files.ReadFile("offer.json")
	if err != nil {
		return o, err
	}
	if err := json.Unmarshal(text, &o); err != nil || len(o.Bands) == 0 {
		return o, fmt.Errorf("read offer: %w", err)
	}
	return o, nil
}

// in returns the band of an amount.
func (o offer) in(amount float64) band {
	for _, b := range o.Bands {
		if b.UpTo == 0 || amount <= b.UpTo {
			return b
		}
	}
	return o.Bands[len(o.Bands)-1]
}

// A year is what was used in one.
type year struct {
	of     string
	amount float64
	value  view.Value
}

const measure = "electricity.consumption"

// lastYear returns what the year before this one comes to, nil for nothing.
func lastYear(s *app.Session, unit string) (*year, error) {
	of := s.Today().Year() - 1
	at := record.YearOf(of)
	groups, err := s.Aggregate(protocol.AggregateRequest{Type: record.TypeSeries, Where: protocol.Where{From: at, To: at}, Group: []string{protocol.ByYear, "measure"}, Sum: "values"})
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		if amount := kilowattHours(g.Sums); g.Key[1] == measure && amount > 0 {
			v := app.Number(record.Decimal(strconv.FormatFloat(amount, 'f', 0, 64)), unit)
			v.Why = &view.Why{Bases: []string{g.Basis}}
			return &year{of: strconv.Itoa(of), amount: amount, value: v}, nil
		}
	}
	return nil, nil
}

// kilowattHours adds up what meters say in either unit.
func kilowattHours(sums []protocol.Sum) (all float64) {
	for _, sum := range sums {
		amount, err := strconv.ParseFloat(string(sum.Value), 64)
		switch {
		case err != nil:
		case sum.Unit == "Wh":
			all += amount / 1000
		case sum.Unit == "kWh":
			all += amount
		}
	}
	return all
}

// price shows the offer, why it is what it is, and what accepting would tell.
func price(t app.Strings, o offer, used year) view.View {
	b := o.in(used.amount)
	money := app.Money(b.Price, o.Currency)
	return view.View{Title: t.T("title"), Summary: t.Text("summary", "price", money, "band", b.Band), Nodes: []view.Node{
		{Kind: view.KindColumns, Nodes: []view.Node{
			{Kind: view.KindStat, Title: t.T("price"), Value: &money, Text: t.Text("until", "day", app.Date(o.Until))},
			{Kind: view.KindStat, Title: t.T("band"), Value: &view.Value{Text: b.Band}},
			{Kind: view.KindStat, Title: t.T("figure", "year", used.of), Value: &used.value},
		}},
		{Kind: view.KindSection, Title: t.T("why"), Nodes: []view.Node{
			{Kind: view.KindText, Text: t.Text("why.text", "used", used.value, "year", used.of, "band", b.Band, "price", money)},
			table(t, o, b),
		}},
		{Kind: view.KindSection, Title: t.T("learn"), Nodes: []view.Node{
			{Kind: view.KindText, Text: app.Plain(t.T("none"))},
			{Kind: view.KindList, Entries: []view.Entry{
				{Text: t.Text("learn.band", "band", b.Band), Note: app.Plain(t.T("learn.band-note"))},
				{Text: app.Plain(t.T("learn.name")), Note: app.Plain(t.T("learn.name-note"))},
			}},
			{Kind: view.KindAct, Title: t.T("accept.hint"), Act: &view.Act{ID: "accept", Choices: map[string]string{"band": b.Band}, Submit: t.T("accept")}},
		}},
	}}
}

// table is the published table, the person's own band marked.
func table(t app.Strings, o offer, mine band) view.Node {
	table := &view.Table{Columns: []view.Column{{Title: t.T("band")}, {Title: t.T("upto"), Right: true}, {Title: t.T("price"), Right: true}}}
	for _, b := range o.Bands {
		bound := app.Number(record.Decimal(strconv.FormatFloat(b.UpTo, 'f', 0, 64)), o.Unit)
		if b.UpTo == 0 {
			bound = view.Value{Text: t.T("open")}
		}
		row := []view.Value{{Text: b.Band}, bound, app.Money(b.Price, o.Currency)}
		if b == mine {
			for i := range row {
				row[i].Level = view.LevelInfo
			}
		}
		table.Rows = append(table.Rows, row)
	}
	return view.Node{Kind: view.KindTable, Title: t.T("bands"), Table: table}
}
