package search

import (
	"path/filepath"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
)

// hooks know the partitions that are open, by their directories.
type hooks struct{ parts sync.Map }

// A hooked is what the hooks do for one partition.
type hooked struct {
	sealer Sealer
	failed func(error) // what scorch met in the background; nil while it is not at work
}

// rootFile is where scorch lists what counts in a partition. Its segments are
// sealed as wholes; of this file, a bbolt file, the values are.
const rootFile = "root.bolt"

// hookID is what scorch notes beside values that were sealed.
const hookID = "sealed"

// installed returns the hooks, which stand in bleve for the whole process:
// bleve has one place for them, and none in the settings of an index. What is
// not a partition of ours passes through them unchanged.
var installed = sync.OnceValue(func() *hooks {
	h := &hooks{}
	scorch.RegisterSegmentPlugin(&plugin{}, false)
	scorch.RegistryAsyncErrorCallbacks[hookID] = h.failed
	index.WriterHook, index.ReaderHook = h.writer, h.reader
	return h
})

// add has the values in a partition's root sealed from now on.
func (h *hooks) add(dir string, sealer Sealer, failed func(error)) {
	h.parts.Store(dir, hooked{sealer, failed})
}

func (h *hooks) remove(dir string) { h.parts.Delete(dir) }

// failed takes an error of scorch's own goroutines, which then try again at
// once: it keeps them a moment.
func (h *hooks) failed(err error, dir string) {
	if p, ok := h.parts.Load(dir); ok && p.(hooked).failed != nil {
		p.(hooked).failed(err)
		time.Sleep(patience)
	}
}

const patience = 100 * time.Millisecond

// sealer returns the sealer for a file and what it seals under.
func (h *hooks) sealer(context []byte) (Sealer, string, bool) {
	path := string(context)
	if filepath.Base(path) != rootFile {
		return nil, "", false
	}
	p, ok := h.parts.Load(filepath.Dir(path))
	if !ok {
		return nil, "", false
	}
	return p.(hooked).sealer, sealedName(path), true
}

func (h *hooks) writer(context []byte) (string, func([]byte) []byte, error) {
	sealer, name, ok := h.sealer(context)
	if !ok {
		return "", nil, nil
	}
	if len(sealer.Seal(name, nil)) == 0 { // later there is no way to say so
		return "", nil, errSeal
	}
	return hookID, func(plain []byte) []byte { return sealer.Seal(name, plain) }, nil
}

func (h *hooks) reader(_ string, context []byte) (func([]byte) ([]byte, error), error) {
	sealer, name, ok := h.sealer(context)
	if !ok {
		return nil, nil
	}
	return func(sealed []byte) ([]byte, error) { return sealer.Open(nil, name, sealed) }, nil
}
