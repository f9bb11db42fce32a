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

// readSealed unseals a file into memory, chunk by chunk, so that it never takes
// twice the room. It returns errDamaged for one that is not what was written.
func readSealed(sealer Sealer, path string) (buffer, error) {
	file, err := os.Open(path)
	if err != nil {
		return buffer{}, fmt.Errorf("%w: %w", errDamaged, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return buffer{}, fmt.Errorf("%w: %w", errDamaged, err)
	}
	var header [sealedHeader]byte
	if _, err := io.ReadFull(file, header[:]); err != nil {
		return buffer{}, fmt.Errorf("%w: cut", errDamaged)
	}
	size, added := int(info.Size())-sealedHeader, int(binary.BigEndian.Uint32(header[:]))
	chunks := (size + sealedChunk + added - 1) / (sealedChunk + added)
	if added > sealedChunk || chunks*added > size || chunks == 0 {
		return buffer{}, fmt.Errorf("%w: no whole chunks", errDamaged)
	}
	memory, err := newBuffer(size - chunks*added)
	if err != nil {
		return buffer{}, err
	}
	if err := unseal(sealer, file, sealedName(path), memory.data, size, added); err != nil {
		memory.free()
		return buffer{}, err
	}
	return memory, nil
}

// unseal fills plain from the chunks of a file, which take size bytes.
func unseal(sealer Sealer, file io.Reader, name string, plain []byte, size, added int) error {
	buf := make([]byte, sealedChunk+added)
	for chunk := 0; size > 0; chunk++ {
		piece := buf[:min(len(buf), size)]
		size -= len(piece)
		if _, err := io.ReadFull(file, piece); err != nil {
			return fmt.Errorf("%w: cut", errDamaged)
		}
		text, err := sealer.Open(chunkName(name, chunk, size == 0), piece)
		if err == nil && len(text) != len(piece)-added {
			err = errors.New("another length")
		}
		if err != nil {
			return fmt.Errorf("%w: chunk %d: %w", errDamaged, chunk, err)
		}
		plain = plain[copy(plain, text):]
	}
	return nil
}
