package extract_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/domicile-home/domicile/core/extract"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
)

// TestExtractor_keeps_the_compiled_reader holds that a second process of the
// same home compiles nothing: what it finds is what the first one left.
func TestExtractor_keeps_the_compiled_reader(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "code")
	var left []byte
	for turn := range 2 {
		x := extract.New(sandboxtest.Box(t), sandbox.NewCache(dir, plainSealer{}))
		if _, err := pdfText(t, sessionOf(t, x), bill(t)); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(files) != 1 {
			t.Fatalf("turn %d: %v in the cache, %v", turn, files, err)
		}
		if turn == 0 {
			left = readFile(t, files[0])
			mark(t, files[0])
		} else if now := readFile(t, files[0]); !bytes.Equal(now, left) || !marked(t, files[0]) {
			t.Errorf("it was compiled again")
		}
	}
}

// mark takes the right to write from a file, which a new one in its place has.
func mark(tb testing.TB, name string) {
	tb.Helper()
	if err := os.Chmod(name, 0o400); err != nil {
		tb.Fatal(err)
	}
}

func marked(tb testing.TB, name string) bool {
	tb.Helper()
	info, err := os.Stat(name)
	if err != nil {
		tb.Fatal(err)
	}
	return info.Mode().Perm() == 0o400
}

// A plainSealer seals nothing, but tells what was changed.
type plainSealer struct{}

func (plainSealer) Seal(name string, plain []byte) []byte {
	sum := sha256.Sum256(append([]byte(name), plain...))
	return append(sum[:], plain...)
}

func (s plainSealer) Open(_ []byte, name string, sealed []byte) ([]byte, error) {
	if len(sealed) < sha256.Size || !bytes.Equal(s.Seal(name, sealed[sha256.Size:]), sealed) {
		return nil, errors.New("changed")
	}
	return sealed[sha256.Size:], nil
}

func (plainSealer) Name(clear string) string {
	sum := sha256.Sum256([]byte(clear))
	return hex.EncodeToString(sum[:])
}
