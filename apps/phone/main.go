// Command phone shows what a person's lines are used for, what that costs beyond
// the plan, and which plans would have done.
package main

import (
	"embed"
	"errors"
	"slices"

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
	viewBeyond   = "beyond"
	viewRoaming  = "roaming"
	viewPeople   = "people"
	viewPlans    = "plans"
)

// history is how many months are read: this one, and thirteen before it.
const history = 14

// A reader is one run: what was asked for, and the use read so far.
type reader struct {
	*app.Session
	t     app.Strings
	log   log
	last  month // the last month to tell of: the latest that was told whole
	money string
}

func run(s *app.Session) error {
	t, err := s.Strings(files)
	if err != nil {
		return err
	}
	r := &reader{Session: s, t: t, log: log{}}
	v := view.View{Title: t.T("title")}
	if g, ok := s.Granted(record.TypeCall); !ok || !r.has("line") || !r.has("kind") || !r.has("direction") || g.Granularity == protocol.Yearly || g.Granularity == protocol.YesNo {
		return s.Show(nothing(v, t.T("no-grant")))
	}
	if err := r.read(); err != nil {
		return err
	}
	if len(r.log) == 0 {
		return s.Show(nothing(v, t.T("empty")))
	}
	if r.Mode() != protocol.ModeBackground {
		v.Nodes = append(v.Nodes, r.tabs())
	}
	if err := r.draw(&v); err != nil {
		return err
	}
	return s.Show(v)
}

func nothing(v view.View, why string) view.View {
	v.Nodes = append(v.Nodes, view.Node{Kind: view.KindEmpty, Text: app.Plain(why)})
	return v
}

// has reports whether a field of calls was granted, one by one or in totals.
func (r *reader) has(field string) bool {
	g, _ := r.Granted(record.TypeCall)
	return slices.Contains(g.Fields, field)
}

// read asks for the use of the last two years.
func (r *reader) read() error {
	today := monthOf(r.Today())
	request := protocol.AggregateRequest{Type: record.TypeCall, Where: protocol.Where{From: (today - history + 1).record()}, Group: parts()}
	if !r.has("country") {
		request.Group[4] = "kind" // told twice; what is not granted is ""
	}
	for _, sum := range []string{"seconds", "bytes", "price"} {
		if !r.has(sum) {
			continue
		}
		request.Sum = sum
		groups, err := r.Aggregate(request)
		if err != nil {
			return err
		}
		if !r.has("country") {
			for i := range groups {
				groups[i].Key[4] = ""
			}
		}
		r.log.add(sum, groups)
	}
	r.last, r.money = r.log.latest(), r.log.currency()
	return nil
}

func (r *reader) draw(v *view.View) error {
	switch r.View() {
	case viewBeyond:
		return r.beyond(v)
	case viewRoaming:
		return r.roaming(v)
	case viewPeople:
		return r.people(v)
	case viewPlans:
		return r.plans(v)
	}
	return r.overview(v)
}

func (r *reader) tabs() view.Node {
	n := view.Node{Kind: view.KindTabs}
	for _, name := range []string{viewOverview, viewBeyond, viewRoaming, viewPeople, viewPlans} {
		key := "tab." + name
		if name == viewOverview {
			key = "tab.overview"
		}
		n.Tabs = append(n.Tabs, view.Tab{Label: r.t.T(key), Link: view.Link{View: name}, Current: name == r.View()})
	}
	return n
}

// pack reads a reference pack; false when the home has none.
func (r *reader) pack(name string, v any) (from protocol.PackReply, ok bool, err error) {
	from, err = r.Pack(name, v)
	var known *protocol.Error
	if errors.As(err, &known) && known.Code == "not_found" {
		return from, false, nil
	}
	return from, err == nil, err
}

func text(t view.Text) view.Node { return view.Node{Kind: view.KindText, Text: t} }

func stat(title string, v view.Value, note view.Text) view.Node {
	return view.Node{Kind: view.KindStat, Title: title, Value: &v, Text: note}
}

// paid is an amount in the person's currency, with what is behind it.
func (r *reader) paid(u use) view.Value {
	v := app.Money(u.in(r.money), r.money)
	v.Why = u.why()
	return v
}
