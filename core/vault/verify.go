package vault

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"

	bolt "go.etcd.io/bbolt"

	"github.com/domicile-home/domicile/core"
)

// A Damage is one thing that Verify found wrong.
type Damage struct {
	Source core.SourceID // whose space; core.Own also for what belongs to none
	Err    error         // what, with code Damaged
}

// Stats says what Verify walked.
type Stats struct {
	Spaces, Pages, Values, Chunks      int
	Records, Revisions, Files, Entries int // Entries: keys of other rooms
	Damages                            int
	// Unreferenced counts pages and values that nothing refers to. They hold
	// space and no data; a crash can leave some, which Sweep removes.
	Unreferenced int
}

// Verify reads everything: bbolt's structure, each page, value and chunk, each
// record and revision, and whether the indexes, counters and journal agree with
// the records. It calls report for each damage and goes on. It reads one
// snapshot while others work, but holds up Lock; cancel ctx to stop. It returns
// ctx's error or Locked; damage is not an error here.
func (v *Vault) Verify(ctx context.Context, report func(Damage)) (Stats, error) {
	release, err := v.takeWriter(ctx)
	if err != nil {
		return Stats{}, err
	}
	released := false
	free := func() {
		if !released {
			released = true
			release()
		}
	}
	defer free()
	var stats Stats
	err = v.View(ctx, func(t *Tx) error {
		w := &verifier{ctx: ctx, t: t, report: report, stats: &stats, used: make(map[uint64]bool), seed: maphash.MakeSeed()}
		meta, err := lastMeta(v.disk.file, true)
		free() // the snapshot is taken and its meta page read
		if err != nil {
			w.damage(core.Own, core.E(core.Damaged, "verify", err))
		} else {
			w.structure(meta)
		}
		return w.run()
	})
	if core.CodeOf(err) == core.Damaged { // not even a snapshot could be had
		stats.Damages++
		report(Damage{core.Own, err})
		err = nil
	}
	return stats, err
}

// A verifier is one walk over a snapshot.
type verifier struct {
	ctx    context.Context
	t      *Tx
	report func(Damage)
	stats  *Stats
	used   map[uint64]bool // ids that something refers to
	seed   maphash.Seed
	twins  tally // expected and found in core's list of equal files
}

func (w *verifier) damage(source core.SourceID, err error) {
	if core.CodeOf(err) != core.Damaged {
		err = core.E(core.Damaged, "verify", err)
	}
	w.stats.Damages++
	w.report(Damage{source, err})
}

// stop returns why the walk should end now, if so.
func (w *verifier) stop() error {
	if w.t.s.isOver() {
		return core.E(core.Locked, "verify", nil)
	}
	return w.ctx.Err()
}

func (w *verifier) structure(meta boltMeta) {
	var roots []uint64
	err := w.t.d.d.read("verify", func() error {
		for _, name := range [][]byte{bucketMeta, bucketRoot, bucketPage, bucketValue} {
			b := w.t.d.tx.Bucket(name)
			if b == nil {
				return fmt.Errorf("the part %q is missing", name)
			}
			if root := uint64(b.Root()); root != 0 {
				roots = append(roots, root)
			}
		}
		return nil
	})
	if err != nil {
		w.damage(core.Own, err)
		return
	}
	checkStructure(w.t.v.disk.file, meta, roots, func(err error) { w.damage(core.Own, err) })
}

func (w *verifier) run() error {
	for _, id := range w.t.Spaces() {
		if err := w.space(id); err != nil {
			return err
		}
	}
	if !w.twins.agrees() {
		w.damage(core.Own, errors.New("the list of equal files does not agree with the files"))
	}
	for _, bucket := range []*bolt.Bucket{w.t.d.p, w.t.d.v} {
		if err := w.leftovers(bucket); err != nil {
			return err
		}
	}
	return nil
}

// leftovers counts what a bucket holds that nothing refers to.
func (w *verifier) leftovers(bucket *bolt.Bucket) error {
	err := w.t.d.d.read("verify", func() error {
		return bucket.ForEach(func(k, _ []byte) error {
			if len(k) != 8 || !w.used[binary.BigEndian.Uint64(k)] {
				w.stats.Unreferenced++
			}
			return w.stop()
		})
	})
	if core.CodeOf(err) == core.Damaged {
		w.damage(core.Own, err)
		return nil
	}
	return err
}

// A tally compares two sets without holding them: what is expected and what is
// found add up to the same sum of keyed hashes, or the sets differ.
type tally struct {
	expected, found   uint64
	expectedN, foundN int
}

func (t *tally) agrees() bool { return t.expected == t.found && t.expectedN == t.foundN }

func (t *tally) expect(seed maphash.Seed, key, value []byte) {
	t.expected += pairHash(seed, key, value)
	t.expectedN++
}

func (t *tally) find(seed maphash.Seed, key, value []byte) {
	t.found += pairHash(seed, key, value)
	t.foundN++
}

func pairHash(seed maphash.Seed, key, value []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	h.Write(binary.AppendUvarint(nil, uint64(len(key))))
	h.Write(key)
	h.Write(value)
	return h.Sum64()
}
