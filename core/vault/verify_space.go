package vault

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// A spaceVerifier walks one space.
type spaceVerifier struct {
	*verifier
	s       *Space
	tallies map[Keyspace]*tally
	counted map[record.Type]Count
	stored  *counters
	uses    map[core.FileID]uint64 // by records and revisions
	kept    map[core.FileID]uint64 // as the files say
	maxSeq  core.Seq
}

// space verifies one space. It returns only why the whole walk must end.
func (w *verifier) space(id core.SourceID) error {
	w.stats.Spaces++
	s, err := w.t.Space(id)
	if err != nil {
		w.damage(id, err)
		return nil
	}
	s.tree.direct = true
	v := &spaceVerifier{
		verifier: w, s: s, tallies: make(map[Keyspace]*tally), counted: make(map[record.Type]Count),
		stored: &counters{types: make(map[record.Type]Count)}, uses: make(map[core.FileID]uint64), kept: make(map[core.FileID]uint64),
	}
	before := w.stats.Damages
	if err := v.subtree(s.tree.root, nil, nil, 0); err != nil {
		return err
	}
	if w.stats.Damages == before { // else the indexes cannot agree
		v.compare()
	}
	return nil
}

func (v *spaceVerifier) fault(format string, args ...any) {
	v.damage(v.s.id, fmt.Errorf(format, args...))
}

// subtree verifies the pages under r, whose keys belong from low up to high.
func (v *spaceVerifier) subtree(r ref, low, high []byte, depth int) error {
	if r == (ref{}) {
		return nil
	}
	if err := v.stop(); err != nil {
		return err
	}
	v.used[r.id] = true
	p, err := v.t.readPage(v.s.id, v.s.keys, r)
	if err == nil && depth >= maxDepth {
		err = errDepth
	}
	if err != nil {
		v.damage(v.s.id, err)
		return nil
	}
	v.stats.Pages++
	keys := v.keys(p, low, high)
	for i := range p.count() {
		if p.isLeaf() {
			v.cell(keys[i], p.cell(i))
			continue
		}
		lower, upper := low, high
		if i > 0 {
			lower = keys[i]
		}
		if i+1 < p.count() {
			upper = keys[i+1]
		}
		if err := v.subtree(p.child(i), lower, upper, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// keys returns a page's keys, having checked their order and bounds.
func (v *spaceVerifier) keys(p page, low, high []byte) [][]byte {
	keys := make([][]byte, p.count())
	last := low
	for i := range keys {
		keys[i] = p.key(nil, i)
		if !p.isLeaf() && i == 0 {
			continue // stands for everything below the second
		}
		if bytes.Compare(keys[i], last) < 0 || i > 0 && bytes.Equal(keys[i], last) || high != nil && bytes.Compare(keys[i], high) >= 0 {
			v.fault("a page's keys are out of order")
		}
		last = keys[i]
	}
	return keys
}

// cell verifies one entry of a leaf.
func (v *spaceVerifier) cell(key []byte, c cell) {
	value := c.value
	if c.isRef {
		at, n := readOutside(c.value)
		v.used[at.id] = true
		var err error
		if value, err = v.t.readOutside(v.s.id, v.s.keys, at, n); err != nil {
			v.damage(v.s.id, err)
			return
		}
		v.stats.Values++
	}
	if err := v.entry(Keyspace(key[0]), key, value); err != nil {
		v.damage(v.s.id, err)
	}
}

func (v *spaceVerifier) tally(ks Keyspace) *tally {
	t := v.tallies[ks]
	if t == nil {
		t = new(tally)
		v.tallies[ks] = t
	}
	return t
}

func (v *spaceVerifier) expect(name, value []byte) {
	v.tally(Keyspace(name[0])).expect(v.seed, name, value)
}

func (v *spaceVerifier) entry(ks Keyspace, key, value []byte) error {
	switch ks {
	case spaceRecord:
		return v.record(key, value)
	case spaceChange:
		return v.change(key, value)
	case spaceRevision:
		v.stats.Revisions++
		v.tally(ks).find(v.seed, key, nil) // the delta is read with its record
	case spaceID, spaceDate, spaceType, spaceRun:
		v.tally(ks).find(v.seed, key, value)
	case spaceHash:
		v.hash(key, value)
	case spaceComposite:
		return v.composite(key)
	case spaceFile:
		return v.file(key, value)
	case spaceStaged:
		st, err := decodeStaged(value)
		v.markUsed(st.extents)
		return err
	case spaceGarbage:
		left, err := decodeLeftovers(value)
		v.markUsed(left.pages)
		v.markUsed(left.values)
		return err
	case spaceCount:
		return v.stored.read(string(key[1:]), value, v.s.id)
	case spaceOrigin:
		_, err := readOrigin(value)
		return err
	default:
		if !ks.isOpen() {
			return fmt.Errorf("an entry in unknown keyspace %q", ks)
		}
		v.stats.Entries++
	}
	return nil
}

func (v *spaceVerifier) markUsed(extents []extent) {
	for _, e := range extents {
		for i := range e.count {
			v.used[e.first+i] = true
		}
	}
}

// change tallies an entry of the journal.
func (v *spaceVerifier) change(key, value []byte) error {
	e, err := readChange(v.s.id, key[1:], value)
	if err != nil {
		return err
	}
	if e.Change > v.t.root.change {
		return errors.New("the journal is ahead of the vault")
	}
	if e.Op == OpPut || e.Op == OpTombstone {
		v.tally(spaceChange).find(v.seed, key, value)
	}
	return nil
}

// composite tallies a composite key with its way back.
func (v *spaceVerifier) composite(key []byte) error {
	t := v.tally(spaceComposite)
	if len(key) > 4 && key[1] == compositeSeqs {
		if n := int(key[2])<<8 | int(key[3]); len(key) > 4+n {
			seq, rest, ok := readOrdered(key[4+n:])
			if ok && len(rest) == 0 {
				t.expect(v.seed, key[4:4+n], appendOrdered(nil, seq))
				return nil
			}
		}
	} else if len(key) > 2 && key[1] == compositeKeys {
		if seq, rest, ok := readOrdered(key[2:]); ok {
			t.find(v.seed, rest, appendOrdered(nil, seq))
			return nil
		}
	}
	return errRow
}

// compare reports each index that does not agree with the records.
func (v *spaceVerifier) compare() {
	for ks, t := range v.tallies {
		if !t.agrees() {
			v.fault("index %q does not agree with the records: %d entries, want %d", ks, t.foundN, t.expectedN)
		}
	}
	for id, n := range v.uses {
		if v.kept[id] != n {
			v.fault("file %d says it is used %d times, not %d", id, v.kept[id], n)
		}
	}
	for id, n := range v.kept {
		if v.uses[id] != n {
			v.fault("file %d says it is used %d times, not %d", id, n, v.uses[id])
		}
	}
	if v.stored.seq < uint64(v.maxSeq) {
		v.fault("the counter of records stands at %d, below %d", v.stored.seq, v.maxSeq)
	}
	for t, n := range v.stored.types {
		if got := v.counted[t]; got.Records != n.Records || got.Deleted != n.Deleted {
			v.fault("the counters of %s say %d and %d deleted, not %d and %d", t, n.Records, n.Deleted, got.Records, got.Deleted)
		}
		delete(v.counted, t)
	}
	if len(v.counted) > 0 {
		v.fault("some types have no counter")
	}
}
