package gallery

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

func askBills() protocol.Read {
	return protocol.Read{Type: record.TypeBill, Fields: []string{"time", "title", "vendor", "amount", "currency"}, Period: "P24M", Granularity: protocol.Records}
}

// householdApps are made-up apps beside those of the repository.
func householdApps() []App {
	bank := protocol.Read{Type: record.TypeTransaction, Fields: []string{"time", "bank_account", "amount", "currency", "label", "counterparty"}, Granularity: protocol.Monthly, Optional: true}
	calls := protocol.Read{Type: record.TypeCall, Fields: []string{"time", "line", "direction", "kind", "seconds", "price", "currency"}, Granularity: protocol.Records}
	return []App{
		{ID: "budget", Name: "Budget", About: "What a month costs, and what is left of it.", Purpose: "To compare what comes in with what goes out.", Reads: []protocol.Read{askBills(), bank, calls}, End: Ends,
			Fields: []protocol.Field{{Name: "limit", Kind: "text", Label: "purpose", Required: true}, {Name: "week", Kind: "choice", Label: "about", Options: []string{"Monday", "Sunday"}}}},
		Watch(),
		{ID: "broken", Name: "Broken", About: "Stops before it shows anything.", Purpose: "None.", Reads: []protocol.Read{askBills()}, End: Crashes},
		{ID: "resting", Name: "Resting", About: "Was paused.", Purpose: "None.", Reads: []protocol.Read{askBills()}, End: Crashes},
		{ID: "over", Name: "Over", About: "Was allowed until a day that is over.", Purpose: "None.", Reads: []protocol.Read{askBills()}, End: Crashes},
	}
}

// Watch is an app that has something to say each day: one thing that needs the
// person, one that does not.
func Watch() App {
	bill := record.Money("44.33")
	return App{ID: "watch", Name: "Watch", About: "Says when a bill is not what it was.", Purpose: "To compare each bill with the one before.", Reads: []protocol.Read{askBills()}, End: Ends,
		Lines: []string{`{"op":"aggregate","type":"bill","sum":"amount"}`, showing(view.View{Title: "Watch", Summary: view.Text{{Text: "Your last bill was "}, {Money: bill, Currency: "EUR"}, {Text: "."}},
			Alerts: []view.Alert{{Level: view.LevelWarn, Text: view.Text{{Text: "A bill rose by a third"}}, Link: &view.Link{View: "risen", Params: map[string]string{"by": "33"}}},
				{Level: view.LevelGood, Text: view.Text{{Text: "Nothing was billed twice."}}}},
			Nodes: []view.Node{{Kind: view.KindStat, Title: "Last bill", Value: &view.Value{Money: bill, Currency: "EUR", Why: &view.Why{Bases: []string{"b1"}}}}}})}}
}

// hostileApps call themselves an enemy's texts and show them.
func hostileApps() (all []App) {
	texts := Texts()
	texts[len(texts)-2], texts[len(texts)-1] = strings.Repeat("long", 500), strings.Repeat("é ", 600) // no string of an app is longer
	for i, id := range HostileApps() {
		text := texts[i]
		shown := view.View{Title: "x" + text, Summary: view.Text{{Text: text, Why: &view.Why{Bases: []string{"b1"}}}},
			Alerts: []view.Alert{{Level: view.LevelBad, Text: view.Text{{Text: text}}}},
			Nodes:  []view.Node{{Kind: view.KindStat, Title: text, Value: &view.Value{Text: text, Record: "nothing"}}}}
		name := strings.Map(func(r rune) rune { // no package may have these in its strings
			if unicode.IsControl(r) {
				return -1
			}
			return r
		}, text)
		all = append(all, App{ID: id, Name: name, About: name, Purpose: name, Reads: []protocol.Read{askBills()}, Acts: acts("https://offers.insurer.test/acceptances"), End: Ends,
			Lines: []string{`{"op":"aggregate","type":"bill","sum":"amount"}`, showing(shown)}})
	}
	return all
}

// HostileApps returns the ids of the apps that an enemy made, one a text of
// [Texts].
func HostileApps() []string {
	return []string{"markup", "bidi", "formula", "script", "control", "long", "words"}
}

// showing returns the frame of op view.
func showing(v view.View) string {
	text, err := json.Marshal(v)
	if err != nil { // a view always encodes
		return err.Error()
	}
	return `{"op":"view","view":` + string(text) + `}`
}

// programs returns made-up apps as programs.
func programs(all []App) (ready []*program.Program, err error) {
	for _, a := range all {
		p, err := a.Program()
		if err != nil {
			return nil, err
		}
		ready = append(ready, p)
	}
	return ready, nil
}

// allow gives an app what it asks for, as change leaves it.
func (h *House) allow(ctx context.Context, id string, change func(*apps.Grant)) error {
	p, ok := h.Apps.Program(id)
	if !ok {
		return errors.New("no app " + id + ": run make build")
	}
	g := apps.Propose(p, time.Now().UTC())
	if change != nil {
		change(&g)
	}
	return h.Apps.Grant(ctx, g)
}

// permit brings a household and allows its apps something, each in its way.
func permit(ctx context.Context, h *House) error {
	telco, err := h.addTelco(ctx, "", 6)
	if err != nil {
		return err
	}
	h.mark("telco", telco.ID)
	if _, err := h.pull(ctx, telco.ID); err != nil {
		return err
	}
	run, err := h.bringFile(ctx, "releve.ofx", statement)
	if err != nil {
		return err
	}
	h.mark("bank", run.Source)
	p, ok := h.Apps.Program("budget")
	if !ok {
		return errors.New("no app budget")
	}
	h.mark("module", p.Manifest.SHA256)
	until := func(days int) func(*apps.Grant) {
		return func(g *apps.Grant) { g.Until = record.Date(time.Now().AddDate(0, 0, days).Date()) }
	}
	if err := h.signAll(ctx, signers()); err != nil {
		return err
	}
	return errors.Join(h.allow(ctx, "bills", until(200)), h.allow(ctx, "broken", nil), h.allow(ctx, "over", until(-3)), h.allow(ctx, "watch", nil),
		h.allow(ctx, "resting", nil), h.Apps.Pause(ctx, "resting"), h.Apps.Background(ctx), h.followPacks(ctx), h.offerFiles(ctx))
}

// permitAll allows hostile apps what they ask for, but for one, whose consent is
// shown as of one that has nothing yet.
func permitAll(ctx context.Context, h *House) error {
	if err := h.signAll(ctx, hostileApps()); err != nil {
		return err
	}
	for _, id := range HostileApps() {
		if id == "long" {
			continue
		}
		if err := h.allow(ctx, id, nil); err != nil {
			return err
		}
	}
	return errors.Join(h.hostilePacks(ctx), h.hostileFile(ctx))
}
