package main

import (
	"bytes"
	"testing"
)

func TestOutline(t *testing.T) {
	t.Parallel()
	const header = "\x00asm\x01\x00\x00\x00"
	for _, tc := range []struct{ name, wasm, want string }{
		{"nothing", header, header},
		{"a type", header + "\x01\x04\x01\x60\x00\x00", header + "\x01\x04\x01\x60\x00\x00"},
		{"bodies", header + "\x0a\x0a\x02\x02\x00\x0b\x05\x00\x41\x01\x1a\x0b", header + "\x0a\x09\x02\x03\x00\x00\x0b\x03\x00\x00\x0b"},
		{"names stay", header + "\x00\x05\x04name", header + "\x00\x05\x04name"},
		{"other custom sections go", header + "\x00\x05\x04prod\x01\x01\x00", header + "\x01\x01\x00"},
		{"data stays behind the code", header + "\x0a\x04\x01\x02\x00\x0b\x0b\x01\x00", header + "\x0a\x05\x01\x03\x00\x00\x0b\x0b\x01\x00"},
	} {
		if got, err := outline([]byte(tc.wasm)); err != nil || string(got) != tc.want {
			t.Errorf("%s: got %q, %v, want %q", tc.name, got, err, tc.want)
		}
	}
	for _, bad := range []string{"", "\x00asm", header + "\x01", header + "\x01\x05", header + "\x0a\x01\x05",
		header + "\x0a\x00", header + "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"} {
		if _, err := outline([]byte(bad)); err == nil {
			t.Errorf("%q has an outline", bad)
		}
	}
}

// FuzzOutline holds that no bytes make outline panic, and that an outline is its
// own outline.
func FuzzOutline(f *testing.F) {
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x0a\x04\x01\x02\x00\x0b\x0b\x01\x00"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x00\x05\x04name"))
	f.Fuzz(func(t *testing.T, wasm []byte) {
		first, err := outline(wasm)
		if err != nil {
			return
		}
		again, err := outline(first)
		if err != nil || !bytes.Equal(again, first) {
			t.Fatalf("%x becomes %x, then %x, %v", wasm, first, again, err)
		}
	})
}
