package browser_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/domicile-home/domicile/core/locale"
)

// stepTime is how long one step in the browser may take on a busy machine.
const stepTime = 60 * time.Second

// A tab is a tab with its own cookies. What it should never see is collected:
// see [tab.quiet].
type tab struct {
	ctx       context.Context
	mu        sync.Mutex
	loud      []string
	documents map[string]bool // addresses of pages asked for
	started   int             // navigations
	busy      bool            // one is going on
}

// newTab opens a tab, closed with the test.
func (b *browser) newTab(t *testing.T) *tab {
	t.Helper()
	return openTab(t, b.ctx, chromedp.WithNewBrowserContext())
}

// beside opens a tab with the same cookies.
func (tb *tab) beside(t *testing.T) *tab {
	t.Helper()
	return openTab(t, tb.ctx)
}

func openTab(t *testing.T, parent context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	tb := &tab{documents: map[string]bool{}}
	ctx, stop := chromedp.NewContext(parent, append(options, chromedp.WithListener(tb.hear))...)
	t.Cleanup(stop)
	tb.ctx = ctx
	tb.step(t, "open", chromedp.Do(ctx))
	for what, err := range map[string]error{
		"network": call(ctx, network.Enable, network.EnableParams{}),
		"log":     call(ctx, log.Enable, cdp.Empty{}),
		"page":    call(ctx, page.Enable, page.EnableParams{}),
		// Several tabs work at once; each shows its focus as if it were in front.
		"focus": call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
	} {
		tb.step(t, what, err)
	}
	return tb
}

func call[P, R any](ctx context.Context, cmd cdp.Command[P, R], params P) error {
	_, err := chromedp.Call(ctx, cmd, params)
	return err
}

func (tb *tab) step(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// within returns the tab's context for one step.
func (tb *tab) within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(tb.ctx, stepTime)
}

// hear collects what no page of a home may cause.
func (tb *tab) hear(event any) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		tb.note("exception: %s", e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			tb.note("console: %s", e.Args[0].Value)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !tb.expected(e.Entry) {
			tb.note("console: %s %s", e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if e.Type == network.ResourceTypeDocument {
			tb.documents[e.Request.URL] = true
			tb.started, tb.busy = tb.started+1, true
		}
		if !isLocal(e.Request.URL) {
			tb.note("request: %s", e.Request.URL)
		}
	case *page.EventLoadEventFired:
		tb.busy = false
	case *page.EventJavascriptDialogOpening:
		tb.note("dialog: %s", e.Message)
		go func() { _ = call(tb.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}) }() // a dialog stops the page
	}
}

// expected reports whether the console says what the page says too: the status
// of a page that is refused.
func (tb *tab) expected(e *log.Entry) bool {
	return e.Source == log.EntrySourceNetwork && tb.documents[e.URL]
}

// isLocal reports whether a request stays on this machine. The browser draws
// its own controls from addresses that hold their data; of a page's own images
// the policy refuses these.
func isLocal(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "data" || u.Scheme == "http" && ip != nil && ip.IsLoopback()
}

// note keeps a line; the caller holds mu.
func (tb *tab) note(format string, args ...any) {
	tb.loud = append(tb.loud, fmt.Sprintf(format, args...))
}

// quiet reports what was collected, and forgets it.
func (tb *tab) quiet(t *testing.T, where string) {
	t.Helper()
	for _, line := range tb.heard() {
		t.Errorf("%s: %.500s", where, line)
	}
}

// heard returns what was collected, and forgets it.
func (tb *tab) heard() []string {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	heard := slices.Compact(tb.loud)
	tb.loud = nil
	return heard
}

// open goes to an address and waits until the page is there.
func (tb *tab) open(t *testing.T, address string) {
	t.Helper()
	ctx, stop := tb.within()
	defer stop()
	tb.step(t, "open "+address, chromedp.Do(ctx, chromedp.Navigate(address)))
}

// settle waits until no page is on its way; before is how many navigations had
// started when something was pressed that may start one.
func (tb *tab) settle(t *testing.T, before int) {
	t.Helper()
	begun := time.Now()
	for time.Since(begun) < stepTime {
		started, busy := tb.moves()
		if !busy && (started > before || time.Since(begun) > stays) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the page does not come")
}

// stays is how long a page may take to react to a key; one that has not left by
// then stays, and changes in place.
const stays = time.Second

func (tb *tab) moves() (started int, busy bool) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	return tb.started, tb.busy
}

// speak asks for pages in a language.
func (tb *tab) speak(t *testing.T, lang locale.Lang) {
	t.Helper()
	tb.step(t, "language", call(tb.ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
		Headers: network.Headers{"Accept-Language": jsonv2.Value(`"` + lang + `"`)}}))
}

// eval returns the value of an expression in the page.
func eval[T any](t *testing.T, tb *tab, expression string) T {
	t.Helper()
	ctx, stop := tb.within()
	defer stop()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	tb.step(t, clip(expression), err)
	return value
}

func clip(text string) string {
	if len(text) > 120 {
		return text[:120] + "…"
	}
	return text
}

// A screen is how a person looks at a page.
type screen struct {
	width, height int64
	dark          bool
}

func (s screen) String() string {
	return fmt.Sprintf("%d px, %s", s.width, map[bool]string{false: "light", true: "dark"}[s.dark])
}

const (
	phoneWidth   = 360
	desktopWidth = 1280
)

// screens are ordered so that each step changes one thing.
func screens() []screen {
	return []screen{{desktopWidth, 900, false}, {desktopWidth, 900, true}, {phoneWidth, 740, true}, {phoneWidth, 740, false}}
}

// look makes the tab a screen. Nothing moves: a colour on its way is no
// colour to judge.
func (tb *tab) look(t *testing.T, s screen) {
	t.Helper()
	ctx, stop := tb.within()
	defer stop()
	scheme := map[bool]string{false: "light", true: "dark"}[s.dark]
	err := call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
	tb.step(t, "colour scheme", err)
	err = call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: s.width, Height: s.height, DeviceScaleFactor: 1, Mobile: s.width == phoneWidth})
	tb.step(t, "screen", err)
}
