package browser_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/examples/gallery"
)

// tabs is how many pages are looked at at once.
const tabs = 2

// testPages judges every case of a gallery, a few at once.
func testPages(t *testing.T, b *browser, g *gallery.Gallery) {
	t.Parallel()
	next := make(chan int, len(gallery.Cases()))
	for i := range gallery.Cases() {
		next <- i
	}
	close(next)
	for n := range tabs {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			tb := b.newTab(t)
			for i := range next {
				c := gallery.Cases()[i]
				t.Run(c.Page+", "+c.State, func(t *testing.T) { b.lookAt(t, tb, g.URL(i)) })
			}
		})
	}
}

func (b *browser) openGallery(t *testing.T, lang locale.Lang) *gallery.Gallery {
	t.Helper()
	g, err := gallery.Open(t.Context(), gallery.Config{Dir: shortDir(t), Source: os.DirFS(repository), Shared: b.shared, Lang: lang, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, g.Close()) })
	return g
}

// lookAt judges a page on every screen.
func (b *browser) lookAt(t *testing.T, tb *tab, address string) {
	t.Helper()
	for _, fault := range b.judge(t, tb, address) {
		t.Error(fault)
	}
	tb.quiet(t, address)
}

// judge returns the faults of a page on every screen.
func (b *browser) judge(t *testing.T, tb *tab, address string) (faults []string) {
	t.Helper()
	for i, s := range screens() {
		tb.look(t, s)
		if i == 0 {
			tb.open(t, address)
			eval[any](t, tb, "window.stop()") // a live page stays as it is for this look
			eval[any](t, tb, b.axe+";undefined")
		}
		for _, fault := range append(eval[[]string](t, tb, runAxe), eval[[]string](t, tb, fmt.Sprintf(layout, s.width))...) {
			faults = append(faults, s.String()+": "+fault)
		}
	}
	return faults
}

// runAxe returns each fault of the page in one line. The size of targets is
// off in axe unless asked for.
const runAxe = `axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}}).then(r => r.violations.flatMap(v =>
	v.nodes.slice(0, 3).map(n => v.id + ": " + v.help + ": " + n.target.join(" ") + " " + n.html.slice(0, 200) + " " + n.any.map(a => a.message).join("; ").slice(0, 300))))`

// layout returns what does not fit a screen of so many pixels: a page that is
// wider, and things to press that are smaller than 44 pixels.
const layout = `(() => {
	const faults = [], room = %d, wide = Math.max(document.documentElement.scrollWidth, window.innerWidth);
	const name = e => "<" + e.localName + " class='" + e.className + "'> " + (e.innerText || e.name || "").slice(0, 60);
	if (wide > room) {
		const worst = [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > room + 1).slice(0, 3).map(name);
		faults.push("the page is " + wide + " px wide: " + worst.join(", "));
	}
	for (const e of document.querySelectorAll("button, a.button, [role=button], nav a, summary, select, input:not([type=hidden]):not([type=checkbox]):not([type=radio]), label:has(> input[type=checkbox], > input[type=radio])")) {
		if (!e.checkVisibility({visibilityProperty: true})) continue;
		const r = e.getBoundingClientRect();
		if (r.width < 43.5 || r.height < 43.5) faults.push("target of " + Math.round(r.width) + "×" + Math.round(r.height) + " px: " + name(e));
	}
	return faults;
})()`

// testJudge shows the judge a page with a fault of each kind.
func testJudge(t *testing.T, b *browser) {
	t.Parallel()
	tb := b.newTab(t)
	faults := strings.Join(b.judge(t, tb, serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		_, _ = io.WriteString(w, `<!doctype html><meta name="viewport" content="width=device-width"><title>Faults</title><style>:root{color-scheme:light dark} p{color:#999;background:#fff} @media(min-width:40rem){p{color:#000}}</style>
			<main><p>pale</p><button>x</button><pre>`+strings.Repeat("wide", 100)+`</pre><img src="https://evil.example/x.png"></main><script>alert(1)</script>`)
	}))), "\n")
	for _, want := range []string{"html-has-lang", "360 px, light: color-contrast", "image-alt", "page-has-heading-one", "target of ", "360 px, dark: the page is "} {
		if !strings.Contains(faults, want) {
			t.Errorf("the judge did not see %s", want)
		}
	}
	if strings.Contains(faults, "1280 px, light: color-contrast") {
		t.Error("the judge did not wait for the screen")
	}
	heard := strings.Join(tb.heard(), "\n")
	for _, want := range []string{"img-src", "script-src"} {
		if !strings.Contains(heard, want) {
			t.Errorf("the tab heard of no breach of %s: %s", want, heard)
		}
	}
}

// serve serves a handler until the test ends.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}
