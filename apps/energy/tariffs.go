package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// pack reads a reference pack; false when the home has none.
func (h *house) pack(name string, v any) (from protocol.PackReply, ok bool, err error) {
	from, err = h.Pack(name, v)
	var known *protocol.Error
	if errors.As(err, &known) && known.Code == "not_found" {
		return from, false, nil
	}
	return from, err == nil, err
}

// noPack says which file would bring a pack.
func (h *house) noPack(name string) view.Node {
	return view.Node{Kind: view.KindEmpty, Text: app.Plain(h.t.T("pack.none."+name, "name", name))}
}

// packSource says whose pack it is, and of when.
func (h *house) packSource(name string, from protocol.PackReply, madeUp bool) view.Node {
	key := "pack.source"
	if madeUp {
		key = "pack.made-up"
	}
	return text(h.t.Text(key, "name", name, "version", from.Version, "date", app.Date(from.Date), "source", from.Source))
}

const (
	tariffsName = "electricity-tariffs"
	compared    = 12 // months, the last that are over
)

// tariffs shows what was billed, and what other tariffs would have come to.
func (h *house) tariffs(v *view.View) error {
	bills, contracts, err := h.bills()
	if err != nil {
		return err
	}
	own := billingOf(bills, h.now-compared, compared)
	if len(own.bills) > 0 {
		v.Nodes = append(v.Nodes, h.billedTable(own))
	}
	if why := h.noHours(); why != "" {
		v.Nodes = append(v.Nodes, view.Node{Kind: view.KindEmpty, Text: app.Plain(why)})
		return nil
	}
	var p tariffPack
	from, ok, err := h.pack(tariffsName, &p)
	if err == nil && ok {
		err = p.check()
	}
	if err != nil {
		return err
	}
	if !ok {
		v.Nodes = append(v.Nodes, h.noPack(tariffsName))
		return nil
	}
	if err := h.compare(v, p, own, subscribed(contracts, bills)); err != nil {
		return err
	}
	v.Nodes = append(v.Nodes, h.packSource(tariffsName, from, p.MadeUp))
	return nil
}

// rated asks the home for what was used at each price of a tariff, in the full
// ones of the months compared.
func (h *house) rated(t tariff) ([]total, error) {
	request := byStream(protocol.Where{From: (h.now - compared).record(), To: (h.now - 1).record()}, protocol.ByMonth, protocol.ByRate)
	request.Rates = t.rates()
	groups, err := h.Aggregate(request)
	if err != nil {
		return nil, err
	}
	months := h.book.months(electricity, kilowattHours)
	used := make([]total, len(t.Prices))
	for _, r := range readings(groups) {
		m, ok := parseMonth(r.key[0])
		i, err := strconv.Atoi(r.key[1])
		if ok && err == nil && i < len(used) && months[m].covers >= wholeMonth && r.kind() == electricity && r.of == kilowattHours && r.hasHours() && h.book.chose(r, m) {
			used[i] = used[i].plus(total{q: r.q, bases: []string{r.basis}})
		}
	}
	return used, nil
}

// estimates returns what each tariff of the pack comes to in so many whole months,
// the cheapest first, and which cannot be reckoned, since their dates are not
// known for all of them. Tariffs that change price at the same hours are asked
// for once.
func (h *house) estimates(p tariffPack, kva string, whole int) (all []estimate, unknown []tariff, err error) {
	last := h.now.first().AddDate(0, 0, -1)
	known := map[string][]total{}
	for _, t := range p.Tariffs {
		if _, ok := t.Subscription[kva]; !ok {
			continue
		}
		if !t.Until.IsZero() && t.Until.Instant(time.UTC).Before(last) {
			unknown = append(unknown, t)
			continue
		}
		key, err := json.Marshal(t.rates())
		if err != nil {
			return nil, nil, err
		}
		used := known[string(key)]
		if used == nil {
			if used, err = h.rated(t); err != nil {
				return nil, nil, err
			}
			known[string(key)] = used
		}
		if e, ok := t.cost(used, kva, whole); ok {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(x, y estimate) int { return cmp.Compare(x.total, y.total) })
	return all, unknown, nil
}

// compare sets the pack's tariffs beside what was billed.
func (h *house) compare(v *view.View, p tariffPack, own billing, known string) error {
	kva := h.Param("power")
	if kva == "" {
		kva = known
	}
	if !slices.Contains(p.powers(), kva) {
		kva = "6"
	}
	v.Nodes = append(v.Nodes, h.powerForm(p, kva))
	_, whole := span(h.book.months(electricity, kilowattHours), h.now-compared, compared)
	all, unknown, err := h.estimates(p, kva, whole)
	if err != nil {
		return err
	}
	if len(all) == 0 || whole == 0 {
		v.Nodes = append(v.Nodes, view.Node{Kind: view.KindEmpty, Text: app.Plain(h.t.T("tariffs.none"))})
		return nil
	}
	comparable := own.whole() && own.currency == p.Currency && whole == compared
	if paid, ok := centsOf(own.amount); ok && comparable {
		v.Nodes = append(v.Nodes, h.bestStat(all[0], paid, p.Currency, own))
	}
	v.Nodes = append(v.Nodes, h.tariffTable(all, p.Currency, own, comparable), h.chargeTable(all, p.Currency),
		text(h.t.Text("tariffs.how", "n", app.Int(whole), "kwh", all[0].used.value(kilowattHours), "power", app.Number(record.Decimal(kva), "kVA"))))
	if !comparable {
		v.Nodes = append(v.Nodes, text(h.t.Text("tariffs.not-billed", "days", app.Int(own.days), "span", app.Int(own.span))))
	}
	for _, t := range unknown {
		v.Nodes = append(v.Nodes, text(h.t.Text("tariffs.unknown", "offer", t.Supplier+", "+t.Offer, "day", app.Date(t.Until))))
	}
	return nil
}

func (h *house) powerForm(p tariffPack, kva string) view.Node {
	in := view.Input{Name: "power", Label: h.t.T("tariffs.power"), Kind: view.InputChoice, Value: kva}
	for _, power := range p.powers() {
		in.Options = append(in.Options, view.Option{Value: power, Label: power + " kVA"})
	}
	return view.Node{Kind: view.KindForm, Form: &view.Form{Link: view.Link{View: viewTariffs}, Fields: []view.Input{in}, Submit: h.t.T("show")}}
}

// bestStat says what the cheapest tariff would have changed.
func (h *house) bestStat(best estimate, paid int64, currency string, own billing) view.Node {
	value := app.Money(moneyOf(max(paid-best.total, 0)), currency)
	value.Why = &view.Why{Rows: own.rows()}
	note := h.t.Text("tariffs.best", "offer", best.tariff.Supplier+", "+best.tariff.Offer, "total", app.Money(moneyOf(best.total), currency), "paid", app.Money(moneyOf(paid), currency))
	if best.total >= paid {
		note = h.t.Text("tariffs.none-better", "paid", app.Money(moneyOf(paid), currency))
	}
	return stat(h.t.T("tariffs.saving"), value, note)
}

func (h *house) tariffTable(all []estimate, currency string, own billing, comparable bool) view.Node {
	table := &view.Table{Columns: []view.Column{{Title: h.t.T("tariffs.supplier")}, {Title: h.t.T("tariffs.offer")}, {Title: h.t.T("tariffs.since")},
		{Title: h.t.T("tariffs.subscription"), Right: true}, {Title: h.t.T("tariffs.total"), Right: true}, {Title: h.t.T("tariffs.against"), Right: true}}}
	paid, ok := centsOf(own.amount)
	for _, e := range all {
		total := app.Money(moneyOf(e.total), currency)
		total.Why = e.used.why()
		row := []view.Value{{Text: e.tariff.Supplier}, {Text: e.tariff.Offer}, app.Date(e.tariff.From), app.Money(moneyOf(e.subscription), currency), total, {}}
		if ok && comparable {
			row[5] = app.Money(moneyOf(e.total-paid), currency)
			row[5].Why = &view.Why{Rows: own.rows(), Bases: total.Why.Bases}
			if e.total < paid {
				row[5].Level = view.LevelGood
			}
		}
		table.Rows = append(table.Rows, row)
	}
	return view.Node{Kind: view.KindTable, Title: h.t.T("tariffs.title"), Table: table}
}

// chargeTable says what each total is made of.
func (h *house) chargeTable(all []estimate, currency string) view.Node {
	table := &view.Table{Columns: []view.Column{{Title: h.t.T("tariffs.offer")}, {Title: h.t.T("tariffs.part")},
		{Title: h.t.T("tariffs.quantity"), Right: true}, {Title: h.t.T("tariffs.price"), Right: true}, {Title: h.t.T("tariffs.amount"), Right: true}}}
	for _, e := range all {
		for i, c := range e.charges {
			amount := app.Money(moneyOf(c.cents), currency)
			amount.Why = c.used.why()
			of := e.tariff.Prices[i]
			table.Rows = append(table.Rows, []view.Value{{Text: e.tariff.Offer}, {Text: cmp.Or(of.Label, h.t.T("price."+of.Name))}, c.used.value(kilowattHours),
				app.Money(of.Price, currency), amount})
		}
	}
	return view.Node{Kind: view.KindTable, Title: h.t.T("tariffs.parts"), Table: table}
}

// billedTable is what was billed, by the labels of the lines.
func (h *house) billedTable(own billing) view.Node {
	table := &view.Table{Columns: []view.Column{{Title: h.t.T("tariffs.part")}, {Title: h.t.T("tariffs.quantity"), Right: true},
		{Title: h.t.T("billed.mean"), Right: true}, {Title: h.t.T("tariffs.amount"), Right: true}}}
	for _, p := range parts(own.bills) {
		amount := app.Money(p.amount, own.currency)
		if p.amount == "" {
			amount = view.Value{}
		}
		amount.Why = &view.Why{Rows: p.rows}
		row := []view.Value{{Text: p.label}, {}, {}, amount}
		if p.q > 0 {
			row[1] = p.q.value(kilowattHours)
			if cents, ok := centsOf(p.amount); ok {
				if mean, ok := mulDiv(cents, 100*int64(unit), int64(p.q)); ok {
					if m, err := record.MoneyOf(mean, 4); err == nil {
						row[2] = app.Money(m, own.currency)
					}
				}
			}
		}
		table.Rows = append(table.Rows, row)
	}
	total := app.Money(own.amount, own.currency)
	total.Why = &view.Why{Rows: own.rows()}
	table.Total = []view.Value{{Text: h.t.T("billed.total")}, {}, {}, total}
	return view.Node{Kind: view.KindTable, Title: h.t.T("billed.title"), Table: table}
}
