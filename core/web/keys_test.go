package web_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/outlook"
	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/core/web"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// catalogue reads the English messages.
func catalogue(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../locale/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var messages map[string]string
	if err := json.Unmarshal(text, &messages); err != nil {
		t.Fatal(err)
	}
	return messages
}

// sources returns the text of all that shows messages.
func sources(t *testing.T) (all string) {
	t.Helper()
	for _, pattern := range []string{"*.go", "*.html", "pages/*.html", "../locale/*.go", "../render/*.go", "../render/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all += string(text)
		}
	}
	return all
}

func TestMessages_that_are_used_exist(t *testing.T) {
	t.Parallel()
	messages := catalogue(t)
	used := regexp.MustCompile(`(?:\.T|\.N|Has|adviceFor\([^"]*|again|frame\(v, v\.l\.T|outside\(c,)[ (]+"([a-z]+\.[a-z.-]+)"`).FindAllStringSubmatch(sources(t), -1)
	if len(used) < 100 {
		t.Fatalf("only %d uses found", len(used))
	}
	for _, m := range used {
		key := m[1]
		if strings.HasSuffix(key, ".") || strings.HasSuffix(key, "-") { // made of two parts
			continue
		}
		if _, ok := messages[key]; !ok && messages[key+".other"] == "" {
			t.Errorf("%s is used and has no message", key)
		}
	}
}

func TestMessages_are_all_used(t *testing.T) {
	t.Parallel()
	text := sources(t)
	made := map[string]bool{"state.never": true, "state.undone": true}
	for _, s := range []connect.State{connect.Queued, connect.Running, connect.Waiting, connect.Committing,
		connect.Succeeded, connect.Failed, connect.Cancelled, connect.Killed} {
		made["state."+string(s)] = true
	}
	for _, by := range []connect.Trigger{connect.ByPerson, connect.BySchedule, connect.ByImport} {
		made["trigger."+string(by)] = true
	}
	for _, code := range core.Codes() {
		made["problem."+string(code)], made["record.no-preview."+string(code)] = true, true
	}
	for _, name := range []string{"home", "timeline", "search", "sources", "apps", "themes", "activity", "receipts", "settings"} {
		made["nav."+name] = true
	}
	for _, what := range []outlook.What{outlook.Due, outlook.Expected, outlook.Ends} {
		made["coming."+string(what)] = true
	}
	for _, name := range record.Types() {
		made["type."+string(name)], made["activity.n-"+string(name)], made["reads."+string(name)] = true, true, true
	}
	for _, name := range []string{protocol.FieldTime, protocol.FieldTitle, protocol.FieldFiles, protocol.FieldSource} {
		made["reads.field-"+name] = true
	}
	for _, name := range protocol.Themes() {
		made["theme."+name] = true
	}
	for _, g := range protocol.Granularities() {
		made["close."+string(g)] = true
	}
	for _, kind := range []ledger.Kind{ledger.ActSent, ledger.ActWithdrawn} {
		made["activity."+string(kind)], made["activity."+string(kind)+"-silent"] = true, true
	}
	for _, reason := range []ingest.Reason{ingest.Missing, ingest.TooLong, ingest.NotMoney, ingest.NotDate, ingest.NotWhole, ingest.BadForm, ingest.Unknown} {
		made["correct."+string(reason)] = true
	}
	for _, reason := range []ingest.Reason{ingest.Missing, ingest.TooLong, ingest.TooMany, ingest.BadForm} {
		made["tag."+string(reason)] = true
	}
	for _, reason := range twin.AllReasons.Names() {
		made["twin.why."+reason] = true
	}
	for _, key := range []string{"app.quiet-acts", "app.quiet-asks-acts", "receipt.words-unknown", "receipt.words-sending"} {
		made[key] = true
	}
	for _, why := range []string{apps.WhyConnector, apps.WhyImports, apps.WhyBuiltIn, apps.WhyRoom, signed.WhySigner, signed.WhyVersion, signed.WhyOlder,
		string(core.Invalid), string(protocol.InvalidFile), string(protocol.Limit), string(core.NotFound)} {
		made["install.why-"+why] = true
	}
	for _, why := range []string{pack.WhyNames, pack.WhyRoom, pack.WhyOther, pack.WhyAddress, pack.WhyMoved, pack.WhyAnswer, signed.WhySigner, signed.WhyVersion, signed.WhyOlder,
		string(core.Invalid), string(core.Conflict), string(protocol.InvalidFile), string(protocol.Limit), string(protocol.Unavailable), string(protocol.Blocked)} {
		made["packs.why-"+why] = true
	}
	for _, done := range []string{"added", "fetched", "followed", "removed"} {
		made["packs.done-"+done] = true
	}
	for _, id := range []string{"electricity-tariffs", "phone-plans", "weather-degree-days"} {
		made["packs.name-"+id], made["packs.about-"+id] = true, true
	}
	for _, fault := range []string{"missing", "too-long", "undeclared", "unreadable"} {
		made["act.fault-"+fault] = true
	}
	for _, kind := range protocol.PartyKinds() {
		made["act.kind-"+string(kind)] = true
	}
	for _, key := range tableKeys() {
		made[key] = true
	}
	for _, role := range protocol.TableRoles() { // faults that have words of their own at some places
		for _, why := range protocol.TableWhys() {
			made["columns.fault."+why+"."+role] = true
		}
	}
	for _, why := range protocol.TableWhys() {
		made["columns.fault."+why+".order"], made["columns.fault."+why+".decimal"] = true, true
	}
	for key := range catalogue(t) {
		for _, suffix := range []string{".one", ".other", ".do"} {
			key = strings.TrimSuffix(key, suffix)
		}
		prefix, rest, _ := strings.Cut(key, ".")
		switch prefix {
		case "month", "weekday":
			continue
		case "field":
			if strings.Contains(text, `"`+rest+`"`) || strings.Contains(text, `"`+key+`"`) {
				continue
			}
		case "sentence": // made of what is said and of which kind, or how exactly
			begin, _, _ := strings.Cut(rest, "-")
			if strings.Contains(text, `"`+rest+`"`) || strings.Contains(text, `"`+begin+`"`) || strings.Contains(text, `"`+begin+`-"`) {
				continue
			}
		case "value":
			continue // the words of the published schemas, tested there
		}
		if !made[key] && !strings.Contains(text, `"`+key+`"`) {
			t.Errorf("%s is used nowhere", key)
		}
	}
}

func TestStatuses_cover_every_code(t *testing.T) {
	t.Parallel()
	table := web.Statuses()
	for _, code := range core.Codes() {
		if table[code] < 400 {
			t.Errorf("%s has the status %d", code, table[code])
		}
	}
	if len(table) != len(core.Codes()) {
		t.Errorf("%d statuses for %d codes", len(table), len(core.Codes()))
	}
}
