package web

import (
	"slices"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core/act"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/render"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// listed puts items into a sentence: "a, b and c".
func listed(l *locale.Locale, items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return l.T("list.and", "first", strings.Join(items[:last], ", "), "last", items[last])
}

// readsWords says what a grant lets be read: "bills and bank lines since December
// 2023".
func readsWords(l *locale.Locale, reads []query.Allowed) string {
	if len(reads) == 0 {
		return l.T("reads.nothing")
	}
	isSame := !slices.ContainsFunc(reads, func(a query.Allowed) bool { return a.From != reads[0].From })
	var items []string
	for _, a := range reads {
		item := typesWords(l, a)
		if !isSame {
			item = sinceWords(l, item, a.From)
		}
		items = append(items, item)
	}
	if isSame {
		return sinceWords(l, listed(l, items), reads[0].From)
	}
	return listed(l, items)
}

// typesWords names the records of a type, as closely as they are let be read.
func typesWords(l *locale.Locale, a query.Allowed) string {
	what := l.T("reads." + string(a.Type))
	switch a.Granularity {
	case protocol.Daily:
		return l.T("reads.daily", "what", what)
	case protocol.Monthly:
		return l.T("reads.monthly", "what", what)
	case protocol.Yearly:
		return l.T("reads.yearly", "what", what)
	case protocol.YesNo:
		return l.T("reads.yes-no", "what", what)
	}
	return l.T("reads.records", "what", what)
}

func sinceWords(l *locale.Locale, what string, from record.Time) string {
	if from.IsZero() {
		return what
	}
	return l.T("reads.since", "what", what, "day", beginWords(l, from))
}

// beginWords says a first day: that of a month is the month.
func beginWords(l *locale.Locale, from record.Time) string {
	if year, month, day := from.Civil(); day == 1 {
		return l.Month(year, month)
	}
	return l.Time(from)
}

// quietWords is what stands above whatever an app shows.
func quietWords(l *locale.Locale, p *program.Program, reads []query.Allowed) string {
	return l.T(quietKey(p, "app.quiet"), "reads", readsWords(l, reads))
}

// quietKey is that of a message which says that an app cannot send anything, or
// of its other one, for an app that may propose to.
func quietKey(p *program.Program, key string) string {
	if len(p.Manifest.Acts) > 0 {
		return key + "-acts"
	}
	return key
}

// actsWords says what an app may propose to send, and to whom.
func actsWords(v *visit, p *program.Program) (all []string) {
	for _, a := range p.Manifest.Acts {
		if a.Withdraws == "" {
			d := act.Draft{Act: a}
			all = append(all, v.l.T("app.fact-act", "act", render.Apart(clip(text(v, p, a.Title), maxName)), "host", d.Host()))
		}
	}
	return all
}

// cannotWords says what an app cannot do, whatever it is allowed.
func cannotWords(v *visit, p *program.Program) string {
	app := render.Apart(appName(v, p))
	if acts := actsWords(v, p); len(acts) > 0 {
		return v.l.T("consent.cannot-acts", "app", app, "acts", listed(v.l, acts))
	}
	return v.l.T("consent.cannot", "app", app)
}

// standingWords says whether an app may read now.
func standingWords(l *locale.Locale, g apps.Grant, now time.Time) standing {
	switch g.Standing(now) {
	case apps.None:
		return standing{l.T("app.none"), "idle"}
	case apps.Resting:
		return standing{l.T("app.paused"), "idle"}
	case apps.Ended:
		return standing{l.T("app.ended", "day", l.Time(g.Until)), "idle"}
	}
	if !g.Until.IsZero() {
		return standing{Words: l.T("app.active-until", "day", l.Time(g.Until))}
	}
	return standing{Words: l.T("app.active")}
}

// fieldWords names a field of a type for a list of fields.
func fieldWords(l *locale.Locale, t record.Type, name string) string {
	if key := "reads.field-" + name; isBeside(name) {
		return l.T(key)
	}
	if title := program.Titles(t, string(l.Lang))[name]; title != "" {
		return title
	}
	return fieldName(l, name)
}

// isBeside reports whether a field stands beside a record's data.
func isBeside(name string) bool {
	return slices.Contains([]string{protocol.FieldTime, protocol.FieldTitle, protocol.FieldFiles, protocol.FieldSource}, name)
}

// fieldList names fields in a sentence, in the order in which the home shows them.
func fieldList(l *locale.Locale, t record.Type, fields []string) string {
	var names []string
	for _, name := range inOrder(fields) {
		names = append(names, lowered(fieldWords(l, t, name)))
	}
	return listed(l, names)
}

// inOrder sorts fields as the home shows them.
func inOrder(fields []string) []string {
	known := append([]string{protocol.FieldTime, protocol.FieldTitle}, order()...)
	place := func(name string) int {
		if i := slices.Index(known, name); i >= 0 {
			return i
		}
		return len(known)
	}
	fields = slices.Clone(fields)
	slices.SortStableFunc(fields, func(a, b string) int { return place(a) - place(b) })
	return fields
}

// countOf counts records of a type in words.
func countOf(l *locale.Locale, t record.Type, n int) string {
	key := "activity.n-" + string(t)
	return l.N(key, n)
}

// countedWords says what a grant of one type comes to among the person's own
// records: "24 bills since December 2023".
func countedWords(l *locale.Locale, a query.Allowed, s query.Scope) string {
	count := countOf(l, a.Type, s.Records)
	switch {
	case s.More:
		count = l.T("consent.more", "count", count)
	case s.Records == 0 && !a.From.IsZero():
		return l.T("consent.none-since", "what", l.T("reads."+string(a.Type)), "day", beginWords(l, a.From))
	case s.Records == 0:
		return l.T("consent.none", "what", l.T("reads."+string(a.Type)))
	}
	return l.T("consent.counted", "count", sinceWords(l, count, a.From))
}

// closelyWords says what of each record is told, or that only totals are.
func closelyWords(l *locale.Locale, a query.Allowed) string {
	switch a.Granularity {
	case protocol.YesNo:
		return l.T("consent.only-yes-no", "what", l.T("reads."+string(a.Type)))
	case protocol.Records:
		return l.T("consent.with", "fields", fieldList(l, a.Type, a.Fields))
	}
	return l.T("consent.only-totals", "totals", typesWords(l, a))
}

// withoutWords says what of each record is not told, whether it was asked for or
// not.
func withoutWords(l *locale.Locale, a query.Allowed) string {
	without := slices.DeleteFunc(program.Fields(a.Type), func(f string) bool { return slices.Contains(a.Fields, f) })
	if a.Granularity != protocol.Records || len(without) == 0 {
		return ""
	}
	return l.T("consent.without", "fields", fieldList(l, a.Type, without))
}

// grantFacts says what a grant lets be read, type by type.
func grantFacts(l *locale.Locale, g apps.Grant) (all []fact) {
	for _, a := range g.Reads {
		value := sinceWords(l, typesWords(l, a), a.From)
		if a.Granularity == protocol.Records {
			value = l.T("app.fact", "what", value, "fields", fieldList(l, a.Type, a.Fields))
		}
		if a.Sources != nil {
			value = joinedBy(value, l.N("app.fact-sources", len(a.Sources)))
		}
		all = append(all, fact{Name: l.T("app.fact-reads"), Value: value})
	}
	return append(all, fact{Name: l.T("app.fact-made"), Value: l.Day(g.Made)})
}
