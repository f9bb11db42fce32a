package formattest

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// A Vector is a vault of testdata/vectors: what opens it and what it holds.
type Vector struct {
	Password string
	Recovery string
	KeyFile  Hex      `json:",omitempty"`
	Retired  []string `json:",omitempty"` // passwords that opened it once
	Content  Content
}

// Keys returns what opens the vector, by name.
func (v Vector) Keys() map[string]Key {
	keys := map[string]Key{"password": Password(v.Password), "recovery key": Recovery(v.Recovery)}
	if v.KeyFile != nil {
		keys["key file"] = KeyFile(v.KeyFile)
	}
	return keys
}

// Unpack writes the vault name.db.gz of the folder dir to a file and returns
// its path, and what name.json says of it.
func Unpack(t testing.TB, dir, name string) (path string, v Vector) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	packed, err := os.Open(filepath.Join(dir, name+".db.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "vault.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, v
}
