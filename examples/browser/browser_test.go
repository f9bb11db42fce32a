package browser_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/examples/gallery"
)

// repository is the top of the project.
const repository = "../.."

// TestBrowser runs everything in one browser, in tabs that share nothing.
func TestBrowser(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute")
	}
	b := launch(t)
	t.Run("judge", func(t *testing.T) { testJudge(t, b) })
	t.Run("journeys", func(t *testing.T) { testJourneys(t, b) })
	t.Run("attacks", func(t *testing.T) { testAttacks(t, b) })
	for _, lang := range locale.Langs() {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			g := b.openGallery(t, lang)
			t.Run("pages", func(t *testing.T) { testPages(t, b, g) })
			t.Run("hostile", func(t *testing.T) { testHostile(t, b, g) })
		})
	}
}

// A browser is Chromium, with what its tabs need.
type browser struct {
	ctx    context.Context
	axe    string // the source of axe-core
	shared *home.Shared
}

// launch starts Chromium with a profile of its own. It ends with the test.
func launch(t *testing.T) *browser {
	t.Helper()
	path := chromium(t)
	axe, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		missing(t, "axe-core", err)
	}
	shared, err := gallery.Shared(os.DirFS(repository))
	if err != nil {
		t.Fatalf("%v: run make build", err)
	}
	t.Cleanup(func() { check(t, shared.Close()) })
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(shortDir(t)), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP *.example 127.0.0.1")) // names that lead an enemy here
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Logf("the browser ended with: %v", err)
		}
	})
	return &browser{ctx, string(axe), shared}
}

// chromium returns the path of the browser.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("DOMICILE_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	missing(t, "Chromium", exec.ErrNotFound)
	return ""
}

// missing ends the test: nothing is proved without a browser, so where CI runs
// that is a failure.
func missing(t *testing.T, what string, err error) {
	t.Helper()
	const says = "NOT TESTED IN A BROWSER: %s is missing (%v). Run make browser."
	if os.Getenv("CI") == "true" {
		t.Fatalf(says, what, err)
	}
	t.Skipf(says, what, err)
}

// shortDir returns a folder whose name leaves room for that of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "b-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, removeAll(dir)) })
	return dir
}

// removeAll removes a folder that a browser, on its way out, may still write
// into.
func removeAll(dir string) (err error) {
	for range 50 {
		if err = os.RemoveAll(dir); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func sample(t *testing.T, path string) string {
	t.Helper()
	full, err := filepath.Abs(filepath.Join(repository, path))
	if err != nil {
		t.Fatal(err)
	}
	return full
}
