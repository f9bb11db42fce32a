package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

func manifest(t *testing.T) protocol.Manifest {
	t.Helper()
	text, err := os.ReadFile("manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var m protocol.Manifest
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestManifest(t *testing.T) {
	t.Parallel()
	m := manifest(t)
	for _, typ := range m.Produces {
		if !slices.Contains(record.Types(), record.Type(typ)) {
			t.Errorf("produces %s, which is no type", typ)
		}
	}
	for _, language := range m.Languages {
		text, err := os.ReadFile(filepath.Join("strings", language+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]string
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{m.Name, m.Description} {
			if all[key] == "" {
				t.Errorf("%s: %q is missing", language, key)
			}
		}
	}
}

// detects reports whether the manifest claims a file. The home looks at the
// first 64 KiB.
func detects(t *testing.T, m protocol.Manifest, data []byte) bool {
	t.Helper()
	head := data[:min(len(data), 64<<10)]
	for _, accept := range m.Accepts {
		for _, d := range accept.Detect {
			if regexp.MustCompile(d.Match).Match(head) {
				return true
			}
		}
	}
	return false
}

func TestDetect_claims_the_sets_and_nothing_else(t *testing.T) {
	t.Parallel()
	m := manifest(t)
	root := corpora(t)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		want := strings.HasPrefix(path, filepath.Join(root, "mesinfos"))
		if got := detects(t, m, data); got != want {
			t.Errorf("%s: claimed %v", strings.TrimPrefix(path, root), got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
