package web

import (
	"strings"
	"unicode"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/render"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A told is one entry of the ledger in words, or several in a row that say the
// same.
type told struct {
	At, Words, Href string
	times           int
	Times           string // "50 times"; "" for once
}

// fold puts line under lines, or counts it with the last when that says the
// same.
func (t teller) fold(lines []told, line told) []told {
	if n := len(lines); n > 0 && lines[n-1].Words == line.Words && lines[n-1].Href == line.Href {
		last := &lines[n-1]
		last.times++
		last.Times = t.l.N("activity.times", last.times)
		return lines
	}
	return append(lines, line)
}

// A teller puts entries into the person's words.
type teller struct {
	s      *site
	v      *visit
	l      *locale.Locale
	labels map[core.SourceID]string
}

func (s *site) teller(v *visit) (teller, error) {
	labels, err := sourceNames(v.Request().Context(), v.Rooms)
	return teller{s, v, v.l, labels}, err
}

// kindKeys names the kinds.
func kindKeys() map[ledger.Kind]string {
	return map[ledger.Kind]string{
		ledger.Run: "activity.kind-run", ledger.Check: "activity.kind-check", ledger.Use: "activity.kind-use", ledger.SignIn: "activity.kind-sign-in",
		ledger.Refused: "activity.kind-refused", ledger.Unlock: "activity.kind-unlock", ledger.Setting: "activity.kind-setting",
		ledger.Password: "activity.kind-password", ledger.Recovery: "activity.kind-recovery", ledger.SessionEnded: "activity.kind-session-ended",
		ledger.TokenMade: "activity.kind-token-made", ledger.TokenRevoked: "activity.kind-token-revoked", ledger.Export: "activity.kind-export",
		ledger.SourceAdded: "activity.kind-source-added", ledger.SourceGone: "activity.kind-source-removed",
		ledger.Granted: "activity.kind-granted", ledger.Paused: "activity.kind-paused", ledger.Resumed: "activity.kind-resumed",
		ledger.Revoked: "activity.kind-revoked", ledger.AppRead: "activity.kind-app-read",
		ledger.AppInstalled: "activity.kind-app-installed", ledger.AppRemoved: "activity.kind-app-removed",
		ledger.PackAdded: "activity.kind-pack-added", ledger.PackRemoved: "activity.kind-pack-removed",
		ledger.PackFetched: "activity.kind-pack-fetched",
		ledger.ActSigned:   "activity.kind-act-signed", ledger.ActSent: "activity.kind-act-sent", ledger.ActFailed: "activity.kind-act-failed", ledger.ActWithdrawn: "activity.kind-act-withdrawn",
	}
}

func (t teller) tell(e ledger.Entry) told {
	line := told{At: e.At.In(t.s.Zone).Format("15:04"), Words: t.words(e), times: 1}
	if e.Kind == ledger.Run && !e.Erased {
		line.Href = runHref(e.Source, e.Run)
	}
	if _, ok := t.v.Apps.Program(e.App); ok {
		line.Href = appPath(e.App)
	}
	if e.Receipt != "" {
		line.Href = "/receipts/" + e.Receipt
	}
	return line
}

func (t teller) words(e ledger.Entry) string {
	if e.Erased {
		return t.l.T("activity.erased", "kind", t.l.T(kindKeys()[e.Kind]))
	}
	device := render.Apart(deviceWords(e.Device))
	switch e.Kind {
	case ledger.Run:
		return joined(t.ran(e), t.talked(e))
	case ledger.Check:
		return joined(t.checked(e), t.talked(e))
	case ledger.Use:
		return t.used(e)
	case ledger.SignIn:
		return t.l.T("activity.sign-in", "device", device)
	case ledger.Refused:
		return t.l.N("activity.refused", e.Times, "way", t.way(e.Way))
	case ledger.Unlock:
		return t.l.T("activity.unlock", "way", t.way(e.Way))
	case ledger.Setting:
		return t.l.T("activity.setting", "what", t.what(e.What))
	case ledger.Password:
		return t.l.T("activity.password")
	case ledger.Recovery:
		return t.l.T("activity.recovery")
	case ledger.SessionEnded:
		return t.l.T("activity.session-ended", "device", device)
	case ledger.TokenMade:
		return t.l.T("activity.token-made", "token", render.Apart(e.Name))
	case ledger.TokenRevoked:
		return t.l.T("activity.token-revoked", "token", render.Apart(e.Name))
	case ledger.Export:
		if e.What == exportOfRecords {
			return t.l.T("activity.export-records")
		}
		return t.l.T("activity.export")
	case ledger.SourceAdded:
		return t.l.T("activity.source-added", "source", t.source(e.Source))
	case ledger.SourceGone:
		return t.l.T("activity.source-removed")
	case ledger.Granted, ledger.Paused, ledger.Resumed, ledger.Revoked, ledger.AppRead, ledger.AppInstalled, ledger.AppRemoved:
		return t.appWords(e)
	case ledger.PackAdded:
		return t.l.T("activity.pack-added", "pack", render.Apart(e.What))
	case ledger.PackRemoved:
		return t.l.T("activity.pack-removed", "pack", render.Apart(e.What))
	case ledger.PackFetched:
		return joined(t.fetchedPack(e), t.talked(e))
	case ledger.ActSigned, ledger.ActSent, ledger.ActFailed, ledger.ActWithdrawn:
		return t.actWords(e)
	}
	return string(e.Kind)
}

// fetchedPack says which pack was asked for, and whether it came.
func (t teller) fetchedPack(e ledger.Entry) string {
	name, outcome := render.Apart(packName(t.l, e.What)), lowered(packAdvice(t.l, core.Code(e.Outcome), "").What)
	switch {
	case e.Outcome == "succeeded":
		return t.l.T("activity.pack-fetched", "pack", name)
	case e.What == "":
		return t.l.T("activity.pack-tried", "outcome", outcome)
	}
	return t.l.T("activity.pack-not-fetched", "pack", name, "outcome", outcome)
}

// checked says how a trial of credentials ended.
func (t teller) checked(e ledger.Entry) string {
	connector := render.Apart(t.connector(e.Connector))
	switch {
	case e.Outcome == "succeeded" && e.Source != core.Own:
		return t.l.T("activity.check-signed-in", "source", t.source(e.Source))
	case e.Outcome == "succeeded":
		return t.l.T("activity.check-good", "connector", connector)
	}
	return t.l.T("activity.check", "connector", connector, "outcome", t.outcome(e.Outcome))
}

// ran says what a run brought.
func (t teller) ran(e ledger.Entry) string {
	source := t.source(e.Source)
	switch {
	case e.Outcome != "succeeded" && e.Records == 0:
		return t.l.T("activity.run-failed", "source", source, "outcome", t.outcome(e.Outcome))
	case e.Outcome != "succeeded":
		return t.l.N("activity.run-partly", e.Records, "source", source, "outcome", t.outcome(e.Outcome))
	case e.Records == 0:
		return t.l.T("activity.run-nothing", "source", source)
	}
	return t.l.N("activity.run", e.Records, "source", source)
}

// talked says with whom.
func (t teller) talked(e ledger.Entry) string {
	var names []string
	sent, received, denied := int64(0), int64(0), 0
	for _, h := range e.Egress {
		if denied += h.Denied; h.Requests > 0 {
			names, sent, received = append(names, render.Apart(h.Name)), sent+h.Sent, received+h.Received
		}
	}
	text := t.l.T("activity.talked-nobody")
	if len(names) > 0 {
		text = t.l.N("activity.talked", len(names), "hosts", strings.Join(names, ", "), "sent", t.l.Size(sent), "received", t.l.Size(received))
	}
	if denied > 0 {
		text = joined(text, t.l.N("activity.denied", denied))
	}
	return text
}

// used says what a token did.
func (t teller) used(e ledger.Entry) string {
	token := render.Apart(e.Name)
	if e.Outcome != "" {
		return t.l.T("activity.use-refused", "token", token, "outcome", t.outcome(e.Outcome))
	}
	switch e.Route {
	case "POST /import":
		return t.l.T("activity.use-import", "token", token)
	case "POST /sources/:source/runs":
		return t.l.T("activity.use-run", "token", token, "source", t.source(e.Source))
	case "GET /files/:source/:file":
		return t.l.T("activity.use-file", "token", token, "source", t.source(e.Source))
	case "GET /sources", "GET /sources/:source", "GET /sources/:source/runs", "GET /sources/:source/runs/:run":
		return t.l.T("activity.use-sources", "token", token)
	}
	if e.Records == 0 {
		return t.l.T("activity.use-nothing", "token", token)
	}
	key := "activity.n-records"
	if len(e.Types) == 1 {
		if one := "activity.n-" + e.Types[0]; t.l.Has(one + ".one") {
			key = one
		}
	}
	return t.l.T("activity.use", "token", token, "records", t.l.N(key, e.Records))
}

func (t teller) source(id core.SourceID) string {
	if label, ok := t.labels[id]; ok {
		return render.Apart(label)
	}
	return t.l.T("activity.a-source")
}

func (t teller) connector(id string) string {
	if p, ok := t.v.Connect.Program(id); ok {
		return text(t.v, p, p.Manifest.Name)
	}
	return id
}

// outcome words how something ended: a state of a run, or a code.
func (t teller) outcome(outcome string) string {
	for _, prefix := range []string{"problem.", "state."} {
		if t.l.Has(prefix + outcome) {
			return lowered(t.l.T(prefix + outcome))
		}
	}
	return t.l.T("problem." + string(protocol.Internal))
}

// lowered begins a message within a sentence.
func lowered(text string) string {
	for i, r := range text {
		if i == 0 {
			return string(unicode.ToLower(r)) + text[len(string(r)):]
		}
	}
	return text
}

func (t teller) way(way string) string {
	switch way {
	case "recovery":
		return t.l.T("activity.way-recovery")
	case "key-file":
		return t.l.T("activity.way-key-file")
	}
	return t.l.T("activity.way-password")
}

func (t teller) what(what string) string {
	switch what {
	case "key-file":
		return t.l.T("activity.what-key-file")
	case "compact":
		return t.l.T("activity.what-compact")
	}
	return render.Apart(what)
}
