package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"testing"
	"unicode/utf8"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// FuzzArchive walks any bytes as an archive: it ends, within its bounds, and
// names are UTF-8.
func FuzzArchive(f *testing.F) {
	var z bytes.Buffer
	w := zip.NewWriter(&z)
	e, _ := w.Create("a/b")
	io.WriteString(e, "hello")
	w.Close()
	f.Add(z.Bytes())
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xcbH\xcd\xc9\xc9\x07\x00\x86\xa6\x106\x05\x00\x00\x00"))
	f.Add(append([]byte("name"), make([]byte, 600)...))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, list, err := openArchive(bytes.NewReader(data), int64(len(data)))
		for n := 0; err == nil; n++ {
			var name string
			var r io.Reader
			if name, r, err = list.next(); err != nil {
				break
			}
			if n > maxArchiveEntries || !utf8.ValidString(name) {
				t.Fatalf("entry %d: %q", n, name)
			}
			if _, copyErr := io.Copy(io.Discard, io.LimitReader(r, 1<<20)); copyErr != nil {
				break
			}
		}
	})
}

func TestMeter(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		size int64
		out  int
		want protocol.Code
	}{
		{"little from little", 10, freeRatio, ""},
		{"much from little", 10, freeRatio + 1, protocol.Limit},
		{"much from much", 1 << 20, 200 << 20, ""},
		{"too much for its size", 1 << 20, 201<<20 + 200, protocol.Limit},
		{"too much", 64 << 20, maxArchiveTotal + 1, protocol.Limit},
	} {
		m := &meter{size: tc.size}
		var got protocol.Code
		if err := m.count(tc.out); err != nil {
			got = problem(err).Code
		}
		if got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestFill_tells_an_end_from_a_cut(t *testing.T) {
	t.Parallel()
	p := make([]byte, 10)
	if n, end, err := fill(p, bytes.NewReader(make([]byte, 3))); n != 3 || !end || err != nil {
		t.Errorf("an end: got %d, %v, %v", n, end, err)
	}
	cut := io.MultiReader(bytes.NewReader(make([]byte, 3)), &broken{})
	if _, end, err := fill(p, cut); end || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a cut: got %v, %v", end, err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
