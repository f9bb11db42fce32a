package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/sdktest"
)

// corpora returns the folder of sample files made by others that
// DOMICILE_CORPORA names. They are not all free to copy, so most stay out of
// this repository.
func corpora(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("DOMICILE_CORPORA")
	if dir == "" {
		t.Skip("SKIPPED: set DOMICILE_CORPORA to the folder of sample files, or the counts of docs/formats.md go unchecked")
	}
	return dir
}

// TestCorpora counts what every set of the pilots gives, record by type, and
// holds it against what docs/formats.md says.
func TestCorpora(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(corpora(t), "mesinfos", "*", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no sets: %v", err)
	}
	var out strings.Builder
	out.WriteString("| set | rows | records, or why it is refused | noted |\n|---|---|---|---|\n")
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		h, res := play(t, data)
		fmt.Fprintf(&out, "| %s | %s | %s | %d |\n", filepath.Base(path), rows(data), outcome(t, path, h, res), len(res.Log))
	}
	block(t, "mesinfos", out.String())
}

// rows counts the objects of a set by a reader that knows nothing of this one.
func rows(data []byte) string {
	var all []json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return "not JSON"
	}
	return strconv.Itoa(len(all))
}

func outcome(t *testing.T, path string, h *sdktest.Host, res sdktest.Result) string {
	t.Helper()
	if res.Problem != nil {
		reason := res.Problem.Message
		if len(h.Records()) > 0 || reason == "" {
			t.Errorf("%s: refused with %d records and reason %q", path, len(h.Records()), reason)
		}
		return "refused: " + reason
	}
	byType, ids := map[record.Type]int{}, map[string]bool{}
	for _, r := range h.Records() {
		byType[r.Type]++
		if key := string(r.Type) + " " + r.ID; r.ID != "" && ids[key] {
			t.Errorf("%s: two records are %s", path, key)
		} else {
			ids[key] = true
		}
	}
	var parts []string
	for _, typ := range record.Types() {
		if n := byType[typ]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, typ))
		}
	}
	if points := pointsOf(t, h); points > 0 {
		parts = append(parts, fmt.Sprintf("%d points", points))
	}
	return strings.Join(parts, ", ")
}

// pointsOf counts the values that series hold.
func pointsOf(t *testing.T, h *sdktest.Host) int {
	t.Helper()
	n := 0
	for _, s := range of[record.Series](t, h, record.TypeSeries) {
		for _, v := range s.Values {
			if v != nil {
				n++
			}
		}
	}
	return n
}

// block compares a part of docs/formats.md with what was counted, or writes it
// there with -update.
func block(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", "formats.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := []byte("<!-- counts: "+name+" -->\n"), []byte("<!-- end -->\n")
	from := bytes.Index(page, begin)
	if from < 0 {
		t.Fatalf("docs/formats.md has no place for the counts of %s", name)
	}
	from += len(begin)
	size := bytes.Index(page[from:], end)
	if size < 0 {
		t.Fatal("docs/formats.md: a table has no end")
	}
	if *update {
		page = slices.Concat(page[:from], []byte(text), page[from+size:])
		if err := os.WriteFile(path, page, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(page[from:from+size]), text); diff != "" {
		t.Errorf("docs/formats.md does not say what is counted: run go test ./connectors/%s -update (-page +counted)\n%s", name, diff)
	}
}
