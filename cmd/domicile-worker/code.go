package main

import (
	"bufio"
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

// outlineKey is the place of a program's outline, which is no compiled module.
var outlineKey codeKey

// A code keeps compiled modules by wazero's key, which covers the module and the
// processor: those the parent handed in, or those compiled now. As text it is a
// sequence of key, length in eight bytes, compiled module.
//
// It stands where wazero has a directory of files: so neither a compiling nor a
// running worker ever needs to open a file, and no compiled module is ever in a
// place where another program's worker could have put it.
type code struct {
	modules map[codeKey]*io.SectionReader
	whole   bool // nothing may be missing
	missed  bool // something was
}

// newCode returns a code that takes what is compiled.
func newCode() *code { return &code{modules: map[codeKey]*io.SectionReader{}} }

// readCode takes the compiled code that the parent handed in, if any. Nothing is
// compiled beyond it.
func readCode(set setup) (*code, error) {
	c := newCode()
	c.whole = true
	return c, c.decode(descriptor(fdCode), int64(set.Code))
}

// decode finds the modules in the size bytes of r. It does not read them: they
// go from r to where they run without a copy in between.
func (c *code) decode(r io.ReaderAt, size int64) error {
	var head [len(codeKey{}) + 8]byte
	for at := int64(0); at < size; {
		if _, err := r.ReadAt(head[:], at); err != nil {
			return c.cut(err)
		}
		at += int64(len(head))
		n := binary.LittleEndian.Uint64(head[len(codeKey{}):])
		if n > uint64(size-at) {
			return c.cut(nil)
		}
		c.modules[codeKey(head[:])] = io.NewSectionReader(r, at, int64(n))
		at += int64(n)
	}
	return nil
}

func (c *code) cut(err error) error {
	c.missed = true
	return errors.Join(errStale, err)
}

// encode writes the modules. It is what decode reads.
func (c *code) encode(w io.Writer) error {
	for key, module := range c.modules {
		head := binary.LittleEndian.AppendUint64(key[:], uint64(module.Size()))
		if _, err := w.Write(head); err != nil {
			return err
		}
		if _, err := io.Copy(w, module); err != nil {
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
	if ok {
		return newWholeReader(module), true, nil
	}
	if c.whole {
		c.missed = true
		return nil, false, errStale
	}
	return nil, false, nil
}

// Add implements wazero's file cache.
func (c *code) Add(key codeKey, content io.Reader) error {
	if c.whole {
		c.missed = true
		return errStale
	}
	module, err := io.ReadAll(content)
	c.put(key, module)
	return err
}

func (c *code) put(key codeKey, module []byte) {
	c.modules[key] = io.NewSectionReader(bytes.NewReader(module), 0, int64(len(module)))
}

// only returns the one compiled module there is.
func (c *code) only() (*io.SectionReader, error) {
	for _, module := range c.modules {
		if len(c.modules) == 1 {
			return module, nil
		}
	}
	return nil, fmt.Errorf("%d modules were compiled", len(c.modules))
}

// outline returns the outline of the program whose code this is.
func (c *code) outline() ([]byte, error) {
	r, ok := c.modules[outlineKey]
	if !ok {
		return nil, c.cut(nil)
	}
	return io.ReadAll(r)
}

// An alias hands out one compiled module under whatever key it is asked for,
// and notes the key.
type alias struct {
	module *io.SectionReader
	asked  codeKey
}

// Get implements wazero's file cache.
func (a *alias) Get(key codeKey) (io.ReadCloser, bool, error) {
	a.asked = key
	return newWholeReader(a.module), true, nil
}

// Add implements wazero's file cache. It is never needed.
func (a *alias) Add(codeKey, io.Reader) error { return errStale }

// Delete implements wazero's file cache.
func (a *alias) Delete(codeKey) error { return nil }

// Delete implements wazero's file cache.
func (c *code) Delete(key codeKey) error {
	delete(c.modules, key)
	return nil
}

// A store is what wazero keeps behind its cache.
type store interface {
	Get(codeKey) (io.ReadCloser, bool, error)
	Add(codeKey, io.Reader) error
	Delete(codeKey) error
}

// cacheOf returns a compilation cache that is backed by s. wazero knows only
// directories from outside, so the interface that its directory stands behind is
// set here; a wazero whose inside has changed is an error, never a fallback.
func cacheOf(s store) (wazero.CompilationCache, error) {
	cache := wazero.NewCompilationCache()
	field := reflect.ValueOf(cache).Elem().FieldByName("fileCache")
	if !field.IsValid() || field.Kind() != reflect.Interface || !reflect.TypeOf(s).Implements(field.Type()) {
		return nil, errors.New("wazero's cache has changed its form")
	}
	reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem().Set(reflect.ValueOf(s))
	return cache, nil
}

// A wholeReader gives each read all that it asks for, as wazero expects: small
// reads from a buffer, large ones past it.
type wholeReader struct{ r *bufio.Reader }

func newWholeReader(r *io.SectionReader) wholeReader {
	return wholeReader{bufio.NewReaderSize(io.NewSectionReader(r, 0, r.Size()), 16<<10)}
}

// Read implements io.Reader.
func (w wholeReader) Read(p []byte) (int, error) { return io.ReadFull(w.r, p) }

// Close implements io.Closer.
func (w wholeReader) Close() error { return nil }
