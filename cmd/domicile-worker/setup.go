package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// A setup is the parent's first message: its length in four bytes, little
// endian, then this object.
type setup struct {
	CPU        int64  `json:"cpu"`                  // seconds of processor time
	Memory     int64  `json:"memory,omitempty"`     // bytes of linear memory
	Data       int64  `json:"data"`                 // bytes of private memory, the worker's own included
	Start      int64  `json:"start,omitempty"`      // the clock at the start, Unix nanoseconds
	Seed       []byte `json:"seed,omitempty"`       // of the random source
	Replay     int    `json:"replay,omitempty"`     // replies during which sleeping takes no time
	Wasm       int    `json:"wasm,omitempty"`       // size of the module on descriptor 3
	Code       int    `json:"code,omitempty"`       // size of the compiled code on descriptor 4
	Helper     string `json:"helper,omitempty"`     // prepare: compile what this helper needs instead
	Nice       int    `json:"nice,omitempty"`       // how far the worker comes after others
	Unconfined bool   `json:"unconfined,omitempty"` // the machine has no filter and the parent knows
	Parent     int    `json:"-"`                    // its process, looked up before the filter
}

const maxSetup = 4 << 10

func readSetup(r io.Reader) (setup, error) {
	var set setup
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return set, err
	}
	n := binary.LittleEndian.Uint32(size[:])
	if n > maxSetup {
		return set, fmt.Errorf("%d bytes", n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return set, err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	set.Parent = os.Getppid()
	return set, dec.Decode(&set)
}
