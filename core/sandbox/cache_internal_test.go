package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// openSealer seals nothing: what is tested here is room.
type openSealer struct{}

func (openSealer) Seal(_ string, plain []byte) []byte                     { return plain }
func (openSealer) Open(_ []byte, _ string, sealed []byte) ([]byte, error) { return sealed, nil }
func (openSealer) Name(clear string) string                               { return clear }

func TestCache_stays_below_its_bound(t *testing.T) {
	t.Parallel()
	c := NewCache(t.TempDir(), openSealer{})
	c.most = 5000
	left := filepath.Join(c.dir, "x"+unfinished)
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		name := fmt.Sprint(i)
		c.store(name, bytes.Repeat([]byte{byte(i)}, 1500))
		age := time.Now().Add(time.Duration(i-10) * time.Hour)
		if err := os.Chtimes(c.path(name), age, age); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5 {
		got, err := c.load(fmt.Sprint(i))
		if err != nil || (got != nil) != (i >= 2) {
			t.Errorf("%d: got %d bytes, %v", i, len(got), err)
		}
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Error("what a crash left stays")
	}
}

func TestPad_hides_sizes_and_round_trips(t *testing.T) {
	t.Parallel()
	sizes := map[int]bool{}
	for n := 1; n < 100_000; n += 37 {
		content := bytes.Repeat([]byte{1}, n)
		padded := pad(content)
		sizes[len(padded)] = true
		if got, ok := unpad(padded); !ok || !bytes.Equal(got, content) {
			t.Fatalf("%d bytes do not round-trip", n)
		}
		if len(padded) > (n+8)*9/8+1 {
			t.Fatalf("%d bytes become %d", n, len(padded))
		}
	}
	if len(sizes) > 150 {
		t.Errorf("%d sizes tell programs apart", len(sizes))
	}
	for _, bad := range [][]byte{nil, {1, 2}, make([]byte, 8), {9, 0, 0, 0, 0, 0, 0, 0, 1}, bytes.Repeat([]byte{0xff}, 20)} {
		if _, ok := unpad(bad); ok {
			t.Errorf("% x is taken", bad)
		}
	}
}
