package web_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"github.com/domicile-home/domicile/examples/gallery"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
)

// plain is a page's text, the marks around foreign words left out.
// someHead is a head of another ledger.
const someHead = "1-0000000000000000000000000000000000000000000000000000000000000000"

func plain(tb testing.TB, page string) string {
	tb.Helper()
	var lines []string
	for _, n := range elements(tb, page) {
		switch n.Data {
		case "li", "p", "h2", "strong":
			lines = append(lines, strings.Join(strings.Fields(inner(n)), " "))
		}
	}
	return strings.NewReplacer("\u2068", "", "\u2069", "").Replace(strings.Join(lines, "\n"))
}

func TestActivity_tells_the_story(t *testing.T) {
	t.Parallel()
	s := household(t)
	secret, _ := s.makeToken(t, month, auth.Scopes()...)
	s.ask("GET", "/records?type=bill&limit=2", secret, nil)
	s.ask("GET", "/records?type=nothing", secret, nil)
	s.ask("GET", "/records/0000000000000001-1", secret, nil)
	for range 3 {
		s.ask("GET", "/sources", secret, nil)
	}
	for lang, want := range map[string][]string{
		"en": {"Ondine Télécom brought ", " records. It talked to 1 host: 127.0.0.1", "It talked to nobody.", "signed in, to try what you typed. It talked to 1 host", "The token “calendar” read 2 bills.",
			"The token “calendar” looked, and there was nothing new.", "turned away: there is nothing here", "requests went to 1 host", "Programs with a token read 2 records.", "looked at the sources and their runs. 3 times in a row", "Verified"},
		"fr": {"Ondine Télécom a apporté ", "Elle a parlé à 1 hôte", "Le jeton « calendar » a lu 2 factures.", "Vérifié"},
	} {
		text := body(t, s.get("/activity", header("Accept-Language", lang)))
		checkPage(t, text, lang)
		got := strings.ReplaceAll(plain(t, text), "\u00a0", " ")
		for _, words := range want {
			if !strings.Contains(got, strings.ReplaceAll(words, "\u00a0", " ")) {
				t.Errorf("%s does not say %q:\n%s", lang, words, got)
			}
		}
	}
	if text := plain(t, body(t, s.get("/activity?kind=use"))); strings.Contains(text, "brought") || !strings.Contains(text, "calendar") {
		t.Errorf("filtered: %s", text)
	}
	if err := s.rooms(t).Connect.Forget(t.Context(), s.source); err != nil {
		t.Fatal(err)
	}
	if text := plain(t, body(t, s.get("/activity"))); !strings.Contains(text, "was destroyed with its source") || strings.Contains(text, "Ondine Télécom brought") {
		t.Errorf("once the source is gone: %s", text)
	}
}

func TestActivity_of_a_quiet_home(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	if text := body(t, h.get("/activity")); !strings.Contains(text, "Nothing has happened yet") {
		t.Errorf("%.500s", text)
	}
	if err := h.rooms(t).Ledger.Append(t.Context(), ledger.Entry{Kind: ledger.SignIn, Device: gallery.Bidi}); err != nil {
		t.Fatal(err)
	}
	text := body(t, h.get("/activity"))
	if !strings.Contains(text, "Nothing left this home.") || strings.Contains(text, "\u202E") {
		t.Errorf("%.500s", plain(t, text))
	}
}

func TestActivity_walks_to_the_end(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	const entries = 350
	var all []ledger.Entry
	for n := range entries {
		all = append(all, ledger.Entry{Kind: ledger.SignIn, Device: fmt.Sprintf("device-%d.", n)})
	}
	if err := h.rooms(t).Ledger.Append(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
	seen, pages := map[string]bool{}, 0
	for path := "/activity"; path != "" && pages < 10; pages++ {
		text := body(t, h.get(path))
		path = ""
		for _, n := range elements(t, text) {
			if attr(n, "class") == "told" {
				seen[inner(n)[5:]] = true
			}
			if attr(n, "rel") == "next" {
				path = attr(n, "href")
			}
		}
	}
	if len(seen) != entries || pages != 4 {
		t.Errorf("%d entries on %d pages", len(seen), pages)
	}
}

func TestActivity_downloads_with_proofs_that_hold(t *testing.T) {
	t.Parallel()
	s := household(t)
	before, err := s.rooms(t).Ledger.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	res := s.post("/activity/export", url.Values{})
	if !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("disposition %q", res.Header.Get("Content-Disposition"))
	}
	var export struct {
		Head    ledger.Head
		Entries []ledger.Proof
	}
	decode(t, res, &export)
	if uint64(len(export.Entries)) != export.Head.Size || export.Head.Size != before.Size+1 {
		t.Fatalf("%d entries under %s", len(export.Entries), export.Head)
	}
	for _, p := range export.Entries {
		if err := p.Check(export.Head); err != nil {
			t.Error(err)
		}
	}
	last := export.Entries[len(export.Entries)-1]
	var e ledger.Entry
	if err := json.Unmarshal([]byte(last.Content.Text), &e); err != nil || e.Kind != ledger.Export {
		t.Errorf("the last entry is %s", last.Content.Text)
	}
	for head, want := range map[string]string{before.String(): "only added", someHead: "was changed", "x": "not such a line"} {
		if text := plain(t, body(t, s.get("/activity?head="+head))); !strings.Contains(text, want) {
			t.Errorf("with the head %s it does not say %q", head, want)
		}
	}
}

func TestActivity_says_when_the_ledger_was_changed(t *testing.T) {
	t.Parallel()
	s := household(t)
	s.update(t, core.Own, func(own *vault.Space) error {
		return own.Delete('l', binary.BigEndian.AppendUint64([]byte{'w'}, 1))
	})
	if text := plain(t, body(t, s.get("/activity"))); !strings.Contains(text, "Verified") {
		t.Errorf("a key that is not there: %s", text)
	}
	s.update(t, core.Own, func(own *vault.Space) error {
		at := binary.BigEndian.AppendUint64([]byte{'c'}, 0)
		for entry, err := range own.Scan('l', vault.Range{Prefix: []byte{'c'}}) {
			if err != nil {
				return err
			}
			at = entry.Key
		}
		row, err := own.Get('l', at)
		if err != nil {
			return err
		}
		return own.Put('l', at, []byte(strings.Replace(string(row), `"kind":"`, `"Kind":"`, 1)))
	})
	res := s.get("/activity")
	if text := plain(t, body(t, res)); res.StatusCode != http.StatusOK || !strings.Contains(text, "This ledger was changed") {
		t.Errorf("%d: %s", res.StatusCode, text)
	}
}
