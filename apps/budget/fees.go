package main

import (
	"github.com/domicile-home/domicile/apps/budget/book"
	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// fees is what the banks charged, by month and year.
func (d *desk) fees() view.View {
	v := d.begin(nil, viewFees)
	some := false
	for _, currency := range d.book.Currencies() {
		all := d.monthsOf(currency, 31)
		years := d.feeYears(all, currency)
		if len(years.Rows) == 0 {
			continue
		}
		some = true
		v.Nodes = append(v.Nodes, d.feeChart(all, currency), view.Node{Kind: view.KindTable, Title: d.t.T("fees.years"), Table: years}, d.feeLines(currency))
	}
	if !some {
		v.Nodes = append(v.Nodes, view.Node{Kind: view.KindEmpty, Text: d.t.Text("fees.none", "since", app.Date(d.firstMonth().Time()))})
	}
	return v
}

func (d *desk) feeChart(all book.Months, currency string) view.Node {
	c := &view.Chart{Drawing: view.DrawBar, X: d.t.T("month"), Currency: currency, Series: []view.Series{{Name: d.t.T("cat.fees")}}}
	for _, m := range d.span() {
		c.Labels = append(c.Labels, app.Date(m.Time()))
		d.point(&c.Series[0], all.Of(m).Of(book.Fees))
	}
	return view.Node{Kind: view.KindChart, Title: d.t.T("fees.months"), Chart: c}
}

// feeYears sums the fees up by year, the latest first.
func (d *desk) feeYears(all book.Months, currency string) *view.Table {
	t := &view.Table{Columns: []view.Column{{Title: d.t.T("year")}, {Title: d.t.T("times"), Right: true}, {Title: d.t.T("amount"), Right: true}}}
	first := d.firstMonth()
	for year := d.book.Today.Month() / 12; year >= first/12; year-- {
		var f book.Figure
		for m := year * 12; m < year*12+12; m++ {
			one := all.Of(m).Of(book.Fees)
			f.Amount, f.Lines = f.Amount+one.Amount, append(f.Lines, one.Lines...)
		}
		if len(f.Lines) > 0 {
			y, _, _ := (year * 12).First().Date()
			t.Rows = append(t.Rows, []view.Value{app.Date(record.YearOf(y)), app.Int(len(f.Lines)), d.money(f, currency)})
		}
	}
	return t
}

// feeLines lists the fees, page by page.
func (d *desk) feeLines(currency string) view.Node {
	var lines []int
	for i := len(d.book.Lines) - 1; i >= 0; i-- {
		if l := &d.book.Lines[i]; l.Category == book.Fees && l.Currency == currency && !l.Pending {
			lines = append(lines, i)
		}
	}
	return d.paged(lines, func(page int) *view.Link { return to(viewFees, "page", string(app.Int(page).Number)) })
}
