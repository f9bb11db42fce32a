package sandbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A Module is a wasm module that is read when it has to be compiled, and not
// kept in memory.
type Module struct {
	SHA256 string // in hexadecimal
	Read   func() ([]byte, error)
}

// ModuleOf returns the module of bytes that do not change.
func ModuleOf(wasm []byte) Module {
	hash := sha256.Sum256(wasm)
	return Module{hex.EncodeToString(hash[:]), func() ([]byte, error) { return wasm, nil }}
}

// read returns the module, checked.
func (m Module) read() ([]byte, error) {
	wasm, err := m.Read()
	if err != nil {
		return nil, err
	}
	if hash := sha256.Sum256(wasm); hex.EncodeToString(hash[:]) != m.SHA256 {
		return nil, errors.New("the module has changed")
	}
	return wasm, checkModule(wasm)
}

// A Program is a compiled wasm program, ready to run. Its compiled code is in
// memory while it is in use or was lately.
type Program struct {
	Hash   [32]byte // SHA-256 of the module
	box    *Box
	cache  *Cache
	module Module
}

// Prepare checks a module and compiles it in a confined worker, unless cache has
// it compiled already. A nil cache keeps nothing.
//
// It returns [core.Invalid] for a module that is none or asks for more than
// WASI preview 1, [protocol.Limit] for one that cannot be compiled within its
// limits, [protocol.Blocked] for one that may not run on this system,
// [core.Locked] from the cache, and [protocol.Unavailable].
func (b *Box) Prepare(ctx context.Context, m Module, cache *Cache) (*Program, error) {
	const op = "prepare program"
	p := &Program{box: b, cache: cache, module: m}
	if n, err := hex.Decode(p.Hash[:], []byte(m.SHA256)); err != nil || n != len(p.Hash) {
		return nil, core.E(core.Invalid, op, errors.New("no SHA-256 of a module"))
	}
	if hasFilter() != nil && !b.trusted[p.Hash] {
		return nil, core.E(protocol.Blocked, op, errors.New("without seccomp, only built-in programs run"))
	}
	img, err := p.image(ctx)
	if err != nil {
		return nil, err
	}
	b.shelf.done(img)
	return p, nil
}

// Close drops the compiled code from memory: when the home is locked.
func (p *Program) Close() { p.box.shelf.drop(p.name()) }

// name is what the compiled code is kept under: all that it depends on but the
// processor, which wazero looks after.
func (p *Program) name() string { return hex.EncodeToString(p.Hash[:]) + " " + p.box.target.program }

// image returns the program as a worker takes it: from memory, from the cache
// or compiled now. The caller ends its use.
func (p *Program) image(ctx context.Context) (*image, error) {
	return p.box.image(ctx, p.name(), func() (*blob, error) {
		return p.box.compiled(ctx, p.cache, p.name(), job{mode: "prepare"}, p.module.read)
	})
}

// image returns the image of a name from the shelf, or what load makes, once for
// all who ask meanwhile.
func (b *Box) image(ctx context.Context, name string, load func() (*blob, error)) (*image, error) {
	if img := b.shelf.use(name); img != nil {
		return img, nil
	}
	if err := b.rooms[slotCompile].enter(ctx); err != nil {
		return nil, err
	}
	defer b.rooms[slotCompile].leave()
	if img := b.shelf.use(name); img != nil {
		return img, nil
	}
	code, err := load()
	if err != nil {
		return nil, err
	}
	return b.shelf.add(name, &image{blob: code}), nil
}

// compiled returns compiled code from the cache, or what the job compiles of
// what read returns.
func (b *Box) compiled(ctx context.Context, cache *Cache, name string, j job, read func() ([]byte, error)) (*blob, error) {
	content, err := cache.load(name)
	if err != nil {
		return nil, err
	}
	if content == nil {
		wasm, err := read()
		if err != nil {
			return nil, core.E(core.Invalid, "prepare program", err)
		}
		if content, err = b.compileNow(ctx, j, wasm); err != nil {
			return nil, err
		}
		cache.store(name, content)
	}
	return inMemory(content)
}

func inMemory(content []byte) (*blob, error) {
	b, err := newData(content)
	if err != nil {
		return nil, core.E(protocol.Unavailable, "prepare program", err)
	}
	return b, nil
}

// maxCode is the most compiled code that one module may come to.
const maxCode = 256 << 20

// compileNow runs a worker of mode prepare to its end.
func (b *Box) compileNow(ctx context.Context, j job, wasm []byte) (code []byte, err error) {
	const op = "compile program"
	if j.wasm, err = inMemory(wasm); err != nil {
		return nil, err
	}
	defer j.wasm.close()
	ctx, cancel := context.WithTimeoutCause(ctx, b.compile, &limitError{LimitWall})
	defer cancel()
	var log bytes.Buffer
	j.setup.CPU, j.setup.Nice, j.log = int64(b.compile.Seconds()*2)+1, patient, &log
	p, err := b.start(ctx, j)
	if err != nil {
		return nil, err
	}
	code, err = io.ReadAll(io.LimitReader(p.out, maxCode+1))
	if err != nil || len(code) > maxCode {
		p.kill(&limitError{LimitMemory})
	}
	if reason := p.end(); reason != nil {
		return nil, problemOf(op, reason)
	}
	switch status := p.state.ExitCode(); {
	case p.hasCrashed():
		return nil, problemOf(op, &limitError{p.crashLimit(LimitMemory)})
	case status == 0 && len(code) > 0:
		return code, nil
	case status == statusInvalid:
		return nil, core.E(core.Invalid, op, errors.New(p.log.last))
	}
	return nil, core.E(protocol.Internal, op, fmt.Errorf("%v: %s", p.state, p.log.last))
}

// forget drops the compiled code everywhere, so that it is compiled again.
func (p *Program) forget() {
	p.box.shelf.drop(p.name())
	p.cache.remove(p.name())
}
