package main

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// Sections of a wasm module.
const (
	sectionCustom = 0
	sectionCode   = 10
)

var errOutline = errors.New("the module cannot be outlined")

// outline returns a module that is like wasm but for its functions' bodies, each
// of which is one instruction, and without custom sections other than names.
//
// It is what runs with the code compiled from wasm: decoding and validating
// bodies again at each run takes as long as everything else until the first
// frame, and nothing looks at them.
func outline(wasm []byte) ([]byte, error) {
	const header = 8
	if len(wasm) < header {
		return nil, errOutline
	}
	out := bytes.Clone(wasm[:header])
	for rest := wasm[header:]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		end := 1 + n + int(size)
		if n <= 0 || size > uint64(len(rest)) || end > len(rest) {
			return nil, errOutline
		}
		whole, content := rest[:end], rest[1+n:end]
		switch {
		case whole[0] == sectionCode:
			bodies, err := emptyBodies(content)
			if err != nil {
				return nil, err
			}
			out = append(binary.AppendUvarint(append(out, sectionCode), uint64(len(bodies))), bodies...)
		case whole[0] != sectionCustom || bytes.HasPrefix(content, []byte("\x04name")):
			out = append(out, whole...)
		}
		rest = rest[end:]
	}
	return out, nil
}

// emptyBodies returns the content of a code section with as many functions as
// the given one, each of which is valid whatever its type.
func emptyBodies(code []byte) ([]byte, error) {
	const unreachable = "\x03\x00\x00\x0b" // its size, no locals, unreachable, end
	count, n := binary.Uvarint(code)
	if n <= 0 || count > uint64(len(code)) {
		return nil, errOutline
	}
	return append(bytes.Clone(code[:n]), bytes.Repeat([]byte(unreachable), int(count))...), nil
}
