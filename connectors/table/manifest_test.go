package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

func TestDetect_is_the_last_to_claim_a_file_and_claims_tables(t *testing.T) {
	t.Parallel()
	m := manifest(t)
	for _, accept := range m.Accepts {
		if !accept.Last {
			t.Errorf("%s is claimed before others are asked", accept.MediaType)
		}
	}
	for text, want := range map[string]bool{
		"a;b;c\nd;e;f\n": true, "a\tb\tc\r\nd\te\tf": true, "x\na;b;c\rd;e;f": true, "a;b\nc;d": false, "prose; with; signs\nand then none": false, "\x00a;b;c\nd;e;f\x00": false, "a;b;\x00c\nd;e;f": false, "": false,
	} {
		got := false
		for _, d := range m.Accepts[0].Detect {
			got = got || d.Match != "" && regexp.MustCompile(d.Match).MatchString(text)
		}
		if got != want {
			t.Errorf("%q: claimed %v", text, got)
		}
	}
}
