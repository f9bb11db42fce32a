package vault

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"sync"

	"github.com/domicile-home/domicile/core"
)

// stageLimit is how many bytes of sealed chunks a file keeps in memory before
// they are written, in a transaction of their own.
const stageLimit = 16 << 20

// A stage is a file on its way into the vault: some chunks in memory, others
// written already, and listed in the space so that a crash leaves no orphan.
type stage struct {
	v      *Vault
	s      *session
	source core.SourceID
	aead   cipher.AEAD

	mu      sync.Mutex // guards what follows
	record  fileRecord // extents: the chunks written
	waiting [][]byte   // sealed chunks that follow them
	ended   bool       // discarded, or the vault was locked
	file    core.FileID
}

// A FileWriter takes the bytes of a new file. Close it for a [StagedFile], or
// Discard it.
type FileWriter struct {
	stage *stage
	hash  hash.Hash
	buf   []byte
	held  int // bytes in stage.waiting
	index uint64
	err   error
}

// A StagedFile is a file whose bytes are sealed but which no record can refer
// to yet: put it with [Space.PutFile], or Discard it. It can be read meanwhile,
// and after it was put.
type StagedFile struct {
	chunkReader
	stage *stage
}

// NewFile begins a file of a source. It returns Locked. Do not write to it
// within an Update: its chunks are written in Updates of their own.
func (v *Vault) NewFile(ctx context.Context, source core.SourceID, name, mediaType string) (*FileWriter, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := v.session()
	if err != nil {
		return nil, err
	}
	st := &stage{v: v, s: s, source: source}
	rand.Read(st.record.id[:])
	rand.Read(st.record.key[:])
	st.record.name, st.record.mediaType = name, mediaType
	st.aead = newAEAD(st.record.key[:])
	return &FileWriter{stage: st, hash: sha256.New()}, nil
}

// Write implements io.Writer. It returns Locked, NotFound when the source is
// gone, and protocol.Limit when the disk is full.
func (w *FileWriter) Write(b []byte) (int, error) {
	written := 0
	for len(b) > 0 && w.err == nil {
		if len(w.buf) == chunkSize {
			w.err = w.next(false)
			continue
		}
		n := min(chunkSize-len(w.buf), len(b))
		w.buf = append(w.buf, b[:n]...)
		b, written = b[n:], written+n
	}
	return written, w.err
}

// next seals the buffered chunk.
func (w *FileWriter) next(final bool) error {
	if w.stage.s.isOver() {
		w.stage.end()
		return core.E(core.Locked, "write file", nil)
	}
	st := w.stage
	w.hash.Write(w.buf)
	sealed := sealFileChunk(st.aead, st.s.vault, st.record.id, w.index, w.buf, final)
	st.record.size += uint64(len(w.buf))
	st.waiting = append(st.waiting, sealed)
	clear(w.buf)
	w.buf, w.index, w.held = w.buf[:0], w.index+1, w.held+len(sealed)
	if w.held < stageLimit || final {
		return nil
	}
	w.held = 0
	return st.write()
}

// Close ends the file. It returns what Write returns.
func (w *FileWriter) Close() (*StagedFile, error) {
	if w.err == nil {
		w.err = w.next(true)
	}
	if w.err != nil {
		return nil, errors.Join(w.err, w.Discard(context.Background()))
	}
	w.err = core.E(core.Invalid, "write file", errors.New("the file is closed"))
	w.hash.Sum(w.stage.record.sum[:0])
	staged := &StagedFile{stage: w.stage}
	staged.size = int64(w.stage.record.size)
	staged.load = w.stage.load
	return staged, nil
}

// Discard gives the file up.
func (w *FileWriter) Discard(ctx context.Context) error { return w.stage.discard(ctx) }

// Name returns the file's name.
func (f *StagedFile) Name() string { return f.stage.record.name }

// MediaType returns the file's media type.
func (f *StagedFile) MediaType() string { return f.stage.record.mediaType }

// SHA256 returns the hash of the content, in hex.
func (f *StagedFile) SHA256() string { return hex.EncodeToString(f.stage.record.sum[:]) }

// Discard gives the file up, unless it was put.
func (f *StagedFile) Discard(ctx context.Context) error { return f.stage.discard(ctx) }

// write commits the chunks in memory and notes them as staged.
func (st *stage) write() error {
	return st.v.Update(context.Background(), func(t *Tx) error {
		if t.s != st.s {
			return core.E(core.Locked, "write file", nil)
		}
		s, err := t.Space(st.source)
		if err != nil {
			return err
		}
		extents := st.place(t)
		t.after = append(t.after, func() { st.placed(extents) })
		return s.tree.putItem(s.stagedName(st), append(append([]byte(nil), t.s.id[:]...), appendExtents(nil, extents)...))
	})
}

// place gives the chunks in memory to a transaction and returns all extents.
func (st *stage) place(t *Tx) []extent {
	st.mu.Lock()
	defer st.mu.Unlock()
	extents := append([]extent(nil), st.record.extents...)
	for _, sealed := range st.waiting {
		id := t.newID()
		t.values[id] = sealed
		extents = grown(extents, id)
	}
	return extents
}

func (st *stage) placed(extents []extent) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.record.extents, st.waiting = extents, nil
}

func (s *Space) stagedName(st *stage) []byte {
	return append([]byte{byte(spaceStaged)}, st.record.id[:]...)
}

// load returns a chunk from memory or from the vault.
func (st *stage) load(index uint64) ([]byte, error) {
	st.mu.Lock()
	ended, record, waiting := st.ended, st.record, st.waiting
	st.mu.Unlock()
	if ended || st.s.isOver() {
		st.end()
		return nil, core.E(core.Locked, "read file", nil)
	}
	if n := chunksOf(record.extents); index >= n && index-n < uint64(len(waiting)) {
		final := index+1 == chunkCount(record.size)
		plain, err := unseal(nil, st.aead, waiting[index-n], chunkPlace(st.s.vault, record.id, index, final))
		if err != nil {
			return nil, core.E(core.Damaged, "read file", fmt.Errorf("chunk %d: %w", index, err))
		}
		return plain, nil
	}
	var chunk []byte
	err := st.v.View(context.Background(), func(t *Tx) (err error) {
		chunk, err = t.readChunk(&record, index)
		return err
	})
	return chunk, err
}

// end forgets the key and what is in memory.
func (st *stage) end() {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.ended, st.waiting = true, nil
	clear(st.record.key[:])
	zeroAEAD(st.aead)
}

// discard removes what was written of a file that was not put.
func (st *stage) discard(ctx context.Context) error {
	st.mu.Lock()
	put, written := st.file != 0, len(st.record.extents) > 0
	st.mu.Unlock()
	if put {
		return nil
	}
	defer st.end()
	if !written || st.s.isOver() {
		return nil // nothing there, or the next sweep's work
	}
	return st.v.Update(ctx, func(t *Tx) error {
		s, err := t.Space(st.source)
		if err != nil {
			return nil // gone with its space
		}
		t.UseBallast()
		t.freeChunks(st.record.extents)
		_, err = s.tree.deleteItem(s.stagedName(st))
		return err
	})
}
