package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestKeyspaces_belong_to_one_room holds that no letter of a space is used for
// two things: rooms do not know each other's.
func TestKeyspaces_belong_to_one_room(t *testing.T) {
	declared := regexp.MustCompile(`(\w+)\s+(?:vault\.)?Keyspace\s*= ('.')`)
	owner := map[string]string{} // letter -> name
	err := filepath.WalkDir("../core", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			if was := owner[m[2]]; was != "" && was != m[1] {
				t.Errorf("%s: %s is %s already, and %s", path, m[2], was, m[1])
			}
			owner[m[2]] = m[1]
		}
		return err
	})
	if err != nil || len(owner) < 15 {
		t.Errorf("read %d keyspaces: %v", len(owner), err)
	}
}
