package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestProofs: each promise that threat-model.md says a test holds names tests,
// and they are there.
func TestProofs(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(page), "| promise | held by |\n|---|---|\n")
	if !ok {
		t.Fatal("no table of promises")
	}
	name := regexp.MustCompile("`([a-z/]+)\\.((?:Test|Fuzz)[A-Za-z0-9_]+)`")
	promises := 0
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		promises++
		proofs := name.FindAllStringSubmatch(line, -1)
		if len(proofs) == 0 {
			t.Errorf("nothing proves: %s", line)
		}
		for _, proof := range proofs {
			if !hasTest(t, proof[1], proof[2]) {
				t.Errorf("%s has no %s", proof[1], proof[2])
			}
		}
	}
	if promises < 20 {
		t.Errorf("read %d promises", promises)
	}
}

// hasTest reports whether a test file of a package declares name.
func hasTest(t *testing.T, pkg, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", pkg, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}
