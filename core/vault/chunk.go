package vault

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/domicile-home/domicile/core"
)

// A file is kept in chunks of 64 KiB of its bytes, each sealed under the file's
// own key; the last is padded to its size class. An empty file has one chunk.
const chunkSize = 64 << 10

// chunkCount returns how many chunks a file of size bytes has.
func chunkCount(size uint64) uint64 { return max(1, (size+chunkSize-1)/chunkSize) }

// chunkPlace returns what a chunk's seal binds: the file, the chunk's place in
// it, and whether it is the last.
func chunkPlace(vault vaultID, file [16]byte, index uint64, final bool) []byte {
	aad := binary.BigEndian.AppendUint64(vault.aad(sealChunk, file[:]...), index)
	if final {
		return append(aad, 1)
	}
	return append(aad, 0)
}

// sealFileChunk seals chunk index of a file, padding the final one.
func sealFileChunk(aead cipher.AEAD, vault vaultID, file [16]byte, index uint64, plain []byte, final bool) []byte {
	size := sizeClass(len(plain))
	padded := append(make([]byte, 0, size), plain...)[:size]
	return seal(make([]byte, 0, size+overhead), aead, padded, chunkPlace(vault, file, index, final))
}

// A chunkReader reads a file whose chunks load returns. It is an io.ReaderAt
// and an io.ReadSeeker; ReadAt may be called by many goroutines.
type chunkReader struct {
	size int64
	load func(index uint64) ([]byte, error)

	mu   sync.Mutex // guards what follows
	pos  int64
	last []byte // the chunk read last, at index at
	at   uint64
}

// Size returns the file's length in bytes.
func (r *chunkReader) Size() int64 { return r.size }

// ReadAt implements io.ReaderAt.
func (r *chunkReader) ReadAt(b []byte, offset int64) (n int, err error) {
	if offset < 0 {
		return 0, core.E(core.Invalid, "read file", errors.New("negative offset"))
	}
	for n < len(b) {
		if offset >= r.size {
			return n, io.EOF
		}
		chunk, err := r.chunk(uint64(offset) / chunkSize)
		if err != nil {
			return n, err
		}
		m := copy(b[n:], chunk[offset%chunkSize:])
		n, offset = n+m, offset+int64(m)
	}
	return n, nil
}

// chunk returns the bytes of a chunk, without padding.
func (r *chunkReader) chunk(index uint64) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last != nil && r.at == index {
		return r.last, nil
	}
	chunk, err := r.load(index)
	if err != nil {
		return nil, err
	}
	want := min(chunkSize, r.size-int64(index)*chunkSize)
	if int64(len(chunk)) < want {
		return nil, core.E(core.Damaged, "read file", fmt.Errorf("chunk %d is short", index))
	}
	r.last, r.at = chunk[:want:want], index
	return r.last, nil
}

// Read implements io.Reader.
func (r *chunkReader) Read(b []byte) (int, error) {
	r.mu.Lock()
	pos := r.pos
	r.mu.Unlock()
	n, err := r.ReadAt(b, pos)
	r.mu.Lock()
	r.pos = pos + int64(n)
	r.mu.Unlock()
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// Seek implements io.Seeker.
func (r *chunkReader) Seek(offset int64, whence int) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch whence {
	case io.SeekCurrent:
		offset += r.pos
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return r.pos, core.E(core.Invalid, "seek in file", errors.New("negative offset"))
	}
	r.pos = offset
	return offset, nil
}
