package browser_test

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/examples/gallery"
)

// testAttacks visits sites of an enemy in the browser of a person who is signed
// in: one of another name, and one on another port of this machine, which the
// home's cookies reach.
func testAttacks(t *testing.T, b *browser) {
	t.Parallel()
	n := b.newcomer(t)
	p := &person{b.newTab(t), locale.New(locale.English)}
	p.look(t, screen{desktopWidth, 900, false})
	p.speak(t, locale.English)
	p.setUp(t, n)
	p.quiet(t, "set up")
	enemy := serve(t, http.HandlerFunc(enemySite))
	for _, from := range []string{enemy, strings.Replace(enemy, "127.0.0.1", "evil.example", 1)} {
		t.Run("from "+hostOf(t, from), func(t *testing.T) {
			tb := p.beside(t)
			tb.postsNothing(t, from, n.address)
			tb.readsNothing(t, from, n.address)
			tb.framesNothing(t, from, n.address)
			p.open(t, n.address+"/sources")
			p.sees(t, "sources.title") // unlocked, signed in, in English as before
			p.quiet(t, from)
		})
	}
	t.Run("rebinding", func(t *testing.T) { p.beside(t).rebinds(t, n.address) })
	t.Run("redirects", func(t *testing.T) { p.staysHome(t, n.address) })
	t.Run("back after lock", func(t *testing.T) { p.goesBack(t, n) })
}

func hostOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Hostname()
}

// enemySite sends its visitors' browsers at a home.
func enemySite(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	page := template.Must(template.New("enemy").Parse(`<!doctype html><title>Enemy</title>
		<form id="f" method="post" action="{{.Get "to"}}" enctype="{{or (.Get "kind") "application/x-www-form-urlencoded"}}"><input name="lang" value="fr"><input name="back" value="/"></form>
		{{with .Get "frame"}}<iframe src="{{.}}"></iframe>{{end}}`))
	_ = page.Execute(w, r.URL.Query())
}

// postsNothing has the enemy's pages send forms: the home refuses each.
func (tb *tab) postsNothing(t *testing.T, enemy, home string) {
	for _, path := range []string{"/lock", "/language", "/import", "/sources/new/ondine", "/unlock"} {
		for _, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"} {
			tb.open(t, enemy+"?"+url.Values{"to": {home + path}, "kind": {kind}}.Encode())
			before, _ := tb.moves()
			eval[any](t, tb, "document.getElementById('f').submit()")
			tb.settle(t, before)
			if got := eval[int](t, tb, "performance.getEntriesByType('navigation')[0].responseStatus"); got != http.StatusForbidden {
				t.Errorf("%s to %s: %d", kind, path, got)
			}
		}
	}
}

// readsNothing has the enemy's scripts ask for pages: they see none, and load
// none as a script or a picture.
func (tb *tab) readsNothing(t *testing.T, enemy, home string) {
	tb.open(t, enemy)
	for _, script := range []string{
		`fetch(%q, {credentials: "include"}).then(r => r.text()).then(() => "read", () => "")`,
		`fetch(%q, {credentials: "include", mode: "no-cors"}).then(r => r.text()).then(text => text, () => "")`,
		`fetch(%q, {credentials: "include", method: "PUT", headers: {"X-Other": "1"}}).then(() => "sent", () => "")`,
		`new Promise(done => { const s = document.createElement("script"); s.src = %q; s.onload = () => done("ran"); s.onerror = () => done(""); document.head.append(s) })`,
		`new Promise(done => { const s = document.createElement("img"); s.src = %q; s.onload = () => done("shown"); s.onerror = () => done("") })`,
	} {
		for _, path := range []string{"/sources", "/static/style.css"} {
			if got := eval[string](t, tb, fmt.Sprintf(script, home+path)); got != "" {
				t.Errorf("%s of %s: %q", clip(script), path, got)
			}
		}
	}
}

// framesNothing has the enemy show the home in a frame, to be clicked on.
func (tb *tab) framesNothing(t *testing.T, enemy, home string) {
	for _, path := range []string{"/", "/unlock", "/sources"} {
		tb.heard()
		tb.open(t, enemy+"?"+url.Values{"frame": {home + path}}.Encode())
		if heard := strings.Join(tb.heard(), "\n"); !strings.Contains(heard, "Framing '"+home) {
			t.Errorf("the frame of %s was not refused: %s", path, heard)
		}
	}
}

// rebinds comes to the home by a name of the enemy's that leads to this machine.
func (tb *tab) rebinds(t *testing.T, home string) {
	for _, path := range []string{"/", "/unlock", "/setup", "/static/style.css"} {
		tb.open(t, strings.Replace(home, "127.0.0.1", "rebound.example", 1)+path)
		if got := eval[int](t, tb, "performance.getEntriesByType('navigation')[0].responseStatus"); got != http.StatusMisdirectedRequest {
			t.Errorf("%s: %d", path, got)
		}
	}
}

// staysHome follows forms that name another site to come back to, as a browser
// reads addresses.
func (p *person) staysHome(t *testing.T, home string) {
	for _, back := range []string{"https://evil.example/", "//evil.example/", `/\evil.example/`, `\\evil.example`, "/\t/evil.example/", "\t//evil.example/",
		"/\n/evil.example", "/%2f/evil.example", "/.//evil.example", "/..//evil.example", "javascript:alert(1)", "data:text/html,x", "evil.example", "/@evil.example", " //evil.example"} {
		p.open(t, home+"/unlock?back="+url.QueryEscape(back))
		before, _ := p.moves()
		eval[any](t, p.tab, fmt.Sprintf(`(() => { const f = document.querySelector("form[action='/language']"); f.querySelector("[name=back]").value = %q; f.querySelector("button").click() })()`, back))
		p.settle(t, before)
		if at := eval[string](t, p.tab, "location.origin"); at != home {
			t.Errorf("the language leads to %s by %q", at, back)
		}
	}
	p.quiet(t, "redirects")
	p.open(t, home+"/unlock?back="+url.QueryEscape("//evil.example/"))
	p.l = locale.New(locale.French) // chosen above
	p.write(t, "textbox", "unlock.password", gallery.Password)
	p.choose(t, "button", "unlock.open")
	if at := eval[string](t, p.tab, "location.origin"); at != home {
		t.Errorf("unlocking leads to %s", at)
	}
	p.quiet(t, "redirect after unlock")
}

// goesBack locks and presses the browser's button: nothing of what was seen
// comes back.
func (p *person) goesBack(t *testing.T, n *newcomer) {
	p.open(t, n.address+"/sources")
	p.sees(t, "sources.none")
	p.lock(t)
	p.sees(t, "unlock.title")
	before, _ := p.moves()
	eval[any](t, p.tab, "history.back()")
	p.settle(t, before)
	time.Sleep(stays) // a page from the browser's memory would be here by now
	if text := eval[string](t, p.tab, "document.body.innerText"); strings.Contains(text, p.l.T("sources.none")) || !strings.Contains(text, p.l.T("unlock.title")) {
		t.Errorf("after locking, going back shows %.300s", text)
	}
	p.quiet(t, "back after lock")
}
