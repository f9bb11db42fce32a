package browser_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/examples/gallery"
)

// testHostile opens every record that an enemy made, of every type and with
// every text in every field, and every page of every app of theirs, on a phone: nothing runs, nothing leaves, nothing
// is wider than the screen, and no text turns its neighbours around.
func testHostile(t *testing.T, b *browser, g *gallery.Gallery) {
	t.Parallel()
	tb := b.newTab(t)
	tb.look(t, screen{phoneWidth, 740, false})
	h := g.House(gallery.Hostiles)
	paths := []string{"/apps", "/activity?kind=granted"}
	for _, id := range gallery.HostileApps() {
		paths = append(paths, "/apps/"+id, "/apps/"+id+"/grant", "/apps/"+id+"/why/1", "/activity?app="+id)
	}
	for _, ref := range h.Records {
		paths = append(paths, "/records/"+ref.String())
	}
	for _, path := range paths {
		address := h.URL + path
		tb.open(t, address)
		for _, fault := range append(eval[[]string](t, tb, fmt.Sprintf(layout, phoneWidth)), eval[[]string](t, tb, isolated)...) {
			t.Errorf("%s: %s", address, fault)
		}
		tb.quiet(t, address)
	}
	for i, c := range gallery.Cases() {
		if c.View != nil {
			tb.open(t, g.URL(i))
			for _, fault := range eval[[]string](t, tb, isolated) {
				t.Errorf("%s: %s", c.State, fault)
			}
			tb.quiet(t, g.URL(i))
		}
	}
	tb.open(t, h.URL+"/records/"+h.Records[0].String())
	tb.download(t, h)
}

// isolated returns where an enemy's text stands without being isolated, or has
// become more than text.
const isolated = `(() => {
	const faults = [], foreign = /<script>|\u202E|=cmd\||javascript:|longlong|(é ){9}/;
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	let seen = 0;
	for (let n = texts.nextNode(); n; n = texts.nextNode()) {
		if (!foreign.test(n.data.replace(/\u2068[^\u2069]*\u2069/g, ""))) continue;
		seen++;
		const e = n.parentElement;
		if (!e.closest("bdi, option") && !/\u2068/.test(n.data) && getComputedStyle(e).unicodeBidi !== "isolate") faults.push("not isolated: <" + e.localName + "> " + n.data.slice(0, 60));
	}
	for (const e of document.querySelectorAll("script:not([src^='/static/']), img[src=x], [onerror], [onload], [onmouseover], b, main [style]")) faults.push("an element came in: " + e.outerHTML.slice(0, 100));
	for (const e of document.querySelectorAll("[href]")) if (!["http:", "https:"].includes(e.protocol ?? "http:")) faults.push("a link leads to " + e.href.slice(0, 60));
	return faults;
})()`

// download asks for files that would run: the browser keeps them away from any
// page.
func (tb *tab) download(t *testing.T, h *gallery.House) {
	t.Helper()
	r, err := h.Query.Get(t.Context(), h.Records[0])
	if err != nil {
		t.Fatal(err)
	}
	before := eval[string](t, tb, "location.href")
	for _, f := range r.Files {
		ctx, stop := tb.within()
		_, err := chromedp.Run(ctx, chromedp.NavigateResponse(fileAddress(h, r.Ref, f)))
		stop()
		if _, aborted := errors.AsType[*chromedp.LoadError](err); !aborted {
			t.Errorf("%s: the browser showed it: %v", f.MediaType, err)
		}
		if at := eval[string](t, tb, "location.href"); at != before {
			t.Errorf("%s led to %s", f.MediaType, at)
		}
	}
	tb.quiet(t, "files")
}

func fileAddress(h *gallery.House, ref core.Ref, f core.FileRef) string {
	return fmt.Sprintf("%s/files/%s/%d", h.URL, ref.Source, f.File)
}
