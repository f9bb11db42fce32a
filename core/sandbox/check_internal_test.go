package sandbox

import (
	"bytes"
	"testing"

	"github.com/domicile-home/domicile/sdk/protocol"
)

const header = "\x00asm\x01\x00\x00\x00"

func TestCheckModule(t *testing.T) {
	t.Parallel()
	const wasi = "\x16wasi_snapshot_preview1"
	for _, tc := range []struct {
		name, wasm string
		good       bool
	}{
		{"no section", header, true},
		{"a WASI function", header + "\x02\x23\x01" + wasi + "\x08fd_write\x00\x00", true},
		{"a memory of 4096 pages", header + "\x05\x04\x01\x00\x80\x20", true},
		{"a custom section", header + "\x00\x02\x01x", true},
		{"nothing", "", false},
		{"a component", "\x00asm\x0d\x00\x01\x00", false},
		{"a shell script", "#!/bin/sh\n", false},
		{"a section that is cut", header + "\x02\x23\x01", false},
		{"a section without length", header + "\x02", false},
		{"a length over 32 bits", header + "\x00\xff\xff\xff\xff\x7f", false},
		{"a number that never ends", header + "\x00\x80\x80\x80\x80\x80\x80", false},
		{"a function of another module", header + "\x02\x0b\x01\x03env\x03abc\x00\x00", false},
		{"a memory from outside", header + "\x02\x24\x01" + wasi + "\x08fd_write\x02\x00\x01", false},
		{"too many imports", header + "\x02\x02\xc9\x01", false},
		{"too many functions", header + "\x03\x03\xc1\x9a\x0c", false},
		{"too many globals", header + "\x06\x03\xa1\x8d\x06", false},
		{"a large table", header + "\x04\x06\x01\x70\x00\xa1\x8d\x06", false},
		{"many tables", header + "\x04\x01\x09", false},
		{"two memories", header + "\x05\x05\x02\x00\x01\x00\x01", false},
		{"a shared memory", header + "\x05\x04\x01\x03\x01\x01", false},
		{"a 64-bit memory", header + "\x05\x03\x01\x04\x01", false},
		{"a memory of 4 GiB", header + "\x05\x05\x01\x00\x80\x80\x04", false},
	} {
		if err := checkModule([]byte(tc.wasm)); (err == nil) != tc.good {
			t.Errorf("%s: got %v", tc.name, err)
		}
	}
	if checkModule(append([]byte(header), make([]byte, protocol.MaxModule)...)) == nil {
		t.Error("a module over its bound passes")
	}
}

// FuzzCheckModule holds that no bytes make the check panic, and that what it
// lets pass it lets pass again behind an empty custom section.
func FuzzCheckModule(f *testing.F) {
	f.Add([]byte(header))
	f.Add([]byte(header + "\x02\x23\x01\x16wasi_snapshot_preview1\x08fd_write\x00\x00\x05\x03\x01\x00\x01"))
	f.Add([]byte(header + "\x04\x06\x01\x70\x01\x01\x10\x10"))
	f.Fuzz(func(t *testing.T, wasm []byte) {
		if checkModule(wasm) != nil {
			return
		}
		again := append([]byte(header+"\x00\x01\x00"), wasm[len(header):]...)
		if err := checkModule(again); err != nil {
			t.Fatalf("passes, and not behind a custom section: %v", err)
		}
		if !bytes.HasPrefix(wasm, []byte("\x00asm")) {
			t.Fatal("not wasm")
		}
	})
}
