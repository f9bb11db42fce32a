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
	added   int // modules that were not there
}

// readCode takes the compiled code that the parent handed in, if any.
func readCode(set setup) (*code, error) {
	c := &code{modules: map[codeKey][]byte{}}
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
		if len(text) < head {
			return errors.New("compiled code is cut")
		}
		size := binary.LittleEndian.Uint64(text[len(codeKey{}):])
		if size > uint64(len(text)-head) {
			return errors.New("compiled code is cut")
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

// missed reports whether something had to be compiled.
func (c *code) missed() bool { return c.added > 0 }

// Get implements wazero's file cache.
func (c *code) Get(key codeKey) (io.ReadCloser, bool, error) {
	module, ok := c.modules[key]
	return io.NopCloser(bytes.NewReader(module)), ok, nil
}

// Add implements wazero's file cache.
func (c *code) Add(key codeKey, content io.Reader) error {
	module, err := io.ReadAll(content)
	c.modules[key] = module
	c.added++
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
