package vault

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"

	"github.com/domicile-home/domicile/core"
)

// bbolt keeps two meta pages, of the last commit and of the one before, and
// quietly falls back on the older when the newer is unreadable. Here that is
// damage, for it would be silently less data. Nor does bbolt look whether the
// file ends before its pages do, or whether its list of free pages, which has
// no checksum, is one.

const (
	boltMagic     = 0xED0CDAED
	boltVersion   = 2
	boltFreelist  = 0x10
	boltHead      = 16 // bytes before a page's content
	boltMetaSize  = 64
	boltManyPages = 0xffff // then the count stands in the first element
)

// A boltMeta is what a meta page says.
type boltMeta struct {
	root     uint64 // page of the root bucket
	freelist uint64 // its page
	high     uint64 // the first page never used
	tx       uint64
}

var errBoltMeta = errors.New("the record of a commit is unreadable")

// checkFile looks at a closed file before bbolt maps it. It returns NotFound
// and Damaged.
func checkFile(path string, previous bool) error {
	f, err := os.Open(path)
	if err != nil {
		return openError(err)
	}
	defer f.Close()
	if err := checkPages(f, previous); err != nil {
		return core.E(core.Damaged, "open vault", err)
	}
	return nil
}

func checkPages(f *os.File, previous bool) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	meta, err := lastMeta(f, previous)
	if err != nil {
		return err
	}
	if pages := uint64(info.Size()) / filePage; meta.high > pages {
		return fmt.Errorf("the file ends after %d of its %d pages", pages, meta.high)
	}
	if err := checkFreelist(f, meta); err != nil {
		return err
	}
	return checkBranches(f, meta)
}

// lastMeta returns the newer meta page. Both must be whole and follow each
// other, unless the previous commit will do.
func lastMeta(f io.ReaderAt, previous bool) (boltMeta, error) {
	a, errA := readMeta(f, 0)
	b, errB := readMeta(f, 1)
	switch {
	case errA != nil && errB != nil:
		return a, errors.Join(errA, errB)
	case errA != nil && previous:
		return b, nil
	case errB != nil && previous:
		return a, nil
	case errA != nil || errB != nil:
		return a, errors.Join(errA, errB)
	case a.tx == b.tx+1:
		return a, nil
	case b.tx == a.tx+1:
		return b, nil
	}
	return a, errors.New("the last two commits do not follow each other")
}

func readMeta(f io.ReaderAt, page int64) (boltMeta, error) {
	var buf [boltHead + boltMetaSize]byte
	if _, err := f.ReadAt(buf[:], page*filePage); err != nil {
		return boltMeta{}, fmt.Errorf("%w: %w", errBoltMeta, err)
	}
	b := buf[boltHead:]
	sum := fnv.New64a()
	sum.Write(b[:boltMetaSize-8])
	order := binary.NativeEndian // bbolt writes memory as it is
	m := boltMeta{root: order.Uint64(b[16:]), freelist: order.Uint64(b[32:]), high: order.Uint64(b[40:]), tx: order.Uint64(b[48:])}
	if order.Uint32(b) != boltMagic || order.Uint32(b[4:]) != boltVersion || order.Uint32(b[8:]) != filePage ||
		order.Uint64(b[56:]) != sum.Sum64() || m.tx%2 != uint64(page) {
		return boltMeta{}, errBoltMeta
	}
	return m, nil
}

// checkFreelist makes sure that the free pages are in order and in the file: a
// wrong one would be written over while in use.
func checkFreelist(f io.ReaderAt, m boltMeta) error {
	ids, err := freePages(f, m)
	if err != nil {
		return err
	}
	last := uint64(1) // pages 0 and 1 are never free
	for ; len(ids) > 0; ids = ids[8:] {
		id := binary.NativeEndian.Uint64(ids)
		if id <= last || id >= m.high {
			return errFreelist
		}
		last = id
	}
	return nil
}

var errFreelist = errors.New("the list of free pages is damaged")

// freePages returns the ids of the free pages, eight bytes each.
func freePages(f io.ReaderAt, m boltMeta) ([]byte, error) {
	if m.freelist < 2 || m.freelist >= m.high {
		return nil, errFreelist
	}
	r := io.NewSectionReader(f, int64(m.freelist)*filePage, int64(m.high-m.freelist)*filePage)
	var head [boltHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("read free pages: %w", err)
	}
	order := binary.NativeEndian
	if order.Uint64(head[:]) != m.freelist || order.Uint16(head[8:]) != boltFreelist {
		return nil, errFreelist
	}
	return readFreelist(r, uint64(order.Uint16(head[10:])), m.high)
}

func readFreelist(r io.Reader, n, high uint64) ([]byte, error) {
	if n == boltManyPages {
		var first [8]byte
		if _, err := io.ReadFull(r, first[:]); err != nil {
			return nil, fmt.Errorf("read free pages: %w", err)
		}
		n = binary.NativeEndian.Uint64(first[:])
	}
	if n > high {
		return nil, errFreelist
	}
	ids := make([]byte, 8*n)
	if _, err := io.ReadFull(r, ids); err != nil {
		return nil, fmt.Errorf("read free pages: %w", err)
	}
	return ids, nil
}
