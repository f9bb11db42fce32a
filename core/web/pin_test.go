package web_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core/home"
)

// TestUnlock_says_that_the_vault_is_older_than_this_browser_saw_it puts an
// older copy of the file in place of the vault, as somebody might who has one.
func TestUnlock_says_that_the_vault_is_older_than_this_browser_saw_it(t *testing.T) {
	t.Parallel()
	dir, l := t.TempDir(), &log{}
	open := func() *house {
		h, err := home.Open(t.Context(), configIn(dir, l), shared())
		if err != nil {
			t.Fatal(err)
		}
		return furnish(t, h, l, noPace())
	}
	unlock := func(h *house, head string) *http.Response {
		return h.post("/unlock", url.Values{"password": {password}}, header("Cookie", "__Host-head="+head))
	}
	const warning = "This home is older than when this browser last saw it."
	h := open()
	h.setUp(t)
	first := headIn(t, h.get("/"))
	close := func(h *house) {
		t.Helper()
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
	close(h)
	path := filepath.Join(dir, "vault.db")
	older, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h = open()
	if res := unlock(h, first); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("unlock of what was seen: %d", res.StatusCode)
	} else {
		h.keep(t, res)
	}
	later := headIn(t, h.get("/"))
	if later == first {
		t.Fatal("the head stays though the sign-in was committed")
	}
	if res := h.get("/", header("Cookie", "__Host-domicile="+h.session+"; __Host-head="+later)); pinned(res) != "" {
		t.Error("a head that the browser has is sent again")
	}
	close(h)
	if err := os.WriteFile(path, older, 0o600); err != nil {
		t.Fatal(err)
	}
	h = open()
	res := unlock(h, later)
	if text := body(t, res); res.StatusCode != http.StatusOK || !strings.Contains(text, warning) {
		t.Errorf("an older vault: %d", res.StatusCode)
	}
	h.keep(t, res)
	if res := h.get("/", header("Cookie", "__Host-domicile="+h.session+"; __Host-head="+later)); res.StatusCode != http.StatusOK || pinned(res) != "" {
		t.Errorf("%d: the browser forgets what it saw for %q", res.StatusCode, pinned(res))
	}
	for _, head := range []string{"", "nonsense", "9" + later} { // nothing known, or of another home
		if res := unlock(h, head); res.StatusCode != http.StatusSeeOther {
			t.Errorf("with the head %q: %d", head, res.StatusCode)
		}
	}
}

// headIn returns the head that an answer has the browser keep.
func headIn(t *testing.T, res *http.Response) string {
	t.Helper()
	head := pinned(res)
	if head == "" {
		t.Fatalf("no head in the answer %d", res.StatusCode)
	}
	return head
}

func pinned(res *http.Response) string {
	for _, c := range res.Cookies() {
		if c.Name == "__Host-head" {
			if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.MaxAge < 1 {
				return "a loose cookie"
			}
			return c.Value
		}
	}
	return ""
}
