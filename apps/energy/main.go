// Command energy shows what a home uses of electricity and gas: month by month
// against the year before, hour by hour, what runs while nobody is there, and
// what it would cost with other tariffs.
package main

import (
	"embed"
	"slices"
	"time"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

//go:embed strings
var files embed.FS

func main() { app.Main(run) }

// The views.
const (
	viewOverview = ""
	viewHeat     = "heat"
	viewHabits   = "habits"
	viewYear     = "year"
	viewTariffs  = "tariffs"
	viewStandby  = "standby"
)

// A house is one run: what was asked for, and the months read so far.
type house struct {
	*app.Session
	t     app.Strings
	today time.Time // midnight UTC of the person's day
	now   month
	book  book
}

// history is how many months are read: this one, and three years before it.
const history = 37

func run(s *app.Session) error {
	t, err := s.Strings(files)
	if err != nil {
		return err
	}
	y, m, d := s.Today().Date()
	h := &house{Session: s, t: t, today: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
	h.now = monthOf(h.today)
	v := view.View{Title: t.T("title")}
	if !h.seesMonths() {
		return s.Show(nothing(v, t.T("no-grant")))
	}
	all, err := ask(s, protocol.Where{From: (h.now - history + 1).record()}, protocol.ByMonth)
	if err != nil {
		return err
	}
	if h.book = newBook(all); len(h.book) == 0 {
		return s.Show(nothing(v, t.T("empty")))
	}
	if s.Mode() != protocol.ModeBackground {
		v.Nodes = append(v.Nodes, h.tabs())
	}
	if err := h.draw(&v); err != nil {
		return err
	}
	return s.Show(v)
}

func nothing(v view.View, why string) view.View {
	v.Nodes = append(v.Nodes, view.Node{Kind: view.KindEmpty, Text: app.Plain(why)})
	return v
}

func (h *house) draw(v *view.View) error {
	switch h.View() {
	case viewHeat:
		return h.heat(v)
	case viewHabits:
		return h.habits(v)
	case viewYear:
		return h.year(v)
	case viewTariffs:
		return h.tariffs(v)
	case viewStandby:
		return h.standby(v)
	}
	return h.overview(v)
}

func (h *house) tabs() view.Node {
	n := view.Node{Kind: view.KindTabs}
	for _, name := range []string{viewOverview, viewHeat, viewHabits, viewYear, viewTariffs, viewStandby} {
		key := "tab." + name
		if name == viewOverview {
			key = "tab.overview"
		}
		n.Tabs = append(n.Tabs, view.Tab{Label: h.t.T(key), Link: view.Link{View: name}, Current: name == h.View()})
	}
	return n
}

// where is the days from from to to, both included.
func where(from, to time.Time) protocol.Where {
	return protocol.Where{From: record.Date(from.Date()), To: record.Date(to.Date())}
}

// granularity is how closely the app may look at meters.
func (h *house) granularity() protocol.Granularity {
	g, _ := h.Granted(record.TypeSeries)
	return g.Granularity
}

// seesMonths reports whether the months of meters can be told apart.
func (h *house) seesMonths() bool {
	for _, field := range []string{"measure", "meter", "step", "values"} {
		if g, _ := h.Granted(record.TypeSeries); !slices.Contains(g.Fields, field) {
			return false
		}
	}
	return h.seesDays() || h.granularity() == protocol.Monthly
}

// seesDays reports whether days can be told apart.
func (h *house) seesDays() bool {
	return h.granularity() == protocol.Records || h.granularity() == protocol.Daily
}

// noHours says why the hours of a kind cannot be told apart, "" when they can.
func (h *house) noHours() string {
	switch {
	case h.granularity() != protocol.Records:
		return h.t.T("no-hours.grant")
	case !h.book.hasHours(electricity):
		return h.t.T("no-hours.meter")
	}
	return ""
}

func text(t view.Text) view.Node { return view.Node{Kind: view.KindText, Text: t} }

func stat(title string, v view.Value, note view.Text) view.Node {
	return view.Node{Kind: view.KindStat, Title: title, Value: &v, Text: note}
}

func section(title string, nodes ...view.Node) view.Node {
	return view.Node{Kind: view.KindSection, Title: title, Nodes: nodes}
}
