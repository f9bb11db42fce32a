package web

import (
	"strings"

	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/render"
)

// actWords tells of an act: that the person signed it, and what became of it.
func (t teller) actWords(e ledger.Entry) string {
	app, host, sent := t.app(e.App), render.Apart(e.What), int64(0)
	for _, h := range e.Egress {
		sent += h.Sent
	}
	switch {
	case e.Kind == ledger.ActSigned:
		return t.l.T("activity.act-signed", "app", app, "host", host, "way", t.way(e.Way))
	case e.Kind == ledger.ActFailed:
		return t.l.T("activity.act-failed", "host", host, "outcome", t.outcome(e.Outcome))
	case strings.Trim(e.Outcome, "0123456789") != "":
		return t.l.T("activity."+string(e.Kind)+"-silent", "host", host, "sent", t.l.Size(sent))
	}
	return t.l.T("activity."+string(e.Kind), "host", host, "status", e.Outcome, "sent", t.l.Size(sent))
}
