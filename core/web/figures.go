package web

import (
	"fmt"
	"html/template"
	"math"
	"time"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/outlook"
	"github.com/domicile-home/domicile/core/render"
	"github.com/domicile-home/domicile/sdk/record"
)

// figuresOf draws the figures of the first page, each with the way to its
// records.
func figuresOf(l *locale.Locale, look outlook.Outlook) (all []figure, err error) {
	for _, s := range look.Spending {
		f, err := spendingFigure(l, s)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	for _, u := range look.Usage {
		f, err := usageFigure(l, u)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// An accountRow is a bank account and what was last seen on it.
type accountRow struct {
	Name, Amount, Seen, Href string // Name is foreign text
	Spark                    template.HTML
}

func accountRows(l *locale.Locale, accounts []outlook.Account) (rows []accountRow, err error) {
	for _, a := range accounts {
		row := accountRow{Name: clip(a.Name, maxTitle), Amount: l.Money(a.Amount, a.Currency), Seen: l.T("figure.seen", "day", l.Time(shorten(a.At))), Href: "/records/" + a.Ref.String()}
		if row.Spark, err = render.Spark(a.Before); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func spendingFigure(l *locale.Locale, s outlook.Spending) (f figure, err error) {
	chart := render.Chart{Kind: render.Bars, Title: l.T("figure.bills-title", "currency", s.Currency), X: l.T("figure.month"), Y: l.T("field.amount"),
		Format: func(v float64) string { return l.Decimal(v, 0) }}
	for i, m := range s.Months {
		p := render.Point{Label: l.Month(m.Year, m.Month), Short: l.ShortMonth(m.Month), Value: outlook.Float(m.Total), Partial: i == len(s.Months)-1}
		if m.Bills > 0 {
			p.Text = l.Money(m.Total, s.Currency)
			p.Href = monthLink(record.TypeBill, m.Year, m.Month)
		}
		chart.Points = append(chart.Points, p)
	}
	now := s.Months[len(s.Months)-1]
	f = figure{Title: l.T("figure.bills"), Value: l.Money(orZero(now.Total), s.Currency), Href: "/timeline?type=bill",
		About: l.T("figure.this-month", "month", l.Month(now.Year, now.Month))}
	if s.Usual != "" {
		f.About = l.T("figure.usual", "month", l.Month(now.Year, now.Month), "amount", l.Money(s.Usual, s.Currency))
	}
	f.Chart, err = chart.HTML(l)
	return f, err
}

func orZero(m record.Money) record.Money {
	if m == "" {
		return "0.00"
	}
	return m
}

func usageFigure(l *locale.Locale, u outlook.Usage) (f figure, err error) {
	name := l.T("value." + u.Measure)
	if !l.Has("value." + u.Measure) {
		name = u.Measure
	}
	chart := render.Chart{Kind: render.Bars, Title: l.T("figure.usage-title", "what", name, "unit", u.Unit), X: l.T("figure.month"), Y: u.Unit}
	write := func(v float64) string { return l.Decimal(v, 0) + "\u00a0" + u.Unit }
	newest := -1
	for i, m := range u.Months {
		p := render.Point{Label: l.Month(m.Year, m.Month), Short: l.ShortMonth(m.Month), Value: m.Value, Partial: i == len(u.Months)-1}
		if !math.IsNaN(m.Value) {
			p.Text, p.Href, newest = write(m.Value), monthLink(record.TypeSeries, m.Year, m.Month), i
		}
		chart.Points = append(chart.Points, p)
	}
	f = figure{Title: name, Href: "/timeline?type=series"}
	if newest >= 0 {
		m := u.Months[newest]
		f.Value, f.About = write(m.Value), l.T("figure.this-month", "month", l.Month(m.Year, m.Month))
		if before := newest - 12; before >= 0 && !math.IsNaN(u.Months[before].Value) && newest < len(u.Months)-1 {
			f.About = l.T("figure.year-before", "month", l.Month(m.Year, m.Month), "value", write(u.Months[before].Value))
		}
	}
	f.Chart, err = chart.HTML(l)
	return f, err
}

// monthLink leads to a month's records of a type.
func monthLink(t record.Type, year int, month time.Month) string {
	return fmt.Sprintf("/timeline?type=%s&from=%04d-%02d&until=%04d-%02d", t, year, month, year, month)
}
