package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"
	"unicode/utf16"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// pdfMemoryPages bounds the linear memory of a PDF reader: 256 MiB, of which
// the file itself takes up to maxPDF.
const pdfMemoryPages = 4096

// newPDFPool compiles pdfium, or loads it from cache. Its guests see no file
// at all: without an explicit configuration go-pdfium mounts the host's root.
func newPDFPool(ctx context.Context, cache wazero.CompilationCache) (pdfium.Pool, error) {
	runtime := wazero.NewRuntimeConfigCompiler().WithMemoryLimitPages(pdfMemoryPages)
	if cache != nil {
		runtime = runtime.WithCompilationCache(cache)
	}
	return webassembly.Init(webassembly.Config{
		Context:       withPDFMemory(ctx, pdfMemoryPages<<16),
		MaxTotal:      1,
		FSConfig:      wazero.NewFSConfig(),
		RuntimeConfig: runtime,
		Stdout:        io.Discard,
		Stderr:        io.Discard,
	})
}

// A pdfGuest is one fresh instance of pdfium. It calls the module's functions
// itself: go-pdfium's own layer allocates what the file asks for, and costs
// ten times as much for each character.
type pdfGuest struct {
	instance pdfium.Pdfium
	ctx      context.Context
	module   api.Module
	scratch  uint32 // 64 bytes of its memory for results
}

func newPDFGuest(ctx context.Context, pool pdfium.Pool) (*pdfGuest, error) {
	instance, err := pool.GetInstance(time.Minute)
	if err != nil {
		return nil, fmt.Errorf("start pdfium: %w", err)
	}
	module, ok := reflect.ValueOf(instance.GetImplementation()).Elem().FieldByName("Module").Interface().(api.Module)
	if !ok {
		return nil, errors.New("start pdfium: this version of go-pdfium hides its module")
	}
	g := &pdfGuest{instance: instance, ctx: ctx, module: module}
	g.scratch, err = g.malloc(64)
	return g, err
}

func (g *pdfGuest) close() error { return g.instance.Close() }

// call runs one exported function. A trap is an error; nothing of the instance
// can be used after one.
func (g *pdfGuest) call(name string, args ...uint64) (uint64, error) {
	f := g.module.ExportedFunction(name)
	if f == nil {
		return 0, fmt.Errorf("pdfium has no %s", name)
	}
	result, err := f.Call(g.ctx, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, firstLine(err))
	}
	if len(result) == 0 {
		return 0, nil
	}
	return result[0], nil
}

// firstLine drops the stack that wazero appends to a trap.
func firstLine(err error) error {
	text, _, _ := bytes.Cut([]byte(err.Error()), []byte("\n"))
	return errors.New(string(text))
}

// handle calls a function whose result is a pointer; 0 is an error.
func (g *pdfGuest) handle(name string, args ...uint64) (uint64, error) {
	v, err := g.call(name, args...)
	if err == nil && api.DecodeU32(v) == 0 {
		err = fmt.Errorf("%s: refused", name)
	}
	return uint64(api.DecodeU32(v)), err
}

// number calls a function whose result is an int; a negative one becomes 0.
func (g *pdfGuest) number(name string, args ...uint64) (int, error) {
	v, err := g.call(name, args...)
	return int(max(0, api.DecodeI32(v))), err
}

func (g *pdfGuest) malloc(n uint32) (uint32, error) {
	v, err := g.call("malloc", uint64(n))
	if err == nil && api.DecodeU32(v) == 0 {
		err = refuse(protocol.Limit, "reading this PDF takes more than %d MiB of memory", pdfMemoryPages/16)
	}
	return api.DecodeU32(v), err
}

func (g *pdfGuest) free(p uint32) { _, _ = g.call("free", uint64(p)) }

// load copies size bytes of r into the guest's memory and opens them.
func (g *pdfGuest) load(r io.ReaderAt, size int64) (document uint64, err error) {
	at, err := g.malloc(uint32(size))
	if err != nil {
		return 0, err
	}
	for offset := int64(0); offset < size; offset += blockSize {
		n := min(blockSize, size-offset)
		view, ok := g.module.Memory().Read(at+uint32(offset), uint32(n))
		if !ok {
			return 0, errors.New("pdfium gave memory that it does not have")
		}
		if _, err := r.ReadAt(view, offset); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
	}
	v, err := g.call("FPDF_LoadMemDocument", uint64(at), uint64(size), 0)
	if err != nil {
		return 0, err
	}
	if api.DecodeU32(v) == 0 {
		return 0, g.loadError()
	}
	return uint64(api.DecodeU32(v)), nil
}

// loadError names why a document was refused (FPDF_ERR_* of fpdfview.h).
func (g *pdfGuest) loadError() error {
	code, err := g.number("FPDF_GetLastError")
	switch {
	case err != nil:
		return err
	case code == 4:
		return refuse(protocol.InvalidFile, "the PDF is locked with a password")
	case code == 5:
		return refuse(protocol.InvalidFile, "the PDF is protected in a way that cannot be read")
	}
	return refuse(protocol.InvalidFile, "not a PDF, or a damaged one")
}

// bytesOf calls a function that fills a buffer after a first call has told the
// length in bytes, at most limit.
func (g *pdfGuest) bytesOf(limit int, length func() (int, error), fill func(at uint32, n int) error) ([]byte, error) {
	n, err := length()
	if err != nil || n == 0 {
		return nil, err
	}
	if n > limit {
		return nil, refuse(protocol.Limit, "%d bytes where at most %d are kept", n, limit)
	}
	at, err := g.malloc(uint32(n))
	if err != nil {
		return nil, err
	}
	defer g.free(at)
	if err := fill(at, n); err != nil {
		return nil, err
	}
	view, ok := g.module.Memory().Read(at, uint32(n))
	if !ok {
		return nil, errors.New("pdfium gave memory that it does not have")
	}
	return bytes.Clone(view), nil
}

// attachmentName returns the name of an embedded file.
func (g *pdfGuest) attachmentName(attachment uint64) (string, error) {
	raw, err := g.bytesOf(4096,
		func() (int, error) { return g.number("FPDFAttachment_GetName", attachment, 0, 0) },
		func(at uint32, n int) error {
			_, err := g.call("FPDFAttachment_GetName", attachment, uint64(at), uint64(n))
			return err
		})
	return utf16Text(raw), err
}

// attachmentData returns the bytes of an embedded file, at most limit.
func (g *pdfGuest) attachmentData(attachment uint64, limit int) ([]byte, error) {
	return g.bytesOf(limit,
		func() (int, error) {
			// A file specification that names its file in a way pdfium does not
			// know, or whose stream is missing, is refused here.
			if _, err := g.handle("FPDFAttachment_GetFile", attachment, 0, 0, uint64(g.scratch)); err != nil {
				return 0, err
			}
			n, _ := g.module.Memory().ReadUint32Le(g.scratch)
			return int(n), nil
		},
		func(at uint32, n int) error {
			_, err := g.handle("FPDFAttachment_GetFile", attachment, uint64(at), uint64(n), uint64(g.scratch))
			return err
		})
}

// utf16Text decodes the little-endian, NUL-terminated text of pdfium.
func utf16Text(raw []byte) string {
	var units []uint16
	for i := 0; i+1 < len(raw); i += 2 {
		u := uint16(raw[i]) | uint16(raw[i+1])<<8
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}
