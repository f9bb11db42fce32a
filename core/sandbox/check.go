package sandbox

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// Bounds of a module, looked at before anything compiles it.
const (
	maxImports   = 200
	maxFunctions = 200_000
	maxGlobals   = 100_000
	maxTables    = 8
	maxTable     = 100_000 // elements that a table starts with
	pageSize     = 64 << 10
	wasiModule   = "wasi_snapshot_preview1"
)

// Sections of a wasm module, in the order of their numbers.
const (
	sectionCustom   = 0
	sectionImport   = 2
	sectionFunction = 3
	sectionTable    = 4
	sectionMemory   = 5
	sectionGlobal   = 6
)

var errModule = errors.New("malformed module")

// checkModule looks at the outline of a wasm module: its version, the bounds of
// its sections, and what it imports, which may only be functions of WASI
// preview 1. Whether the rest is valid is for the compiler to say, confined.
func checkModule(wasm []byte) error {
	if len(wasm) > protocol.MaxModule {
		return fmt.Errorf("module over %d bytes", protocol.MaxModule)
	}
	rest, ok := bytes.CutPrefix(wasm, []byte("\x00asm\x01\x00\x00\x00"))
	if !ok {
		return errors.New("not a WebAssembly module of version 1")
	}
	r := &wasmReader{b: rest}
	for len(r.b) > 0 {
		id := r.byte()
		body := r.take(r.number())
		if r.bad {
			return errModule
		}
		if err := checkSection(id, &wasmReader{b: body}); err != nil {
			return err
		}
	}
	return nil
}

func checkSection(id byte, r *wasmReader) error {
	var err error
	switch id {
	case sectionImport:
		err = checkImports(r)
	case sectionFunction:
		err = atMost(r.number(), maxFunctions, "functions")
	case sectionTable:
		err = checkTables(r)
	case sectionMemory:
		err = checkMemories(r)
	case sectionGlobal:
		err = atMost(r.number(), maxGlobals, "globals")
	}
	if err == nil && r.bad {
		return errModule
	}
	return err
}

func checkImports(r *wasmReader) error {
	n := r.number()
	if err := atMost(n, maxImports, "imports"); err != nil {
		return err
	}
	for range n {
		from, name, kind := r.take(r.number()), r.take(r.number()), r.byte()
		if r.bad {
			return errModule
		}
		if string(from) != wasiModule || kind != 0 {
			return fmt.Errorf("imports %.60q.%.60q: only functions of %s are offered", from, name, wasiModule)
		}
		r.number() // its type
	}
	return nil
}

func checkTables(r *wasmReader) error {
	n := r.number()
	if err := atMost(n, maxTables, "tables"); err != nil {
		return err
	}
	for range n {
		r.byte() // what it refers to
		least, _ := r.limits()
		if err := atMost(least, maxTable, "table elements"); err != nil {
			return err
		}
	}
	return nil
}

func checkMemories(r *wasmReader) error {
	n := r.number()
	if err := atMost(n, 1, "memories"); err != nil {
		return err
	}
	for range n {
		least, flags := r.limits()
		if flags > 1 {
			return errors.New("shared and 64-bit memories are not offered")
		}
		if err := atMost(least, int(protocol.MaxLimits().Memory/pageSize), "pages of memory"); err != nil {
			return err
		}
	}
	return nil
}

func atMost(n uint32, most int, what string) error {
	if uint64(n) > uint64(most) {
		return fmt.Errorf("%d %s: over %d", n, what, most)
	}
	return nil
}

// A wasmReader reads the primitives of the format. After something malformed,
// bad is set and everything reads as zero.
type wasmReader struct {
	b   []byte
	bad bool
}

func (r *wasmReader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *wasmReader) take(n uint32) []byte {
	if r.bad || uint64(n) > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

// number reads an unsigned LEB128 number of at most 32 bits.
func (r *wasmReader) number() uint32 {
	var n uint64
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			if n > 1<<32-1 {
				break
			}
			return uint32(n)
		}
	}
	r.bad = true
	return 0
}

// limits reads the least size of a table or memory, and the flags before it.
func (r *wasmReader) limits() (least uint32, flags byte) {
	flags = r.byte()
	least = r.number()
	if flags&1 != 0 {
		r.number()
	}
	return least, flags
}
