package vault

import (
	"crypto/sha256"
	"fmt"

	"github.com/domicile-home/domicile/core"
)

// record verifies a record with its revisions, and expects what follows from
// them in the indexes.
func (v *spaceVerifier) record(key, value []byte) error {
	n, rest, ok := readOrdered(key[1:])
	if !ok || len(rest) > 0 {
		return errRow
	}
	seq := core.Seq(n)
	current, err := splitRow(value)
	if err != nil {
		return err
	}
	v.maxSeq = max(v.maxSeq, seq)
	runs := make(map[core.RunID]bool)
	if err := v.row(seq, current, runs); err != nil {
		return fmt.Errorf("record %d: %w", seq, err)
	}
	v.expectCurrent(seq, current)
	v.stats.Records++
	if current.head.revision > 1 {
		err := v.s.earlier(seq, current, func(old row) (bool, error) {
			v.expect(v.s.revisionName(seq, old.head.revision), nil)
			return true, v.row(seq, old, runs)
		})
		if err != nil {
			return fmt.Errorf("record %d: %w", seq, err)
		}
	}
	for run := range runs {
		v.expect(v.s.runName(run, seq), nil)
	}
	return nil
}

// row decodes one revision and notes its run and files.
func (v *spaceVerifier) row(seq core.Seq, r row, runs map[core.RunID]bool) error {
	decoded, err := v.s.decode(r.bytes, seq)
	if err != nil {
		return err
	}
	for _, f := range decoded.Files {
		v.uses[f.File]++
	}
	if r.head.run != 0 {
		runs[r.head.run] = true
	}
	return nil
}

// expectCurrent expects the index entries of a record's current row.
func (v *spaceVerifier) expectCurrent(seq core.Seq, current row) {
	now, err := current.presence()
	if err != nil {
		v.damage(v.s.id, err)
		return
	}
	v.expect(v.s.idName(now.kind, current.head.id), appendOrdered(nil, uint64(seq)))
	op := OpTombstone
	n := v.counted[now.kind]
	if now.deleted {
		n.Deleted++
	} else {
		n.Records++
		op = OpPut
		v.expect(v.s.dateName(now.when, seq), nil)
		v.expect(v.s.typeName(now.kind, now.when, seq), nil)
	}
	v.counted[now.kind] = n
	name := appendOrdered([]byte{byte(spaceChange)}, uint64(now.change))
	v.expect(name, appendOrdered([]byte{byte(op)}, uint64(seq)))
}

// hash tallies an entry of the files' hashes: the space's own, or, in the
// home's own space, the list of equal files.
func (v *spaceVerifier) hash(key, value []byte) {
	if len(key) > 1+hashSize {
		v.twins.find(v.seed, key, nil)
		return
	}
	v.tally(spaceHash).find(v.seed, key, value)
}

// file reads a file from end to end.
func (v *spaceVerifier) file(key, value []byte) error {
	n, rest, ok := readOrdered(key[1:])
	if !ok || len(rest) > 0 {
		return errFile
	}
	f, err := decodeFile(value)
	if err != nil {
		return err
	}
	id := core.FileID(n)
	v.markUsed(f.extents)
	v.stats.Files++
	if f.uses > 0 {
		v.kept[id] = f.uses
	}
	own, err := v.t.Space(core.Own)
	if err != nil {
		return err
	}
	v.expect(v.s.hashName(f.sum), appendOrdered(nil, n))
	v.twins.expect(v.seed, v.s.twinName(own, id, f.sum), nil)
	if err := v.content(f); err != nil {
		return fmt.Errorf("file %d: %w", id, err)
	}
	return nil
}

func (v *spaceVerifier) content(f *fileRecord) error {
	sum, left := sha256.New(), f.size
	for i := range chunkCount(f.size) {
		if err := v.stop(); err != nil {
			return nil // the walk ends at its next page
		}
		chunk, err := v.t.readChunk(f, i)
		if err != nil {
			return err
		}
		n := min(left, chunkSize, uint64(len(chunk)))
		sum.Write(chunk[:n])
		left -= n
		v.stats.Chunks++
	}
	if left > 0 || [sha256.Size]byte(sum.Sum(nil)) != f.sum {
		return fmt.Errorf("%w: the content is not what was put", errFile)
	}
	return nil
}
