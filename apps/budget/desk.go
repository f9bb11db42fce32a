package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/domicile-home/domicile/apps/budget/book"
	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

const (
	span     = 36     // months that are looked at
	maxLines = 25_000 // that are looked at, the latest
	maxFirst = 8_000  // that the first view looks at while the person waits
	maxNames = 5_000  // of rows, in the whys of one view: beyond, they name whole months
	maxLabel = 300    // bytes of a label that are kept
	maxWhy   = 1000   // rows that one why may name
	shown    = 13     // months of a chart
)

// kept is the app's state.
type kept struct {
	Learnt book.Learnt `json:"learnt,omitempty"`
	Known  []string    `json:"known,omitempty"` // keys of subscriptions that the person said they know
}

// A desk is one run: what was granted of the person's lines, read.
type desk struct {
	*app.Session
	t      app.Strings
	kept   kept
	book   *book.Book
	sums   map[until]book.Months
	unread int                   // lines that could not be counted
	isCut  bool                  // there are more lines than are looked at
	bases  map[book.Month]string // of all lines of a month, for what more lines are behind than a why may name
	names  int                   // of rows that whys may still name
}

// until is a currency, and the day of the month to which its months go.
type until struct {
	currency string
	day      int
}

// monthsOf returns the sums of a currency by month, as [book.Book.Months] does.
func (d *desk) monthsOf(currency string, day int) book.Months {
	key := until{currency, day}
	if d.sums[key] == nil {
		d.sums[key] = d.book.Months(currency, day)
	}
	return d.sums[key]
}

// load reads the lines, the latest first, and gives them meaning.
func (d *desk) load() error {
	today := d.today()
	from := today.Month() - span
	var lines []book.Line
	for row, err := range app.Rows[record.Transaction](d.Session, record.TypeTransaction, protocol.Where{From: from.Time(), To: today.Time()}) {
		if err != nil {
			return err
		}
		if d.isCut = len(lines)+d.unread == d.most(); d.isCut {
			break
		}
		if l, ok := lineOf(row); ok && l.Day <= today {
			lines = append(lines, l)
		} else {
			d.unread++
		}
	}
	slices.Reverse(lines)
	slices.SortFunc(lines, inOrder)
	isWhole := len(lines) > 0 && lines[0].Day.InMonth() <= 5 && !d.isCut
	d.book = book.NewReader(d.kept.Learnt).Book(lines, today, isWhole)
	d.sums = map[until]book.Months{}
	groups, err := d.Aggregate(protocol.AggregateRequest{Type: record.TypeTransaction, Where: protocol.Where{From: d.firstMonth().Time()}, Group: []string{protocol.ByMonth}})
	d.bases = map[book.Month]string{}
	for _, g := range groups {
		if m, ok := book.ParseMonth(g.Key[0]); ok {
			d.bases[m] = g.Basis
		}
	}
	return err
}

// inOrder compares lines by their days and then by what they say: the home tells
// those of one day in an order that means nothing and is another elsewhere.
func inOrder(x, y book.Line) int {
	return cmp.Or(cmp.Compare(x.Day, y.Day), strings.Compare(x.Label, y.Label), cmp.Compare(x.Amount, y.Amount), strings.Compare(x.Account, y.Account),
		strings.Compare(x.Party, y.Party), cmp.Compare(x.Booked, y.Booked))
}

// most is how many lines are looked at: all the years of most homes.
func (d *desk) most() int {
	if d.View() == viewOverview && d.Mode() == protocol.ModeView {
		return maxFirst
	}
	return maxLines
}

// lineOf returns a row as a line, false for one without a day or an amount that
// can be counted.
func lineOf(row app.Row[record.Transaction]) (book.Line, bool) {
	amount, ok := book.Parse(row.Data.Amount)
	if !ok || row.Time.Precision() < record.Day || len(row.Data.Currency) != 3 {
		return book.Line{}, false
	}
	l := book.Line{ID: row.ID, Account: row.Data.BankAccount, Currency: row.Data.Currency, Label: clip(row.Data.Label), Party: clip(row.Data.Counterparty),
		Kind: row.Data.Kind, Day: book.DayOf(row.Time.Civil()), Amount: amount, Pending: row.Data.State == "pending"}
	if row.Data.Booked.Precision() >= record.Day {
		l.Booked = book.DayOf(row.Data.Booked.Civil())
	}
	return l, true
}

// firstMonth is that of the first line that is looked at.
func (d *desk) firstMonth() book.Month {
	if len(d.book.Lines) == 0 {
		return d.book.Today.Month()
	}
	return d.book.Lines[0].Day.Month()
}

// clip bounds a bank's text, which may be longer than a view takes.
func clip(text string) string {
	if len(text) <= maxLabel {
		return text
	}
	return strings.ToValidUTF8(text[:maxLabel], "") + "…"
}

func (d *desk) today() book.Day { return book.DayOf(d.Today().Date()) }

// why names the lines behind a figure: by their rows, or, when there are too
// many, by all lines of their months.
func (d *desk) why(lines []int) *view.Why {
	if len(lines) == 0 {
		return nil
	}
	if len(lines) <= maxWhy && len(lines) <= d.names {
		d.names -= len(lines)
		w := &view.Why{}
		for _, i := range lines {
			w.Rows = append(w.Rows, d.book.Lines[i].ID)
		}
		return w
	}
	return d.whole(lines)
}

// whole names all lines of the months that some lines are of.
func (d *desk) whole(lines []int) *view.Why {
	w := &view.Why{}
	for _, i := range lines {
		if basis := d.bases[d.book.Lines[i].Day.Month()]; basis != "" && !slices.Contains(w.Bases, basis) {
			w.Bases = append(w.Bases, basis)
		}
	}
	if len(w.Bases) == 0 {
		return nil
	}
	return w
}

// join names what two whys do.
func join(a, b *view.Why) *view.Why {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return &view.Why{Rows: slices.Concat(a.Rows, b.Rows), Bases: slices.Concat(a.Bases, b.Bases)}
}

// money is a figure with the lines behind it.
func (d *desk) money(f book.Figure, currency string) view.Value {
	v := app.Money(f.Amount.Money(), currency)
	v.Why = d.why(f.Lines)
	return v
}

// tabs lead to the views; beneath is the one whose part is shown.
func (d *desk) tabs(beneath string) view.Node {
	n := view.Node{Kind: view.KindTabs}
	for _, name := range []string{viewOverview, viewMonths, viewRecurring, viewFees, viewBalance, viewLearnt} {
		n.Tabs = append(n.Tabs, view.Tab{Label: d.t.T("tab." + cmp.Or(name, "overview")), Link: view.Link{View: name}, Current: name == beneath})
	}
	return n
}

// begin is a view with its tabs, and what was not looked at.
func (d *desk) begin(title view.Text, tab string) view.View {
	v := view.View{Title: d.t.T("title"), Nodes: []view.Node{d.tabs(tab)}}
	if len(title) > 0 {
		v.Nodes = append(v.Nodes, view.Node{Kind: view.KindText, Text: title})
	}
	if d.isCut {
		v.Nodes = append(v.Nodes, view.Node{Kind: view.KindText, Text: d.t.Text("cut", "since", app.Date(d.book.First.Time()))})
	}
	if d.unread > 0 {
		v.Nodes = append(v.Nodes, view.Node{Kind: view.KindText, Text: d.t.Text("left-out", "lines", app.Int(d.unread))})
	}
	if !d.Sees(record.TypeTransaction, "label") {
		v.Nodes = append(v.Nodes, view.Node{Kind: view.KindText, Text: app.Plain(d.t.T("no-labels"))})
	}
	return v
}

func (d *desk) category(c book.Category) string { return d.t.T("cat." + string(c)) }

// to is a link to one of the app's views, with params in pairs.
func to(name string, pairs ...string) *view.Link {
	l := &view.Link{View: name}
	for i := 0; i+1 < len(pairs); i += 2 {
		if l.Params == nil {
			l.Params = map[string]string{}
		}
		l.Params[pairs[i]] = pairs[i+1]
	}
	return l
}

func linked(text string, l *view.Link) view.Value { return view.Value{Text: text, Link: l} }
