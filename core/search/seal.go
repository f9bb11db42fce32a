package search

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// A sealed file is what sealing adds to a chunk, as four bytes, and the chunks.
const (
	sealedHeader = 4
	sealedChunk  = 64 << 10 // bytes of a chunk before sealing
)

// errDamaged is wrapped by every error that means: this is not what was
// written. The index is made anew.
var errDamaged = errors.New("damaged index file")

// errSeal means that the sealer seals no more: the vault is locked, or the key
// of its caches was replaced.
var errSeal = errors.New("the sealer has ended")

// chunkName is what a chunk is sealed under. It binds the chunk to its file and
// place, and says whether it is the last, so that a cut or a shuffled file is
// refused.
func chunkName(file string, chunk int, isFinal bool) string {
	name := file + "/" + strconv.Itoa(chunk)
	if isFinal {
		name += "/final"
	}
	return name
}

// A sealingWriter seals what it is given into chunks.
type sealingWriter struct {
	sealer Sealer
	name   string
	out    *bufio.Writer
	plain  []byte // not yet sealed; a full chunk waits for what follows it
	chunk  int
	added  int // bytes that sealing adds to a chunk
}

func (w *sealingWriter) Write(p []byte) (n int, err error) {
	for n = len(p); len(p) > 0; {
		if len(w.plain) == sealedChunk {
			if err := w.seal(false); err != nil {
				return 0, err
			}
		}
		size := min(len(p), sealedChunk-len(w.plain))
		w.plain = append(w.plain, p[:size]...)
		p = p[size:]
	}
	return n, nil
}

func (w *sealingWriter) seal(isFinal bool) error {
	sealed := w.sealer.Seal(chunkName(w.name, w.chunk, isFinal), w.plain)
	added := len(sealed) - len(w.plain)
	if w.chunk == 0 {
		w.added = added
		var header [sealedHeader]byte
		binary.BigEndian.PutUint32(header[:], uint32(added))
		if _, err := w.out.Write(header[:]); err != nil {
			return err
		}
	}
	if len(sealed) == 0 || added != w.added {
		return errSeal
	}
	w.chunk++
	w.plain = w.plain[:0]
	_, err := w.out.Write(sealed)
	return err
}

// writeSealed seals what fill writes into a new file, flushed to the disk. It
// removes the file when it fails.
func writeSealed(sealer Sealer, path string, fill func(*sealingWriter) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("create an index file: %w", err)
	}
	w := &sealingWriter{sealer: sealer, name: sealedName(path), out: bufio.NewWriterSize(file, 256<<10), plain: make([]byte, 0, sealedChunk)}
	err = fill(w)
	if err == nil {
		err = w.seal(true)
	}
	if err == nil {
		err = w.out.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return removeFailed(path, err)
	}
	return nil
}

// A sealedFile is a sealed file that is open, with room for all of its bytes
// unsealed.
type sealedFile struct {
	sealer Sealer
	file   *os.File
	name   string
	plain  buffer
	chunks int
	added  int // bytes that sealing adds to a chunk
}

// openSealed opens a file and unseals its tail, which says what the rest is. It
// returns errDamaged for one that is not what was written.
func openSealed(sealer Sealer, path string) (*sealedFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	f := &sealedFile{sealer: sealer, file: file, name: sealedName(path)}
	if err = f.measure(); err == nil {
		err = f.unseal(f.tail(), f.chunks)
	}
	if err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

// tail is the first of the last two chunks.
func (f *sealedFile) tail() int { return max(0, f.chunks-2) }

// measure reads the form of the file and reserves the room.
func (f *sealedFile) measure() error {
	info, err := f.file.Stat()
	if err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	var header [sealedHeader]byte
	if _, err := io.ReadFull(f.file, header[:]); err != nil {
		return fmt.Errorf("%w: cut", errDamaged)
	}
	size, added := int(info.Size())-sealedHeader, int(binary.BigEndian.Uint32(header[:]))
	f.chunks, f.added = (size+sealedChunk+added-1)/(sealedChunk+added), added
	if added > sealedChunk || f.chunks*added > size || f.chunks == 0 {
		return fmt.Errorf("%w: no whole chunks", errDamaged)
	}
	f.plain, err = newBuffer(size - f.chunks*added)
	return err
}

// unseal puts the chunks from first up to, and without, end in their places.
func (f *sealedFile) unseal(first, end int) error {
	buf := make([]byte, min(sealedChunk, len(f.plain.data))+f.added)
	for chunk := first; chunk < end; chunk++ {
		place := f.plain.data[chunk*sealedChunk : min((chunk+1)*sealedChunk, len(f.plain.data))]
		sealed := buf[:len(place)+f.added]
		if _, err := f.file.ReadAt(sealed, sealedHeader+int64(chunk)*int64(sealedChunk+f.added)); err != nil {
			return fmt.Errorf("%w: cut", errDamaged)
		}
		text, err := f.sealer.Open(place[:0:len(place)], chunkName(f.name, chunk, chunk == f.chunks-1), sealed)
		if err == nil && len(text) != len(place) {
			err = errors.New("another length")
		}
		if err != nil {
			return fmt.Errorf("%w: chunk %d: %w", errDamaged, chunk, err)
		}
	}
	return nil
}

// close gives back the room and the file.
func (f *sealedFile) close() error {
	f.plain.free()
	return f.file.Close()
}
