package sandbox

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/domicile-home/domicile/core"
)

// A Sealer seals what a home keeps outside its vault. Name turns a clear name
// into one that tells nothing. Open appends to dst, and returns an error of code locked when the
// home is, and any other error when the bytes are not what was sealed under name.
type Sealer interface {
	Seal(name string, plain []byte) []byte
	Open(dst []byte, name string, sealed []byte) ([]byte, error)
	Name(clear string) string
}

// A Cache keeps compiled code at rest for one home, sealed, under names and of
// sizes that do not tell which programs it has. It is disposable: what is
// missing, cut or foreign is compiled again. A nil *Cache keeps nothing.
type Cache struct {
	dir    string
	sealer Sealer
	most   int64
	mu     sync.Mutex
}

// maxCache is what a home's compiled code may take on disk.
const maxCache = 200 << 20

// NewCache returns the cache in dir, which is created when first needed.
func NewCache(dir string, s Sealer) *Cache { return &Cache{dir: dir, sealer: s, most: maxCache} }

// load returns what was stored under name, or nil. Its only error is that the
// home is locked.
func (c *Cache) load(name string) ([]byte, error) {
	if c == nil {
		return nil, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	path := c.path(name)
	sealed, err := os.ReadFile(path)
	if err != nil {
		return nil, nil
	}
	padded, err := c.sealer.Open(nil, name, sealed)
	if core.CodeOf(err) == core.Locked {
		return nil, err
	}
	content, ok := unpad(padded)
	if err != nil || !ok {
		_ = os.Remove(path) // and if it stays it is refused again
		return nil, nil
	}
	return content, nil
}

// store keeps content under name as well as it can: a full disk costs time only.
func (c *Cache) store(name string, content []byte) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.write(c.path(name), c.sealer.Seal(name, pad(content))); err != nil {
		return
	}
	c.evict()
}

func (c *Cache) path(name string) string { return filepath.Join(c.dir, c.sealer.Name(name)) }

const unfinished = ".unfinished"

func (c *Cache) write(path string, sealed []byte) error {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path+unfinished, sealed, 0o600); err != nil {
		return errors.Join(err, os.Remove(path+unfinished))
	}
	return os.Rename(path+unfinished, path)
}

// evict removes the oldest files over the bound, and what a crash left.
func (c *Cache) evict() {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	var files []fs.FileInfo
	var used int64
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || strings.HasSuffix(e.Name(), unfinished) {
			_ = os.Remove(filepath.Join(c.dir, e.Name()))
			continue
		}
		files, used = append(files, info), used+info.Size()
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, f := range files {
		if used <= c.most {
			return
		}
		if os.Remove(filepath.Join(c.dir, f.Name())) == nil {
			used -= f.Size()
		}
	}
}

// pad hides the exact size, which would name a known program, by at most an
// eighth: the length in eight bytes, the content, zeros.
func pad(content []byte) []byte {
	n := 8 + len(content)
	step := 1 << max(bits.Len(uint(n))-4, 0)
	out := make([]byte, (n+step-1)/step*step)
	binary.LittleEndian.PutUint64(out, uint64(len(content)))
	copy(out[8:], content)
	return out
}

// unpad undoes pad.
func unpad(padded []byte) ([]byte, bool) {
	if len(padded) < 8 {
		return nil, false
	}
	n := binary.LittleEndian.Uint64(padded)
	if n == 0 || n > uint64(len(padded)-8) {
		return nil, false
	}
	return padded[8 : 8+n], true
}

// remove drops what is stored under name.
func (c *Cache) remove(name string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = os.Remove(c.path(name)) // and if it stays it is replaced
}
