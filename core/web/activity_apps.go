package web

import (
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/render"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// appWords tells of an app: what it was allowed, and what it read.
func (t teller) appWords(e ledger.Entry) string {
	app := t.app(e.App)
	switch e.Kind {
	case ledger.Granted:
		return t.granted(e, app)
	case ledger.Paused:
		return t.l.T("activity.paused", "app", app)
	case ledger.Resumed:
		return t.l.T("activity.resumed", "app", app)
	case ledger.Revoked:
		return t.l.T("activity.revoked", "app", app)
	case ledger.AppInstalled:
		return t.l.T("activity.app-installed", "app", app, "version", render.Apart(e.What))
	case ledger.AppRemoved:
		return t.l.T("activity.app-removed", "app", app)
	}
	read := t.read(e)
	switch {
	case e.Outcome != "":
		return t.l.T("activity.app-failed", "app", app, "records", read, "outcome", t.outcome(e.Outcome))
	case e.Mode == string(protocol.ModeAction):
		return t.l.T("activity.app-action", "app", app, "records", read)
	case e.Mode == string(protocol.ModeBackground):
		return t.l.T("activity.app-background", "app", app, "records", read)
	}
	return t.l.T("activity.app-view", "app", app, "records", read)
}

// app names an app, by its id when it is no longer here.
func (t teller) app(id string) string {
	if p, ok := t.v.Apps.Program(id); ok {
		return render.Apart(appName(t.v, p))
	}
	return render.Apart(id)
}

func (t teller) granted(e ledger.Entry, app string) string {
	var reads []query.Allowed
	for _, r := range e.Reads {
		reads = append(reads, query.Allowed{Type: record.Type(r.Type), From: dayOf(r.From), Granularity: protocol.Granularity(r.Granularity)})
	}
	words := readsWords(t.l, reads)
	if until := dayOf(e.Until); !until.IsZero() {
		return t.l.T("activity.granted-until", "app", app, "reads", words, "day", t.l.Time(until))
	}
	return t.l.T("activity.granted", "app", app, "reads", words)
}

// dayOf reads a day of an entry; none for what is none.
func dayOf(text string) record.Time {
	day, err := record.ParseTime(text)
	if err != nil {
		return record.Time{}
	}
	return day
}

// read says how much an app read, by type.
func (t teller) read(e ledger.Entry) string {
	var items []string
	for _, r := range e.Reads {
		if r.Records == 0 {
			continue
		}
		item := countOf(t.l, record.Type(r.Type), r.Records)
		if g := protocol.Granularity(r.Granularity); g != "" && g != protocol.Records {
			item = t.l.T("activity.app-totals", "records", item)
		}
		items = append(items, item)
	}
	if len(items) == 0 {
		return t.l.T("reads.nothing")
	}
	return listed(t.l, items)
}
