package vault

import (
	"context"

	"github.com/domicile-home/domicile/core"
)

// sweepBatch is how many pages and values a sweep removes in one transaction.
const sweepBatch = 4096

// Sweep removes what nothing refers to any more: the unreadable leftovers of
// dropped sources, chunks of files that a crash kept from being put, and headers
// that one kept from being overwritten, which an old password opens. Call it
// after Unlock; it works in small transactions, between those of others. It
// returns Locked, Damaged and protocol.Limit.
func (v *Vault) Sweep(ctx context.Context) error {
	for _, step := range []func(*Tx) (more bool, err error){(*Tx).sweepDropped, (*Tx).sweepStaged} {
		for more := true; more; {
			err := v.Update(ctx, func(t *Tx) (err error) {
				t.UseBallast()
				more, err = step(t)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return v.retireHeaders(ctx)
}

// sweepDropped removes some leftovers of dropped spaces.
func (t *Tx) sweepDropped() (more bool, err error) {
	own, err := t.Space(core.Own)
	if err != nil {
		return false, err
	}
	c := own.scan(spaceGarbage, Range{From: appendOrdered(nil, 1)})
	ok, err := c.next()
	if err != nil || !ok {
		return false, err
	}
	value, err := c.tree.resolve(c.cell)
	if err != nil {
		return false, err
	}
	left, err := decodeLeftovers(value)
	if err != nil {
		return false, err
	}
	room := sweepBatch
	left.pages = sweepExtents(left.pages, &room, t.freePage)
	left.values = sweepExtents(left.values, &room, t.freeValue)
	if len(left.pages)+len(left.values) > 0 {
		return true, own.tree.putItem(append([]byte(nil), c.key...), left.encode())
	}
	_, err = own.tree.deleteItem(append([]byte(nil), c.key...))
	return true, err
}

// sweepExtents frees up to room ids and returns what remains.
func sweepExtents(extents []extent, room *int, free func(uint64)) []extent {
	for len(extents) > 0 && *room > 0 {
		e := &extents[0]
		n := min(e.count, uint64(*room))
		for i := range n {
			free(e.first + i)
		}
		*room -= int(n)
		e.first, e.count = e.first+n, e.count-n
		if e.count == 0 {
			extents = extents[1:]
		}
	}
	return extents
}

// sweepStaged removes one file that an earlier session began and did not put.
func (t *Tx) sweepStaged() (more bool, err error) {
	for _, id := range t.Spaces() {
		s, err := t.Space(id)
		if err != nil {
			return false, err
		}
		var name []byte
		err = s.eachStaged(func(key []byte, st stagedRecord) error {
			if name == nil && st.session != t.s.id {
				name = append([]byte(nil), key...)
				t.freeChunks(st.extents)
			}
			return nil
		})
		if err != nil {
			return false, err
		}
		if name != nil {
			_, err := s.tree.deleteItem(name)
			return true, err
		}
	}
	return false, nil
}
