package vault

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"iter"
	"time"

	"github.com/domicile-home/domicile/core"
)

// FileInfo describes a file of a source.
type FileInfo struct {
	ID        core.FileID
	Name      string // as first given
	MediaType string
	Size      int64  // bytes
	SHA256    string // hex
	Added     time.Time
	Uses      int // how often records and their revisions refer to it
}

// A fileRecord is what the vault keeps of a file beside its chunks.
type fileRecord struct {
	id        [16]byte // random: binds the chunks
	key       [keySize]byte
	sum       [sha256.Size]byte
	size      uint64
	uses      uint64
	added     int64 // Unix nanoseconds
	name      string
	mediaType string
	extents   []extent
}

// An extent is a run of chunks with ids one after the other.
type extent struct{ first, count uint64 }

const fileHead = 16 + keySize + sha256.Size

var errFile = core.E(core.Damaged, "read file", errors.New("not a file record of this format"))

func (f *fileRecord) encode() []byte {
	b := append(append(append([]byte(nil), f.id[:]...), f.key[:]...), f.sum[:]...)
	b = binary.AppendUvarint(binary.AppendUvarint(b, f.size), f.uses)
	b = binary.BigEndian.AppendUint64(b, uint64(f.added))
	b = appendText(appendText(b, f.name), f.mediaType)
	return appendExtents(b, f.extents)
}

func decodeFile(b []byte) (*fileRecord, error) {
	p := parser{b: string(b)}
	f := new(fileRecord)
	if head := p.take(fileHead); !p.bad {
		copy(f.id[:], head)
		copy(f.key[:], head[16:])
		copy(f.sum[:], head[16+keySize:])
	}
	f.size, f.uses = p.uvarint(), p.uvarint()
	if at := p.take(8); !p.bad {
		f.added = int64(binary.BigEndian.Uint64([]byte(at)))
	}
	f.name, f.mediaType = p.text(), p.text()
	f.extents = p.extents()
	if p.bad || p.b != "" || chunksOf(f.extents) != chunkCount(f.size) {
		return nil, errFile
	}
	return f, nil
}

func appendExtents(dst []byte, extents []extent) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(extents)))
	for _, e := range extents {
		dst = binary.AppendUvarint(binary.AppendUvarint(dst, e.first), e.count)
	}
	return dst
}

func (p *parser) extents() []extent {
	list := make([]extent, p.list(2))
	for i := range list {
		list[i] = extent{p.uvarint(), p.uvarint()}
	}
	return list
}

// chunksOf counts the chunks of extents.
func chunksOf(extents []extent) (n uint64) {
	for _, e := range extents {
		n += e.count
	}
	return n
}

// chunkID returns the id of chunk i, or 0.
func chunkID(extents []extent, i uint64) uint64 {
	for _, e := range extents {
		if i < e.count {
			return e.first + i
		}
		i -= e.count
	}
	return 0
}

// grown appends one id to extents.
func grown(extents []extent, id uint64) []extent {
	if n := len(extents); n > 0 && extents[n-1].first+extents[n-1].count == id {
		extents[n-1].count++
		return extents
	}
	return append(extents, extent{id, 1})
}

func (f *fileRecord) info(id core.FileID) FileInfo {
	return FileInfo{
		ID: id, Name: f.name, MediaType: f.mediaType, Size: int64(f.size), SHA256: hex.EncodeToString(f.sum[:]),
		Added: time.Unix(0, f.added).UTC(), Uses: int(f.uses),
	}
}

// file reads a file's record. It returns NotFound.
func (s *Space) file(id core.FileID) (*fileRecord, error) {
	value, found, err := s.tree.get(s.fileName(id))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, core.E(core.NotFound, "read file", nil)
	}
	return decodeFile(value)
}

// File describes a file. It returns NotFound.
func (s *Space) File(id core.FileID) (FileInfo, error) {
	if err := s.t.use(false); err != nil {
		return FileInfo{}, err
	}
	f, err := s.file(id)
	if err != nil {
		return FileInfo{}, err
	}
	return f.info(id), nil
}

// Files yields the source's files after an id, in the order of ids. It ends
// with Damaged.
func (s *Space) Files(after core.FileID) iter.Seq2[FileInfo, error] {
	return func(yield func(FileInfo, error) bool) {
		if err := s.t.use(false); err != nil {
			yield(FileInfo{}, err)
			return
		}
		err := s.eachFile(after, func(id core.FileID, f *fileRecord) bool { return yield(f.info(id), nil) })
		if err != nil {
			yield(FileInfo{}, err)
		}
	}
}

// eachFile calls f with each file after an id until it returns false.
func (s *Space) eachFile(after core.FileID, f func(core.FileID, *fileRecord) bool) error {
	c := s.scan(spaceFile, Range{From: appendOrdered(nil, uint64(after)+1)})
	for {
		ok, err := c.next()
		if err != nil || !ok {
			return err
		}
		id, rest, ok := readOrdered(c.key[1:])
		if !ok || len(rest) > 0 {
			return errFile
		}
		value, err := c.tree.resolve(c.cell)
		if err != nil {
			return err
		}
		record, err := decodeFile(value)
		if err != nil {
			return err
		}
		if !f(core.FileID(id), record) {
			return nil
		}
	}
}

// RemoveFile removes a file that no record refers to. It returns Conflict when
// one does, and NotFound.
func (s *Space) RemoveFile(id core.FileID) error {
	if err := s.t.use(true); err != nil {
		return err
	}
	f, err := s.file(id)
	if err != nil {
		return err
	}
	if f.uses > 0 {
		return core.E(core.Conflict, "remove file", errors.New("a record refers to it"))
	}
	return s.dropFile(id, f)
}

// countFiles adds by to the uses of each file referred to. A file that nothing
// uses any more goes.
func (s *Space) countFiles(files []core.FileRef, by int) error {
	for _, ref := range files {
		f, err := s.file(ref.File)
		if err != nil {
			return err
		}
		if by < 0 && f.uses <= 1 {
			if err := s.dropFile(ref.File, f); err != nil {
				return err
			}
			continue
		}
		f.uses = uint64(int64(f.uses) + int64(by))
		if err := s.tree.putItem(s.fileName(ref.File), f.encode()); err != nil {
			return err
		}
	}
	return nil
}

// dropFile takes away a file's record, chunks and hashes.
func (s *Space) dropFile(id core.FileID, f *fileRecord) error {
	s.t.freeChunks(f.extents)
	for _, name := range [...][]byte{s.fileName(id), s.hashName(f.sum)} {
		if _, err := s.tree.deleteItem(name); err != nil {
			return err
		}
	}
	return s.dropTwin(id, f.sum)
}

func (t *Tx) freeChunks(extents []extent) {
	for _, e := range extents {
		for i := range e.count {
			t.freeValue(e.first + i)
		}
	}
}

func (s *Space) fileName(id core.FileID) []byte {
	return appendOrdered([]byte{byte(spaceFile)}, uint64(id))
}

// hashName is where a space finds a file by its content: under a keyed hash, so
// that equal files of two sources do not show.
func (s *Space) hashName(sum [sha256.Size]byte) []byte {
	return append([]byte{byte(spaceHash)}, mac(s.keys.sameFile, sum[:])[:hashSize]...)
}

const hashSize = 16
