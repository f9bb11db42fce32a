package browser_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/render"
	"github.com/domicile-home/domicile/examples/gallery"
	"github.com/domicile-home/domicile/examples/packs"
	"github.com/domicile-home/domicile/examples/providers"
)

// A newcomer is a home that nobody has set up, served as it is, and a provider.
type newcomer struct {
	link     string // of first set-up
	address  string
	telco    *providers.Telco
	provider string // the telco's address
	bank     *providers.Bank
	branch   string // the bank's address
	energy   *providers.Energy
	grid     string // the energy supplier's address
}

func (b *browser) newcomer(t *testing.T) *newcomer {
	t.Helper()
	h, err := home.Open(t.Context(), home.Config{Dir: shortDir(t), Clock: time.Now, Zone: time.UTC, Locale: "en", Log: slog.New(slog.DiscardHandler)}, b.shared)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, h.Close()) })
	n := &newcomer{telco: providers.NewTelco(providers.TelcoConfig{Seed: 9, Months: 3})}
	provider := httptest.NewServer(n.telco)
	t.Cleanup(provider.Close)
	n.provider = provider.URL
	n.bank = providers.NewBank(providers.BankConfig{Seed: 9, Months: 2})
	branch := httptest.NewServer(n.bank)
	t.Cleanup(branch.Close)
	n.branch = branch.URL
	n.energy = providers.NewEnergy(providers.EnergyConfig{Seed: 9, Months: 1, Interval: time.Second})
	grid := httptest.NewServer(n.energy)
	t.Cleanup(grid.Close)
	n.grid = grid.URL
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- h.Serve(ctx, home.Listen{Address: "127.0.0.1:0"}, func(url string) { ready <- url }) }()
	t.Cleanup(func() { stop(); check(t, <-ended) })
	select {
	case err := <-ended:
		t.Fatal(err)
	case n.address = <-ready:
	}
	n.link = h.SetupLink(n.address)
	return n
}

// testJourneys walks from the first run to locking, as three people.
func testJourneys(t *testing.T, b *browser) {
	for _, who := range []struct {
		name    string
		lang    locale.Lang
		screen  screen
		scripts bool
	}{
		{"by keyboard", locale.English, screen{desktopWidth, 900, false}, true},
		{"by keyboard, without JavaScript", locale.French, screen{desktopWidth, 900, true}, false},
		{"by keyboard, on a narrow screen", locale.French, screen{phoneWidth, 740, false}, true},
	} {
		t.Run(who.name, func(t *testing.T) {
			t.Parallel()
			p := &person{b.newTab(t), locale.New(who.lang)}
			p.look(t, who.screen)
			p.speak(t, who.lang)
			if !who.scripts {
				p.noScripts(t)
			}
			n := b.newcomer(t)
			p.setUp(t, n)
			p.addSource(t, n)
			p.answerCode(t, n)
			p.typeCode(t, n)
			p.readRecord(t)
			p.useApp(t)
			p.followPack(t)
			p.installApp(t)
			p.importAndUndo(t)
			p.lockAndUnlock(t, n)
			p.quiet(t, who.name)
		})
	}
}

// setUp opens the one-time link, is told of a weak password, and keeps the
// recovery key.
func (p *person) setUp(t *testing.T, n *newcomer) {
	p.open(t, n.link)
	for _, password := range []string{"azertyuiop", gallery.Password} {
		p.write(t, "textbox", "setup.password", password)
		p.write(t, "textbox", "setup.again", password)
		p.choose(t, "button", "setup.create")
		if password != gallery.Password {
			p.sees(t, "setup.weak")
		}
	}
	p.sees(t, "sheet.title")
	p.choose(t, "link", "sheet.continue")
	p.sees(t, "home.start")
}

// addSource adds the telco: refused with a wrong password, then taken.
func (p *person) addSource(t *testing.T, n *newcomer) {
	p.choose(t, "link", "nav.sources")
	p.sees(t, "sources.none")
	p.goToName(t, "link", p.l.T("sources.add-this"), "Ondine")
	p.enter(t)
	labels := p.strings(t, "connectors/ondine")
	for _, password := range []string{"wrong", n.telco.Password()} {
		if password == "wrong" {
			p.fill(t, labels["field.address"], n.provider)
			p.fill(t, labels["field.username"], n.telco.User())
		}
		p.fill(t, labels["field.password"], password)
		p.choose(t, "button", "add.go")
		if password == "wrong" {
			p.sees(t, "problem.auth_failed")
		}
	}
	p.sees(t, "state.succeeded")
}

// answerCode adds the bank, which sends a code and asks for it.
func (p *person) answerCode(t *testing.T, n *newcomer) {
	p.choose(t, "link", "nav.sources")
	p.goToName(t, "link", p.l.T("sources.add-this"), "Embruns")
	p.enter(t)
	labels := p.strings(t, "connectors/embruns")
	p.fill(t, labels["field.address"], n.branch)
	p.fill(t, labels["field.identifier"], n.bank.User())
	p.fill(t, labels["field.password"], n.bank.Password())
	p.choose(t, "button", "add.go")
	asks, _, _ := strings.Cut(labels["ask.code"], " {")
	p.seesText(t, asks)
	p.fill(t, asks, n.bank.Code())
	p.choose(t, "button", "source.answer")
	p.sees(t, "state.succeeded")
	if logins := n.bank.Stats().Logins; logins != 1 {
		t.Errorf("the bank saw %d sign-ins", logins)
	}
}

// typeCode adds the energy supplier and signs in there with a code, on another
// device.
func (p *person) typeCode(t *testing.T, n *newcomer) {
	p.choose(t, "link", "nav.sources")
	p.goToName(t, "link", p.l.T("sources.add-this"), "Armor")
	p.enter(t)
	p.fill(t, p.strings(t, "connectors/armor")["field.address"], n.grid)
	p.choose(t, "button", "add.go")
	p.choose(t, "button", "source.sign-in-code")
	p.sees(t, "code.title")
	res, err := http.PostForm(eval[string](t, p.tab, `document.querySelector(".code a").href`), url.Values{"decision": {"allow"},
		"code": {eval[string](t, p.tab, `document.querySelector(".typed").innerText`)}, "username": {n.energy.User()}, "password": {n.energy.Password()}})
	if err != nil {
		t.Fatal(err)
	}
	check(t, res.Body.Close())
	p.sees(t, "state.succeeded")
	if s := n.energy.Stats(); s.Logins != 1 || s.Devices != 1 {
		t.Errorf("the supplier counted %+v", s)
	}
}

// readRecord reads the list, and a record found by its words.
func (p *person) readRecord(t *testing.T) {
	p.choose(t, "link", "nav.timeline")
	p.sees(t, "type.bill")
	p.choose(t, "link", "nav.search")
	p.write(t, "searchbox", "search.label", "forfait")
	p.choose(t, "button", "search.go")
	p.sees(t, "type.bill")
	p.choose(t, "link", "type.bill")
	p.sees(t, "record.from")
}

// useApp allows an app to read, asks where a figure comes from, down to the
// record, allows less, and takes it all back.
func (p *person) useApp(t *testing.T) {
	name := render.Apart(p.strings(t, "apps/bills")["name"])
	p.choose(t, "link", "nav.apps")
	p.sees(t, "apps.none")
	p.choose(t, "link", "apps.look")
	p.sees(t, "consent.purpose")
	p.goToName(t, "button", p.l.T("consent.allow", "app", name), "")
	p.enter(t)
	p.sees(t, "app.about")
	p.goToName(t, "link", p.l.T("why.label", "figure", "\u2068"), "") // and the figure
	p.enter(t)
	p.sees(t, "why.title")
	p.goToName(t, "link", "Ondine", "")
	p.enter(t)
	p.sees(t, "record.from")
	p.choose(t, "link", "nav.apps")
	p.choose(t, "link", "apps.open")
	p.choose(t, "link", "app.change")
	p.choose(t, "DisclosureTriangle", "consent.less")
	p.goToName(t, "checkbox", p.l.T("reads.field-title"), "")
	p.press(t, " ")
	p.choose(t, "button", "consent.look")
	p.seesText(t, p.l.T("consent.loses", "app", name))
	p.goToName(t, "button", p.l.T("consent.change", "app", name), "")
	p.enter(t)
	p.sees(t, "app.about")
	p.choose(t, "DisclosureTriangle", "app.revoke")
	p.choose(t, "button", "app.revoke-now")
	p.sees(t, "apps.none")
}

// followPack has a pack fetched from a publisher, and removes it.
func (p *person) followPack(t *testing.T) {
	publisher, err := packs.NewPublisher()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(publisher)
	t.Cleanup(server.Close)
	p.choose(t, "link", "nav.apps")
	p.choose(t, "link", "apps.packs")
	p.sees(t, "packs.none")
	for _, path := range []string{"/nothing", "/phone-plans"} {
		p.write(t, "textbox", "packs.address-label", server.URL+path+packs.Suffix)
		p.choose(t, "button", "packs.follow")
		if path == "/nothing" {
			p.sees(t, "packs.why-answer")
		}
	}
	p.sees(t, "packs.done-followed")
	p.choose(t, "button", "packs.fetch")
	p.sees(t, "packs.done-fetched")
	p.choose(t, "DisclosureTriangle", "packs.remove")
	p.goTo(t, "checkbox", "packs.sure")
	p.press(t, " ")
	p.choose(t, "button", "packs.remove-now")
	p.sees(t, "packs.done-removed")
	if n := len(publisher.Visits()); n != 3 {
		t.Errorf("the publisher was asked %d times", n)
	}
}

// installApp installs an app from a file, and removes it.
func (p *person) installApp(t *testing.T) {
	file, err := gallery.Watch().Signed("1.0.0", "A made-up workshop", 3)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "watch.app")
	check(t, os.WriteFile(path, file, 0o600))
	p.choose(t, "link", "nav.apps")
	p.choose(t, "link", "apps.install")
	p.pick(t, "install.file", path)
	p.choose(t, "button", "install.look")
	p.sees(t, "install.asks-words")
	name := render.Apart(gallery.Watch().Name)
	p.goToName(t, "button", p.l.T("install.go", "app", name), "")
	p.enter(t)
	p.seesText(t, p.l.T("install.done", "app", name))
	p.choose(t, "link", "uninstall.go")
	p.choose(t, "button", "uninstall.now")
	p.sees(t, "uninstall.done")
}

// importAndUndo imports a bank statement and takes it back.
func (p *person) importAndUndo(t *testing.T) {
	p.choose(t, "link", "nav.sources")
	p.choose(t, "link", "timeline.import")
	p.pick(t, "import.file", sample(t, "cmd/domicile/demo/releve-karim.ofx"))
	p.choose(t, "button", "import.preview")
	p.sees(t, "import.look")
	p.goToName(t, "button", p.l.N("import.go", 1), "")
	p.enter(t)
	p.sees(t, "run.done")
	p.choose(t, "DisclosureTriangle", "run.undo")
	p.choose(t, "button", "run.undo-now")
	p.sees(t, "state.undone")
}

// lock locks from the menu.
func (p *person) lock(t *testing.T) {
	p.choose(t, "DisclosureTriangle", "frame.menu")
	p.choose(t, "button", "frame.lock")
}

// lockAndUnlock locks, mistypes the password and comes back.
func (p *person) lockAndUnlock(t *testing.T, n *newcomer) {
	p.lock(t)
	p.sees(t, "unlock.title")
	p.open(t, n.address+"/sources")
	p.sees(t, "unlock.title")
	p.write(t, "textbox", "unlock.password", "wrong")
	p.choose(t, "button", "unlock.open")
	p.sees(t, "unlock.wrong")
	p.write(t, "textbox", "unlock.password", gallery.Password)
	p.choose(t, "button", "unlock.open")
	p.sees(t, "sources.title")
	if got := p.at(t); got != "/sources" {
		t.Errorf("unlocking leads to %s, not to the page that was asked for", got)
	}
}
