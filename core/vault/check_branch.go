package vault

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// bbolt follows its branch pages by recursion without looking where they lead:
// a circle among them would take the process down with a stack overflow, which
// nothing can recover from. So they are walked once before the file is opened.
// There is about one branch page for 2,000 records.

var errBranch = errors.New("the pages of the file do not form a tree")

type branchWalk struct {
	r    io.ReaderAt
	high uint64
	seen map[uint64]bool // branch pages
	low  []uint64        // what the lowest branches lead to
}

// checkBranches walks the branch pages under the file's root bucket.
func checkBranches(r io.ReaderAt, m boltMeta) error {
	w := &branchWalk{r: r, high: m.high, seen: make(map[uint64]bool)}
	roots, err := w.buckets(m.root)
	if err != nil {
		return err
	}
	for _, root := range roots {
		height, err := w.height(root)
		if err != nil {
			return err
		}
		if err := w.walk(root, height); err != nil {
			return err
		}
	}
	for _, id := range w.low {
		if w.seen[id] {
			return errBranch
		}
	}
	return nil
}

// page reads the first 4 KiB of a page.
func (w *branchWalk) page(id uint64) (flags uint16, elements []byte, err error) {
	if id < 2 || id >= w.high {
		return 0, nil, errBranch
	}
	b := make([]byte, filePage)
	if _, err := w.r.ReadAt(b, int64(id)*filePage); err != nil {
		return 0, nil, fmt.Errorf("read page %d of the file: %w", id, err)
	}
	order := binary.NativeEndian
	flags = order.Uint16(b[8:])
	size := boltHead + boltElement*int(order.Uint16(b[10:]))
	if order.Uint64(b) != id || flags != boltBranch && flags != boltLeaf || size > filePage || flags == boltBranch && size == boltHead {
		return 0, nil, errBranch
	}
	return flags, b, nil
}

// buckets returns the roots of the buckets in the root bucket, which is one
// leaf here.
func (w *branchWalk) buckets(root uint64) (roots []uint64, err error) {
	flags, b, err := w.page(root)
	if err != nil {
		return nil, err
	}
	if flags != boltLeaf {
		return nil, errBranch
	}
	order := binary.NativeEndian
	for i := range int(order.Uint16(b[10:])) {
		at := boltHead + boltElement*i
		value := at + int(order.Uint32(b[at+4:])) + int(order.Uint32(b[at+8:]))
		if order.Uint32(b[at:]) != boltBucketFlag || value < 0 || value+16 > len(b) {
			return nil, errBranch
		}
		if id := order.Uint64(b[value:]); id != 0 { // else the bucket is held inside
			roots = append(roots, id)
		}
	}
	return roots, nil
}

// height counts the branch pages from root down to a leaf.
func (w *branchWalk) height(root uint64) (int, error) {
	for height := range maxDepth {
		flags, b, err := w.page(root)
		if err != nil {
			return 0, err
		}
		if flags == boltLeaf {
			return height, nil
		}
		root = binary.NativeEndian.Uint64(b[boltHead+8:])
	}
	return 0, errBranch
}

// walk visits the branch pages under id, which stand height levels above the
// leaves.
func (w *branchWalk) walk(id uint64, height int) error {
	if height == 0 {
		w.low = append(w.low, id)
		return nil
	}
	flags, b, err := w.page(id)
	if err != nil {
		return err
	}
	if flags != boltBranch || w.seen[id] {
		return errBranch
	}
	w.seen[id] = true
	order := binary.NativeEndian
	for i := range int(order.Uint16(b[10:])) {
		if err := w.walk(order.Uint64(b[boltHead+boltElement*i+8:]), height-1); err != nil {
			return err
		}
	}
	return nil
}
