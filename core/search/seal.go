package search

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
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

// readSealed unseals a file into memory. It returns errDamaged for one that is
// not what was written.
func readSealed(sealer Sealer, path string) (buffer, error) {
	sealed, err := os.ReadFile(path)
	if err != nil {
		return buffer{}, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if len(sealed) < sealedHeader {
		return buffer{}, fmt.Errorf("%w: cut", errDamaged)
	}
	added := int(binary.BigEndian.Uint32(sealed))
	sealed = sealed[sealedHeader:]
	chunks := (len(sealed) + sealedChunk + added - 1) / (sealedChunk + added)
	if added > sealedChunk || chunks*added > len(sealed) || chunks == 0 {
		return buffer{}, fmt.Errorf("%w: no whole chunks", errDamaged)
	}
	memory, err := newBuffer(len(sealed) - chunks*added)
	if err != nil {
		return buffer{}, err
	}
	at := 0
	for chunk := range chunks {
		piece := sealed[chunk*(sealedChunk+added) : min((chunk+1)*(sealedChunk+added), len(sealed))]
		plain, err := sealer.Open(chunkName(sealedName(path), chunk, chunk == chunks-1), piece)
		if err == nil && len(plain) != len(piece)-added {
			err = errors.New("another length")
		}
		if err != nil {
			memory.free()
			return buffer{}, fmt.Errorf("%w: chunk %d: %w", errDamaged, chunk, err)
		}
		at += copy(memory.data[at:], plain)
	}
	return memory, nil
}
