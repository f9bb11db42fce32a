package browser_test

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/domicile-home/domicile/core/locale"
)

// A person uses a home by keyboard alone, and finds things as a screen reader
// names them: by role and name, in their language.
type person struct {
	*tab
	l *locale.Locale
}

// maxTabs is how many times a person presses Tab before giving up.
const maxTabs = 150

// noScripts makes the tab run no script of any page.
func (p *person) noScripts(t *testing.T) {
	t.Helper()
	p.step(t, "no scripts", call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
}

// A stop is what has the focus.
type stop struct{ role, name, value string }

// focus returns what has the focus, as assistive technology is told.
func (p *person) focus(t *testing.T) stop {
	t.Helper()
	ctx, cancel := p.within()
	defer cancel()
	var found accessibility.GetPartialAXTreeResult
	none := false
	err := chromedp.Do(ctx, func(ctx context.Context, tg *chromedp.Target) (chromedp.Void, error) {
		active, err := cdp.Call(ctx, tg, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.activeElement"})
		if err != nil || active.Result.ObjectID == "" {
			return chromedp.Void{}, err
		}
		found, err = cdp.Call(ctx, tg, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{ObjectID: active.Result.ObjectID, FetchRelatives: &none})
		return chromedp.Void{}, err
	})
	p.step(t, "find the focus", err)
	if len(found.Nodes) == 0 {
		return stop{}
	}
	n := found.Nodes[0]
	return stop{said(n.Role), said(n.Name), said(n.Value)}
}

func said(v *accessibility.Value) string {
	var text string
	if v == nil || json.Unmarshal(v.Value, &text) != nil {
		return ""
	}
	return strings.TrimSpace(text)
}

// goTo presses Tab until the focus is on what has a role and, in its name, the
// message of key.
func (p *person) goTo(t *testing.T, role, key string) {
	t.Helper()
	p.goToName(t, role, p.l.T(key), "")
}

// goToName does so by name, in the item of a list that says a text.
func (p *person) goToName(t *testing.T, role, name, item string) {
	t.Helper()
	var passed []string
	for range maxTabs {
		at := p.focus(t)
		if at.role == role && strings.Contains(at.name, name) && (item == "" || strings.Contains(eval[string](t, p.tab, itemText), item)) {
			if fault := eval[string](t, p.tab, focusShows); fault != "" {
				t.Errorf("the focus on %s %q does not show: %s", role, name, fault)
			}
			return
		}
		passed = append(passed, at.role+" "+at.name)
		p.press(t, kb.Tab)
	}
	t.Fatalf("no %s %q on %s; passed: %q", role, name, eval[string](t, p.tab, "document.title"), passed[:min(len(passed), 40)])
}

const itemText = `(document.activeElement.closest("li, tr, article") ?? document.activeElement).innerText`

// focusShows says what is wrong with how the focus shows: an element without an
// outline, or one that something lies over.
const focusShows = `(() => {
	const e = document.activeElement, s = getComputedStyle(e), r = e.getClientRects()[0];
	if (s.outlineStyle === "none" || parseFloat(s.outlineWidth) < 2) return "outline " + s.outline;
	const top = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
	if (top !== null && (e.contains(top) || top.contains(e) && top.localName === "label")) return "";
	return "at " + [r.left, r.top, r.width, r.height].map(Math.round) + " in " + [innerWidth, innerHeight, scrollY] + " stands " + (top ? top.outerHTML.slice(0, 100) : "nothing");
})()`

// press presses keys.
func (p *person) press(t *testing.T, keys string) {
	t.Helper()
	ctx, cancel := p.within()
	defer cancel()
	p.step(t, "press a key", chromedp.Do(ctx, chromedp.KeyEvent(keys)))
}

// write puts text into the field whose label is the message of key.
func (p *person) write(t *testing.T, role, key, text string) {
	t.Helper()
	p.goTo(t, role, key)
	p.insert(t, text)
}

func (p *person) insert(t *testing.T, text string) {
	t.Helper()
	ctx, cancel := p.within()
	defer cancel()
	err := call(ctx, input.InsertText, input.InsertTextParams{Text: text})
	p.step(t, "write", err)
}

// choose presses what has a role and the message of key, and waits for the
// page that it may lead to.
func (p *person) choose(t *testing.T, role, key string) {
	t.Helper()
	p.goTo(t, role, key)
	p.enter(t)
}

// enter presses Enter and waits for the page that may follow.
func (p *person) enter(t *testing.T) {
	t.Helper()
	before, _ := p.moves()
	p.press(t, kb.Enter)
	p.settle(t, before)
}

// sees waits until the page says the message of key: a live page comes to it by
// itself.
func (p *person) sees(t *testing.T, key string) {
	t.Helper()
	p.seesText(t, p.l.T(key))
}

func (p *person) seesText(t *testing.T, text string) {
	t.Helper()
	end := time.Now().Add(stepTime)
	for time.Now().Before(end) {
		ctx, cancel := p.within()
		shown, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
		cancel()
		if err == nil && strings.Contains(shown, text) {
			return
		}
		time.Sleep(100 * time.Millisecond) // the page may just be on its way
	}
	t.Fatalf("the page %q does not say %q: %.600s", eval[string](t, p.tab, "document.title"), text, eval[string](t, p.tab, "document.body.innerText"))
}

// at returns the path of the page.
func (p *person) at(t *testing.T) string {
	t.Helper()
	return eval[string](t, p.tab, "location.pathname")
}

// pick opens the file chooser of a field by keyboard and picks files.
func (p *person) pick(t *testing.T, key string, files ...string) {
	t.Helper()
	p.step(t, "take over file choosers", call(p.ctx, page.SetInterceptFileChooserDialog, page.SetInterceptFileChooserDialogParams{Enabled: true}))
	ctx, cancel := p.within()
	defer cancel()
	opened := chromedp.Events(ctx, page.FileChooserOpened)
	p.goTo(t, "button", key)
	p.press(t, kb.Enter)
	for chooser, err := range opened {
		p.step(t, "open the file chooser", err)
		err = call(ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: files, BackendNodeID: chooser.BackendNodeID})
		p.step(t, "pick files", err)
		return
	}
	t.Fatal("no file chooser opened")
}

// fill puts text into the field of a label.
func (p *person) fill(t *testing.T, label, text string) {
	t.Helper()
	p.goToName(t, "textbox", label, "")
	p.insert(t, text)
}

// strings returns a program's own words in the person's language.
func (p *person) strings(t *testing.T, folder string) (words map[string]string) {
	t.Helper()
	text, err := os.ReadFile(sample(t, folder+"/strings/"+string(p.l.Lang)+".json"))
	if err == nil {
		err = json.Unmarshal(text, &words)
	}
	p.step(t, "read the program's words", err)
	return words
}
