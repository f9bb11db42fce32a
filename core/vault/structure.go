package vault

import (
	"encoding/binary"
	"fmt"
	"io"
)

// A structure check reads bbolt's own pages with positioned reads, so that no
// damage can make it fault or go round in circles, and reports what bbolt would
// trip over or quietly get wrong: pages out of place, reached twice, or free
// and in use.

const (
	boltBranch     = 0x01
	boltLeaf       = 0x02
	boltBucketFlag = 0x01
	boltElement    = 16 // bytes of an element of a branch or leaf
)

type structure struct {
	r      io.ReaderAt
	high   uint64
	seen   map[uint64]bool
	report func(error)
}

// checkStructure walks the pages of the buckets with these roots and the list
// of free pages of m.
func checkStructure(r io.ReaderAt, m boltMeta, roots []uint64, report func(error)) {
	s := &structure{r, m.high, make(map[uint64]bool), report}
	for _, root := range roots {
		s.page(root, 0)
	}
	ids, err := freePages(r, m)
	if err != nil {
		report(err)
		return
	}
	for ; len(ids) > 0; ids = ids[8:] {
		if id := binary.NativeEndian.Uint64(ids); s.seen[id] {
			report(fmt.Errorf("page %d of the file is in use and free", id))
		}
	}
}

func (s *structure) page(id uint64, depth int) {
	var b [filePage]byte
	if id < 2 || id >= s.high || depth > maxDepth {
		s.report(fmt.Errorf("page %d of the file is out of place", id))
		return
	}
	if _, err := s.r.ReadAt(b[:], int64(id)*filePage); err != nil {
		s.report(fmt.Errorf("page %d of the file: %w", id, err))
		return
	}
	order := binary.NativeEndian
	flags, count, over := order.Uint16(b[8:]), int(order.Uint16(b[10:])), uint64(order.Uint32(b[12:]))
	if order.Uint64(b[:]) != id || flags != boltBranch && flags != boltLeaf || over >= s.high-id {
		s.report(fmt.Errorf("page %d of the file is damaged", id))
		return
	}
	for i := id; i <= id+over; i++ {
		if s.seen[i] {
			s.report(fmt.Errorf("page %d of the file is reached twice", i))
			return
		}
		s.seen[i] = true
	}
	s.elements(b[:], id, flags, count, (over+1)*filePage, depth)
}

// elements checks that each element's bytes stay within its page, and walks on
// from a branch.
func (s *structure) elements(b []byte, id uint64, flags uint16, count int, size uint64, depth int) {
	if count > (filePage-boltHead)/boltElement {
		s.report(fmt.Errorf("page %d of the file is damaged", id))
		return
	}
	order := binary.NativeEndian
	for i := range count {
		at := boltHead + boltElement*i
		e := b[at : at+boltElement]
		// branch: pos u32, ksize u32, pgid u64; leaf: flags, pos, ksize, vsize u32
		end := uint64(order.Uint32(e)) + uint64(order.Uint32(e[4:]))
		if flags == boltLeaf {
			end = uint64(order.Uint32(e[4:])) + uint64(order.Uint32(e[8:])) + uint64(order.Uint32(e[12:]))
		}
		if uint64(at)+end > size || flags == boltLeaf && order.Uint32(e) != 0 {
			s.report(fmt.Errorf("page %d of the file is damaged", id))
			return
		}
		if flags == boltBranch {
			s.page(order.Uint64(e[8:]), depth+1)
		}
	}
}
