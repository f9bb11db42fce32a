package search

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

const (
	wholeChunk    = 64 << 10 // of the parts that are read as a whole
	sequenceChunk = 4 << 10  // of the part in which single records are looked up
)

// chunkBytes returns how much of a part is sealed at a time.
func chunkBytes(part int) int64 {
	if part == sequencePart {
		return sequenceChunk
	}
	return wholeChunk
}

// errDamaged is wrapped by every error that means: this file is not what was
// written. What it held is indexed again.
var errDamaged = errors.New("damaged index file")

// chunkName is what a chunk is sealed under. It binds the chunk to its file,
// part and place, and says whether it is the part's last, so that a cut or a
// shuffled file is refused.
func chunkName(file string, part, chunk int, isFinal bool) string {
	name := "search/partition/" + file + "/" + strconv.Itoa(part) + "/" + strconv.Itoa(chunk)
	if isFinal {
		name += "/final"
	}
	return name
}

// A layout says where the parts of a partition stand in its file.
type layout struct {
	Sizes    [partCount]int64 `json:"sizes"`    // before sealing
	Overhead int64            `json:"overhead"` // what sealing adds to a chunk
}

func (l *layout) chunks(part int) int {
	return int((l.Sizes[part] + chunkBytes(part) - 1) / chunkBytes(part))
}

// sealedSize returns how many bytes a part takes in the file.
func (l *layout) sealedSize(part int) int64 { return l.Sizes[part] + int64(l.chunks(part))*l.Overhead }

// offset returns where a part begins in the file.
func (l *layout) offset(part int) (at int64) {
	for p := range part {
		at += l.sealedSize(p)
	}
	return at
}

// fileSize returns how long the file is.
func (l *layout) fileSize() int64 { return l.offset(partCount) }

// writeParts seals parts into a new file, flushed to disk. It removes the
// file when it fails.
func writeParts(sealer Sealer, path, name string, parts [partCount][]byte) (layout, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return layout{}, fmt.Errorf("create an index file: %w", err)
	}
	l, err := sealParts(sealer, file, name, parts)
	if err == nil {
		err = file.Sync()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return layout{}, errors.Join(fmt.Errorf("write an index file: %w", err), os.Remove(path))
	}
	return l, nil
}

func sealParts(sealer Sealer, file io.Writer, name string, parts [partCount][]byte) (l layout, err error) {
	w := bufio.NewWriterSize(file, 256<<10)
	for part, plain := range parts {
		l.Sizes[part] = int64(len(plain))
		for chunk := 0; len(plain) > 0; chunk++ {
			piece := plain[:min(len(plain), int(chunkBytes(part)))]
			plain = plain[len(piece):]
			sealed := sealer.Seal(chunkName(name, part, chunk, len(plain) == 0), piece)
			overhead := int64(len(sealed) - len(piece))
			if l.Overhead == 0 {
				l.Overhead = overhead
			}
			if overhead != l.Overhead {
				return l, errors.New("the sealer adds a varying number of bytes")
			}
			if _, err := w.Write(sealed); err != nil {
				return l, err
			}
		}
	}
	return l, w.Flush()
}

// A sealedFile reads the parts of a partition's file.
type sealedFile struct {
	*os.File
	sealer Sealer
	name   string
	layout layout
	buffer []byte // sealed
}

// openSealed opens a partition's file. It returns errDamaged when the file is
// gone or has another length than was written.
func openSealed(sealer Sealer, path, name string, l layout) (*sealedFile, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open an index file: %w", err)
	}
	info, err := file.Stat()
	if err == nil && info.Size() != l.fileSize() {
		err = fmt.Errorf("%w: %d bytes long, want %d", errDamaged, info.Size(), l.fileSize())
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &sealedFile{File: file, sealer: sealer, name: name, layout: l}, nil
}

// readPart unseals a whole part into dst, which is as long as the part.
func (f *sealedFile) readPart(part int, dst []byte) error {
	for chunk := range f.layout.chunks(part) {
		plain, err := f.readChunk(part, chunk)
		if err != nil {
			return err
		}
		if copy(dst[int64(chunk)*chunkBytes(part):], plain) != len(plain) {
			return errDamaged
		}
	}
	return nil
}

// readChunk unseals one chunk. It returns errDamaged for one that was altered
// or that the disk does not give back.
func (f *sealedFile) readChunk(part, chunk int) ([]byte, error) {
	last := f.layout.chunks(part) - 1
	size := chunkBytes(part)
	if chunk == last {
		size = f.layout.Sizes[part] - int64(last)*chunkBytes(part)
	}
	stride := chunkBytes(part) + f.layout.Overhead
	if int64(cap(f.buffer)) < stride {
		f.buffer = make([]byte, stride)
	}
	sealed := f.buffer[:size+f.layout.Overhead]
	if _, err := f.ReadAt(sealed, f.layout.offset(part)+int64(chunk)*stride); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	plain, err := f.sealer.Open(chunkName(f.name, part, chunk, chunk == last), sealed)
	if err != nil || int64(len(plain)) != size {
		return nil, fmt.Errorf("%w: part %d, chunk %d", errDamaged, part, chunk)
	}
	return plain, nil
}
