package sandbox_test

import (
	"bytes"
	"encoding/binary"
)

// A module is a wasm module written by hand: one function of no arguments for
// each body, the first one exported as _start.
type module struct {
	bodies  [][]byte // instructions without the final end
	locals  uint32   // i32 locals of each function
	memory  []byte   // limits; nil: one page
	table   []byte   // limits of a table of functions; nil: none
	imports [][2]string
}

// Instructions.
const (
	opLoop, opBlock, opEnd, opBr, opBrIf, opCall, opDrop = 0x03, 0x02, 0x0b, 0x0c, 0x0d, 0x10, 0x1a
	opLocalGet, opLocalSet, opI32Const, opI32Add         = 0x20, 0x21, 0x41, 0x6a
	opMemoryGrow, opRefNull, opPrefix, opTableGrow       = 0x40, 0xd0, 0xfc, 0x0f
	opStore, opSelect, opI32Eqz                          = 0x36, 0x1b, 0x45
	noType, funcRef, typeI32                             = 0x40, 0x70, 0x7f
)

func (m module) bytes() []byte {
	out := []byte("\x00asm\x01\x00\x00\x00")
	out = section(out, 1, vector([]byte{0x60, 0, 0}))
	if len(m.imports) > 0 {
		var imports [][]byte
		for _, i := range m.imports {
			imports = append(imports, append(append(name(i[0]), name(i[1])...), 0, 0))
		}
		out = section(out, 2, vector(imports...))
	}
	var types, codes [][]byte
	for _, b := range m.bodies {
		types = append(types, []byte{0})
		codes = append(codes, sized(m.body(b)))
	}
	out = section(out, 3, vector(types...))
	if m.table != nil {
		out = section(out, 4, vector(append([]byte{funcRef}, m.table...)))
	}
	memory := m.memory
	if memory == nil {
		memory = []byte{0, 1}
	}
	out = section(out, 5, vector(memory))
	start := append(name("_start"), append([]byte{0}, leb(uint64(len(m.imports)))...)...)
	out = section(out, 7, vector(start, append(name("memory"), 2, 0)))
	return section(out, 10, vector(codes...))
}

func (m module) body(code []byte) []byte {
	var b []byte
	if m.locals == 0 {
		b = []byte{0}
	} else {
		b = append(append([]byte{1}, leb(uint64(m.locals))...), typeI32)
	}
	return append(append(b, code...), opEnd)
}

func section(out []byte, id byte, content []byte) []byte {
	return append(append(out, id), sized(content)...)
}

func sized(b []byte) []byte { return append(leb(uint64(len(b))), b...) }
func name(s string) []byte  { return sized([]byte(s)) }

func vector(items ...[]byte) []byte {
	return append(leb(uint64(len(items))), bytes.Join(items, nil)...)
}

func leb(n uint64) []byte { return binary.AppendUvarint(nil, n) }

// sleb is a signed number, as constants are written.
func sleb(n int64) []byte {
	var out []byte
	for {
		b := byte(n & 0x7f)
		n >>= 7
		if n == 0 && b&0x40 == 0 || n == -1 && b&0x40 != 0 {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}

func code(parts ...any) []byte {
	var out []byte
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			out = append(out, byte(p))
		case []byte:
			out = append(out, p...)
		}
	}
	return out
}
