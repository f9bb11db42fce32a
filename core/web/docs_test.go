package web_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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

// TestDocs_program_checks_the_ledger runs the program of docs/ledger.md on an
// export, and on what others made of it.
func TestDocs_program_checks_the_ledger(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("THE PROGRAM OF docs/ledger.md WAS NOT RUN: no python3 here")
	}
	page, err := os.ReadFile("../../docs/ledger.md")
	if err != nil {
		t.Fatal(err)
	}
	_, program, _ := strings.Cut(string(page), "```python\n")
	program, _, found := strings.Cut(program, "```")
	if !found {
		t.Fatal("docs/ledger.md has no program")
	}
	var export map[string]any
	decode(t, household(t).post("/activity/export", url.Values{}), &export)
	entries := export["entries"].([]any)
	check := func(entries []any) (string, error) {
		text, err := json.Marshal(map[string]any{"head": export["head"], "entries": entries})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "activity.json")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), python, "-c", program, path).CombinedOutput()
		return string(out), err
	}
	if out, err := check(entries); err != nil || !strings.Contains(out, fmt.Sprintf("%d entries, all under %s", len(entries), export["head"])) {
		t.Fatalf("got %q, %v", out, err)
	}
	altered := func(part string) []any {
		was := entries[1].(map[string]any)
		one, salted := maps.Clone(was), maps.Clone(was[part].(map[string]any))
		salted["text"] = strings.Replace(salted["text"].(string), "{", "{ ", 1)
		one[part] = salted
		return slices.Replace(slices.Clone(entries), 1, 2, any(one))
	}
	erased := maps.Clone(entries[1].(map[string]any))
	delete(erased, "content")
	if out, err := check(slices.Replace(slices.Clone(entries), 1, 2, any(erased))); err != nil {
		t.Errorf("with the content of an entry erased: got %q, %v", out, err)
	}
	reordered := slices.Clone(entries)
	reordered[1], reordered[2] = reordered[2], reordered[1]
	for name, others := range map[string][]any{"content altered": altered("content"), "header altered": altered("header"), "reordered": reordered,
		"one removed": slices.Delete(slices.Clone(entries), 1, 2), "the last removed": entries[:len(entries)-1]} {
		if out, err := check(others); err == nil {
			t.Errorf("%s: got %q", name, out)
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
