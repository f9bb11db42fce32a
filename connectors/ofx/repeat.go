package main

import (
	"hash/fnv"
	"strconv"
)

// repeats counts equal ids within one statement.
//
// OFX says that a bank gives each transaction of an account an id of its own,
// and banks do not: the corpora hold ids used twice on different days, and ids
// that start from 1 in every file. So the id of a record is made of account,
// FITID, day and amount, none of which depends on what else a file holds. What
// is still equal within one statement is counted, so that two equal coffees
// stay two, and the same statement read again adds nothing.
type repeats struct{ seen map[uint64]int }

func newRepeats() *repeats { return &repeats{map[uint64]int{}} }

// distinct returns id for its first occurrence, then id with a number.
func (r *repeats) distinct(id string) string {
	h := fnv.New64a()
	h.Write([]byte(id)) // never fails
	r.seen[h.Sum64()]++
	if n := r.seen[h.Sum64()]; n > 1 {
		return id + "|" + strconv.Itoa(n)
	}
	return id
}
