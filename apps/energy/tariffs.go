package main

import (
	"errors"
	"slices"

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

const tariffsName = "electricity-tariffs"

// tariffs shows what was billed, and what other tariffs would have come to.
func (h *house) tariffs(v *view.View) error {
	bills, contracts, err := h.bills()
	if err != nil {
		return err
	}
	first, n := h.now-12, 12
	own := billingOf(bills, first, n)
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
	months := h.book.months(electricity, kilowattHours)
	w, err := h.week(first, n, func(m month) bool { return months[m].covers >= wholeMonth })
	if err != nil {
		return err
	}
	h.compare(v, p, w, own, subscribed(contracts, bills))
	v.Nodes = append(v.Nodes, h.packSource(tariffsName, from, p.MadeUp))
	return nil
}

// compare sets the pack's tariffs beside what was billed.
func (h *house) compare(v *view.View, p tariffPack, w *week, own billing, known string) {
	kva := h.Param("power")
	if kva == "" {
		kva = known
	}
	if !slices.Contains(p.powers(), kva) {
		kva = "6"
	}
	v.Nodes = append(v.Nodes, h.powerForm(p, kva))
	_, whole := span(h.book.months(electricity, kilowattHours), h.now-12, 12)
	all := p.estimates(w, kva, whole)
	_, used := w.night()
	if len(all) == 0 || whole == 0 {
		v.Nodes = append(v.Nodes, view.Node{Kind: view.KindEmpty, Text: app.Plain(h.t.T("tariffs.none"))})
		return
	}
	comparable := own.whole() && own.currency == p.Currency && whole == 12
	if paid, ok := centsOf(own.amount); ok && comparable {
		v.Nodes = append(v.Nodes, h.bestStat(all[0], paid, p.Currency, own))
	}
	v.Nodes = append(v.Nodes, h.tariffTable(all, p.Currency, own, comparable, used.why()), h.chargeTable(all, p.Currency, used.why()),
		text(h.t.Text("tariffs.how", "n", app.Int(whole), "kwh", used.value(kilowattHours), "power", app.Number(record.Decimal(kva), "kVA"))))
	if !comparable {
		v.Nodes = append(v.Nodes, text(h.t.Text("tariffs.not-billed", "days", app.Int(own.days), "span", app.Int(own.span))))
	}
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

func (h *house) tariffTable(all []estimate, currency string, own billing, comparable bool, why *view.Why) view.Node {
	table := &view.Table{Columns: []view.Column{{Title: h.t.T("tariffs.supplier")}, {Title: h.t.T("tariffs.offer")}, {Title: h.t.T("tariffs.since")},
		{Title: h.t.T("tariffs.subscription"), Right: true}, {Title: h.t.T("tariffs.total"), Right: true}, {Title: h.t.T("tariffs.against"), Right: true}}}
	paid, ok := centsOf(own.amount)
	for _, e := range all {
		total := app.Money(moneyOf(e.total), currency)
		total.Why = why
		row := []view.Value{{Text: e.tariff.Supplier}, {Text: e.tariff.Offer}, app.Date(e.tariff.From), app.Money(moneyOf(e.subscription), currency), total, {}}
		if ok && comparable {
			row[5] = app.Money(moneyOf(e.total-paid), currency)
			row[5].Why = &view.Why{Rows: own.rows(), Bases: why.Bases}
			if e.total < paid {
				row[5].Level = view.LevelGood
			}
		}
		table.Rows = append(table.Rows, row)
	}
	return view.Node{Kind: view.KindTable, Title: h.t.T("tariffs.title"), Table: table}
}

// chargeTable says what each total is made of.
func (h *house) chargeTable(all []estimate, currency string, why *view.Why) view.Node {
	table := &view.Table{Columns: []view.Column{{Title: h.t.T("tariffs.offer")}, {Title: h.t.T("tariffs.part")},
		{Title: h.t.T("tariffs.quantity"), Right: true}, {Title: h.t.T("tariffs.price"), Right: true}, {Title: h.t.T("tariffs.amount"), Right: true}}}
	for _, e := range all {
		for i, c := range e.charges {
			amount := app.Money(moneyOf(c.cents), currency)
			amount.Why = why
			table.Rows = append(table.Rows, []view.Value{{Text: e.tariff.Offer}, {Text: h.t.T("price." + c.name)}, c.q.value(kilowattHours),
				app.Money(e.tariff.Prices[i].Price, currency), amount})
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
