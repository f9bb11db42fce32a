package web

import (
	"net/url"
	"slices"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// A grantChoice is what the person chose of what an app asks for.
type grantChoice struct {
	p       *program.Program
	now     time.Time
	old     apps.Grant        // what the app has; the zero Grant for nothing
	grant   apps.Grant        // what was chosen
	typed   map[string]string // days that were typed and are none, by field
	wrong   map[string]string // what is wrong, by field
	problem *advice
	isOpen  bool
}

// chooseGrant reads the form of the consent page.
func chooseGrant(l *locale.Locale, c grantChoice, form url.Values) grantChoice {
	c.typed, c.wrong = map[string]string{}, map[string]string{}
	c.grant = apps.Grant{App: c.p.Manifest.ID, Config: map[string]string{}}
	for _, asked := range c.p.Manifest.Reads {
		if asked.Optional && form.Get("read-"+string(asked.Type)) == "" {
			continue
		}
		c.grant.Reads = append(c.grant.Reads, c.chooseRead(l, asked, form))
	}
	c.grant.Until = c.day(l, form, "until")
	if today := record.Date(c.now.Date()); !c.grant.Until.IsZero() && isBefore(c.grant.Until, today) {
		c.wrong["until-day"] = l.T("consent.past")
	}
	for _, f := range c.p.Manifest.Fields {
		value := form.Get("f-" + f.Name)
		if value != "" {
			c.grant.Config[f.Name] = value
		}
		if value == "" && f.Required || len(value) > maxTyped || len(f.Options) > 0 && value != "" && !slices.Contains(f.Options, value) {
			c.wrong["f-"+f.Name] = l.T("add.wrong")
		}
	}
	return c
}

const maxTyped = 1000 // bytes of what is typed for an app

func (c grantChoice) chooseRead(l *locale.Locale, asked protocol.Read, form url.Values) query.Allowed {
	t := string(asked.Type)
	a := query.Allowed{Type: asked.Type, Granularity: protocol.Granularity(form.Get("close-" + t)), From: c.day(l, form, "since-"+t)}
	if !slices.Contains(coarser(asked.Granularity), a.Granularity) {
		a.Granularity = asked.Granularity
	}
	if first := apps.Since(asked.Period, c.now); c.isTooEarly(a, first) && c.wrong["since-"+t+"-day"] == "" {
		c.wrong["since-"+t+"-day"] = l.T("consent.too-early", "day", beginWords(l, first))
	}
	a.Fields, _ = fieldsOf(asked)
	a.Fields = append(a.Fields, slices.DeleteFunc(slices.Clone(asked.Fields), func(f string) bool {
		return slices.Contains(a.Fields, f) || !slices.Contains(form["field-"+t], f) && !goesWith(f, form["field-"+t])
	})...)
	if form.Get("sources-"+t) == "some" {
		a.Sources = []core.SourceID{}
		for _, text := range form["source-"+t] {
			if id, err := core.ParseSourceID(text); err == nil {
				a.Sources = append(a.Sources, id)
			}
		}
		if len(a.Sources) == 0 {
			c.wrong["sources-"+t] = l.T("consent.no-source")
		}
	}
	return a
}

// isTooEarly reports whether what was chosen begins before the first day that is
// asked for, and is not what the app has.
func (c grantChoice) isTooEarly(a query.Allowed, first record.Time) bool {
	had, ok := c.old.Of(a.Type)
	return !first.IsZero() && (a.From.IsZero() || isBefore(a.From, first)) && !(ok && a.From == had.From)
}

// day reads a day: the one that was typed, or else the one that was chosen. What
// is no day is told, and what was chosen stays.
func (c grantChoice) day(l *locale.Locale, form url.Values, name string) record.Time {
	chosen, isDay := readDay(form.Get(name))
	typed := form.Get(name + "-day")
	if typed == "" && isDay {
		return chosen
	}
	if day, ok := readDay(typed); ok && typed != "" {
		return day
	}
	c.wrong[name+"-day"], c.typed[name+"-day"] = l.T("consent.no-day"), typed
	return chosen
}

// readDay reads a day; "" is none.
func readDay(text string) (day record.Time, ok bool) {
	if text == "" {
		return day, true
	}
	day, err := record.ParseTime(text)
	if err != nil || day.Precision() != record.Day {
		return record.Time{}, false
	}
	return day, true
}

// isBefore reports whether a begins before b; both are days.
func isBefore(a, b record.Time) bool { return a.Instant(time.UTC).Before(b.Instant(time.UTC)) }

// fieldsOf returns the fields that are asked of a type: those that every record
// of it has and that cannot be left out, and those that the person chooses
// among. The currency goes with the amounts.
func fieldsOf(asked protocol.Read) (always, free []string) {
	required := program.Required(asked.Type)
	for _, f := range asked.Fields {
		switch {
		case slices.Contains(required, f):
			always = append(always, f)
		case f != "currency":
			free = append(free, f)
		}
	}
	return always, free
}

// goesWith reports whether a field says nothing alone and belongs to what was
// chosen.
func goesWith(field string, chosen []string) bool {
	return field == "currency" && slices.ContainsFunc([]string{"amount", "price", "tax"}, func(f string) bool { return slices.Contains(chosen, f) })
}

// coarser returns a granularity and those that tell less.
func coarser(asked protocol.Granularity) []protocol.Granularity {
	all := protocol.Granularities()
	return all[max(slices.Index(all, asked), 0):]
}

// sinceOptions are the first days to choose from: what is asked for, less, and
// what is chosen.
func sinceOptions(l *locale.Locale, asked protocol.Read, chosen record.Time, now time.Time) (all []option) {
	first := apps.Since(asked.Period, now)
	label := l.T("consent.since-all")
	if !first.IsZero() {
		label = l.T("consent.since-asked", "day", beginWords(l, first))
	}
	all = append(all, option{first.String(), label, false})
	for _, period := range []struct{ code, key string }{{"P3Y", "consent.since-3y"}, {"P1Y", "consent.since-1y"}, {"P3M", "consent.since-3m"}} {
		if day := apps.Since(period.code, now); first.IsZero() || isBefore(first, day) {
			all = append(all, option{day.String(), l.T(period.key, "day", beginWords(l, day)), false})
		}
	}
	return chosenOf(all, chosen.String(), l.T("consent.since-day", "day", beginWords(l, chosen)))
}

// untilOptions are the last days to choose from.
func untilOptions(l *locale.Locale, chosen record.Time, now time.Time) []option {
	month, year := record.Date(now.AddDate(0, 1, 0).Date()), record.Date(now.AddDate(1, 0, 0).Date())
	all := []option{{"", l.T("consent.until-none"), false}, {month.String(), l.T("consent.until-month", "day", l.Time(month)), false},
		{year.String(), l.T("consent.until-year", "day", l.Time(year)), false}}
	return chosenOf(all, chosen.String(), l.T("consent.until-day", "day", l.Time(chosen)))
}

// chosenOf marks the option that was chosen, which comes last when it is none of
// them.
func chosenOf(all []option, value, label string) []option {
	for i := range all {
		if all[i].Value == value {
			all[i].Selected = true
			return all
		}
	}
	if value == "" { // what was chosen is no day
		all[0].Selected = true
		return all
	}
	return append(all, option{value, label, true})
}

// closeOptions are how closely an app may look: as it asks, or less.
func closeOptions(l *locale.Locale, asked protocol.Read, chosen query.Allowed) (all []option) {
	for _, g := range coarser(asked.Granularity) {
		all = append(all, option{string(g), l.T("close." + string(g)), g == chosen.Granularity})
	}
	return all
}
