package vault_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// canary is planted wherever text can go, each time with another ending.
const canary = "xyzzy-planted-"

func TestCanary_is_in_no_file(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, o := filepath.Join(dir, "vault.db"), cheap
	o.Ballast = filepath.Join(dir, "ballast")
	v, recovery, err := vault.Create(path, canary+"password", o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = v.Close() }()
	source := newSource(t, v)
	text := []byte(strings.Repeat(canary+"text ", 20_000)) // 380 kB: values and chunks
	w, err := v.NewFile(t.Context(), source, canary+"name.pdf", canary+"media")
	if err != nil {
		t.Fatal(err)
	}
	for range 50 { // beyond what is held in memory
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	look(t, dir, recovery)
	for _, title := range []string{canary + "title", canary + "another title"} {
		inSpace(t, v, source, func(s *vault.Space) error {
			file, err := s.PutFile(f)
			if err != nil {
				return err
			}
			r, _, err := s.PutRecord(core.Record{
				Type: canary + "type", ID: canary + "id", Title: title, Time: record.Date(2026, 3, 15), Data: json.RawMessage(`{"label":"` + canary + `label"}`),
				Files:      []core.FileRef{{File: file, Name: canary + "ref.pdf", MediaType: canary + "media"}},
				Links:      []record.Link{{Rel: canary + "rel", Type: canary + "type", ID: canary + "id"}},
				Provenance: core.Provenance{Run: 1, Connector: canary + "connector", Version: canary + "1.0", Module: canary + "module", Evidence: canary + "evidence"},
			})
			if err != nil {
				return err
			}
			if err := s.AddComposite([]byte(canary+"composite"), r.Ref.Seq); err != nil {
				return err
			}
			if err := s.Put('s', []byte(canary+"secret"), []byte(canary+"value")); err != nil {
				return err
			}
			return s.Put('s', []byte(canary+"large"), text)
		})
		look(t, dir, recovery)
	}
	sealer, err := v.Sealer(canary + "purpose")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, sealer.Name(canary+"cache")), sealer.Seal(canary+"cache", text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := v.SetPassword(t.Context(), canary+"next password"); err != nil {
		t.Fatal(err)
	}
	if err := v.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	look(t, dir, recovery)
	if err := v.Shred(t.Context(), source); err != nil {
		t.Fatal(err)
	}
	look(t, dir, recovery)
}

// look searches every file under dir, and their names.
func look(t *testing.T, dir string, recovery vault.RecoveryKey) {
	t.Helper()
	words := []string{canary, "xyzzy", strings.ToUpper(canary), string(recovery), strings.ReplaceAll(string(recovery), "-", "")}
	seen := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen++
		content := read(t, path)
		for _, word := range words {
			if bytes.Contains(content, []byte(word)) || strings.Contains(d.Name(), word) {
				t.Errorf("%q is in %s", word, d.Name())
			}
		}
		return nil
	})
	if err != nil || seen == 0 {
		t.Fatalf("looked into %d files: %v", seen, err)
	}
}
