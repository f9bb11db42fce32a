package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/tetratelabs/wazero"
)

// Descriptors that the parent hands in.
const (
	fdWasm = 3
	fdCode = 4
)

type codeKey = [32]byte

// A code keeps compiled modules in memory, by wazero's key, which covers the
// module and the processor. As text it is a sequence of key, length in eight
// bytes, compiled module.
//
// It stands where wazero has a directory of files: so neither a compiling nor a
// running worker ever needs to open a file, and no compiled module is ever in a
// place where another program's worker could have put it.
type code struct {
	modules map[codeKey][]byte
	whole   bool // nothing may be missing
	missed  bool // something was
}

// newCode returns a code that takes what is compiled.
func newCode() *code { return &code{modules: map[codeKey][]byte{}} }

// readCode takes the compiled code that the parent handed in, if any. Nothing is
// compiled beyond it.
func readCode(set setup) (*code, error) {
	c := newCode()
	c.whole = true
	if set.Code == 0 {
		return c, nil
	}
	text, err := mapFile(fdCode, set.Code)
	if err != nil {
		return nil, fmt.Errorf("read compiled code: %w", err)
	}
	return c, c.decode(text)
}

func (c *code) decode(text []byte) error {
	const head = len(codeKey{}) + 8
	for len(text) > 0 {
		size := uint64(0)
		if len(text) >= head {
			size = binary.LittleEndian.Uint64(text[len(codeKey{}):])
		}
		if len(text) < head || size > uint64(len(text)-head) {
			c.missed = true
			return errStale
		}
		c.modules[codeKey(text[:len(codeKey{})])] = text[head : head+int(size)]
		text = text[head+int(size):]
	}
	return nil
}

// encode writes the modules. It is what decode reads.
func (c *code) encode(w io.Writer) error {
	for key, module := range c.modules {
		head := binary.LittleEndian.AppendUint64(key[:], uint64(len(module)))
		if _, err := w.Write(head); err != nil {
			return err
		}
		if _, err := w.Write(module); err != nil {
			return err
		}
	}
	return nil
}

var errStale = errors.New("the compiled code does not fit")

// statusOf is the exit status for a failure: its own when it is the code's.
func (c *code) statusOf(other int) int {
	if c.missed {
		return statusStale
	}
	return other
}

// Get implements wazero's file cache.
func (c *code) Get(key codeKey) (io.ReadCloser, bool, error) {
	module, ok := c.modules[key]
	if !ok && c.whole {
		c.missed = true
		return nil, false, errStale
	}
	return io.NopCloser(bytes.NewReader(module)), ok, nil
}

// Add implements wazero's file cache.
func (c *code) Add(key codeKey, content io.Reader) (err error) {
	if c.whole {
		c.missed = true
		return errStale
	}
	c.modules[key], err = io.ReadAll(content)
	return err
}

// Delete implements wazero's file cache.
func (c *code) Delete(key codeKey) error {
	delete(c.modules, key)
	return nil
}

// cache returns a compilation cache that is backed by c. wazero knows only
// directories from outside, so the interface that its directory stands behind
// is set here; a wazero whose inside has changed is an error, never a fallback.
func (c *code) cache() (wazero.CompilationCache, error) {
	cache := wazero.NewCompilationCache()
	field := reflect.ValueOf(cache).Elem().FieldByName("fileCache")
	if !field.IsValid() || field.Kind() != reflect.Interface || !reflect.TypeOf(c).Implements(field.Type()) {
		return nil, errors.New("wazero's cache has changed its form")
	}
	reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem().Set(reflect.ValueOf(c))
	return cache, nil
}
