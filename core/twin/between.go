package twin

import (
	"math/bits"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// CountBetween returns how many records of one source are the same thing as one
// of another. It reads no record.
func CountBetween(tx *vault.Tx, a, b core.SourceID) (n int, err error) {
	own, err := tx.Space(core.Own)
	if err != nil {
		return 0, err
	}
	for _, t := range Types() {
		for _, pair := range [][2]core.SourceID{{a, b}, {b, a}} { // the one aside, the one that leads
			prefix := chunkKey(t, pair[0], 0)
			for row, err := range own.Scan(rowsAside, vault.Range{Prefix: prefix[:len(prefix)-4]}) {
				if err != nil {
					return 0, err
				}
				c, err := readChunk(row.Value)
				if err != nil {
					return 0, err
				}
				for _, b := range c.aside[pair[1]] {
					n += bits.OnesCount8(b)
				}
			}
		}
	}
	return n, nil
}

// maxSplit bounds the records that SplitBetween takes out in one transaction.
const maxSplit = 500

// SplitBetween takes records of source a out of the things that they share with
// source b, from a seq on. It returns where to go on, 0 when all is done.
func SplitBetween(tx *vault.Tx, a, b core.SourceID, from core.Seq) (next core.Seq, err error) {
	own, err := tx.Space(core.Own)
	if err != nil {
		return 0, err
	}
	var shared []core.Ref
	for row, err := range own.Scan(rowsMember, vault.Range{Prefix: a[:], From: keyOf(core.Ref{Source: a, Seq: from})}) {
		if err != nil {
			return 0, err
		}
		ref, _, ok := readKey(row.Key)
		thing, err := decode(row.Value)
		if err != nil || !ok {
			return 0, errRow
		}
		if len(shared) == maxSplit {
			next = ref.Seq
			break
		}
		for _, m := range thing.Members {
			if m.Ref.Source == b {
				shared = append(shared, ref)
				break
			}
		}
	}
	for _, ref := range shared {
		if err := Split(tx, ref); err != nil {
			return 0, err
		}
	}
	return next, nil
}
