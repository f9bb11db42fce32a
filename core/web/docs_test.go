package web_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/web"
)

// TestDocs_examples_of_the_API_work runs every example of docs/api.md against a
// home that is served on loopback.
func TestDocs_examples_of_the_API_work(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal("the examples of docs/api.md are run with curl, which is not here: ", err)
	}
	page, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	s := household(t)
	bill := s.someBill(t)
	secret, _ := s.makeToken(t, month, auth.Scopes()...)
	server := httptest.NewServer(s.site)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "releve.ofx"), demoStatement(t), 0o600); err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 8 {
		t.Fatalf("only %d examples", len(blocks))
	}
	for _, block := range blocks {
		run := exec.CommandContext(t.Context(), "sh", "-eu", "-c", block[1])
		run.Dir = dir
		run.Env = append(os.Environ(), "DOMICILE="+server.URL, "TOKEN="+string(secret), "RECORD="+bill.Ref.String(), "SOURCE="+bill.Ref.Source.String(), "no_proxy=*")
		out, err := run.CombinedOutput()
		if err != nil {
			t.Errorf("%s%v\n%.500s", block[1], err, out)
		}
		for words, want := range map[string]string{"If-None-Match": "304", "records?type=bill": `"records":[{`, "/search": `"total":`, "respond-async": `"state":`, "--data-binary": `"succeeded"`, "openapi.json": "3.1.0"} {
			if strings.Contains(block[1], words) && !strings.Contains(string(out), want) {
				t.Errorf("%sdoes not answer %s: %.500s", block[1], want, out)
			}
		}
	}
	if pdf, err := os.ReadFile(filepath.Join(dir, "bill.pdf")); err != nil || !strings.HasPrefix(string(pdf), "%PDF") {
		t.Errorf("bill.pdf: %.20q, %v", pdf, err)
	}
	waitForImports(t, s)
}

// TestDocs_name_every_scope_and_status holds the tables of docs/api.md against
// the code.
func TestDocs_name_every_scope_and_status(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range auth.Scopes() {
		if !strings.Contains(string(page), "| `"+string(s)+"` |") {
			t.Errorf("the scope %s is not in the table", s)
		}
	}
	for code, status := range web.Statuses() {
		row := regexp.MustCompile(`(?m)^\| [0-9, ]*` + strconv.Itoa(status) + `[0-9, ]* \| .*` + "`" + string(code) + "`")
		if code != "internal" && code != "damaged" && status != 502 && code != "blocked" && !row.Match(page) {
			t.Errorf("%d %s is not in the table", status, code)
		}
	}
}

// TestDocs_tell_how_to_check_the_ledger checks an export by docs/ledger.md
// alone, without any code of the ledger.
func TestDocs_tell_how_to_check_the_ledger(t *testing.T) {
	t.Parallel()
	s := household(t)
	type salted struct {
		Salt []byte
		Text string
	}
	var export struct {
		Head    string
		Entries []struct {
			Number          int
			Header, Content salted
			Path            [][]byte
		}
	}
	decode(t, s.post("/activity/export", url.Values{}), &export)
	digest := func(s salted) []byte {
		mac := hmac.New(sha256.New, s.Salt)
		fmt.Fprint(mac, s.Text)
		return mac.Sum(nil)
	}
	size, root, _ := strings.Cut(export.Head, "-")
	if size != strconv.Itoa(len(export.Entries)) || len(export.Entries) < 4 {
		t.Fatalf("%d entries under %s", len(export.Entries), export.Head)
	}
	for _, e := range export.Entries {
		var h struct{ Content string }
		if err := json.Unmarshal([]byte(e.Header.Text), &h); err != nil || h.Content != hex.EncodeToString(digest(e.Content)) {
			t.Errorf("entry %d: its content is not what the header names: %v", e.Number, err)
		}
		if got := hex.EncodeToString(climb(e.Number, len(export.Entries), digest(e.Header), e.Path)); got != root {
			t.Errorf("entry %d leads to %s, want %s", e.Number, got, root)
		}
	}
}

// climb is RFC 9162, 2.1.3.2, from a leaf to the root.
func climb(index, size int, leaf []byte, path [][]byte) []byte {
	sum := func(parts ...[]byte) []byte {
		h := sha256.New()
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	r := sum([]byte{0}, leaf)
	fn, sn := index, size-1
	for _, p := range path {
		if fn&1 == 1 || fn == sn {
			r = sum([]byte{1}, p, r)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			r = sum([]byte{1}, r, p)
		}
		fn, sn = fn>>1, sn>>1
	}
	return r
}
