package ledger

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// Stats says what Verify walked.
type Stats struct {
	Head    Head
	Erased  int // entries whose content went with its source
	Damages int
}

const maxDamages = 1000 // after which Verify looks no further

// Verify reads every entry and holds it against its digest, the digests against
// the tree, the indexes against the entries, and the tree against heads that
// were kept elsewhere. It calls report for each entry altered, removed or out
// of its order, and goes on. It holds up Lock while it works. It returns locked
// or ctx's error; damage is not an error here.
func (l *Ledger) Verify(ctx context.Context, kept []Head, report func(error)) (Stats, error) {
	var stats Stats
	err := l.view(ctx, func(w *walker) error {
		v := &verifier{walker: w, stats: &stats, report: report}
		return v.run(ctx, kept)
	})
	return stats, err
}

type verifier struct {
	*walker
	stats  *Stats
	report func(error)
}

func (v *verifier) damage(format string, args ...any) {
	v.stats.Damages++
	v.report(core.E(core.Damaged, "verify ledger", fmt.Errorf(format, args...)))
}

func (v *verifier) run(ctx context.Context, kept []Head) error {
	head, err := readHead(v.own)
	if err != nil {
		v.damage("its head: %w", err)
		return nil
	}
	v.stats.Head = head
	for number := range head.Size {
		if err := ctx.Err(); err != nil {
			return err
		}
		if v.stats.Damages >= maxDamages { // the size itself may be one
			return nil
		}
		if err := v.entry(number); err != nil {
			v.damage("entry %d: %w", number, err)
		}
	}
	v.heads(append([]Head{head}, kept...))
	return v.rest(head.Size)
}

// entry checks one entry, its leaf, and its places in the indexes.
func (v *verifier) entry(number uint64) error {
	h, s, err := v.header(number)
	if err != nil {
		return err
	}
	if err := v.leaf(number, s.Digest()); err != nil {
		return err
	}
	keys := [][]byte{named(rowKind, string(h.Kind), number), timed(h.At, number)}
	content, err := v.content(number, h)
	switch {
	case err != nil:
		return err
	case content == nil:
		v.stats.Erased++
	case content.Digest() != h.Content:
		return errors.New("it is not what was written")
	default:
		e, err := unsalt[Entry](*content)
		if err != nil {
			return err
		}
		if e.Token != "" {
			keys = append(keys, named(rowToken, e.Token, number))
		}
	}
	for _, key := range keys {
		if _, err := v.own.Get(rows, key); err != nil {
			return fmt.Errorf("a list leaves it out: %w", err)
		}
	}
	return nil
}

// leaf checks the hashes that the entry added to the tree.
func (v *verifier) leaf(number uint64, digest Digest) error {
	tree := treeOf(v.own)
	want, err := tlog.StoredHashes(int64(number), digest[:], tree)
	if err != nil {
		return err
	}
	var indexes []int64
	for i := range want {
		indexes = append(indexes, tlog.StoredHashCount(int64(number))+int64(i))
	}
	got, err := tree.ReadHashes(indexes)
	if err != nil {
		return err
	}
	for i := range want {
		if got[i] != want[i] {
			return errors.New("the tree does not stand over it")
		}
	}
	return nil
}

// heads checks the tree against its own head, and those that were kept.
func (v *verifier) heads(kept []Head) {
	for _, head := range kept {
		if head.Size > v.stats.Head.Size {
			v.damage("it has %d entries and had %d", v.stats.Head.Size, head.Size)
			continue
		}
		if head.Size == 0 {
			continue
		}
		root, err := tlog.TreeHash(int64(head.Size), treeOf(v.own))
		if err != nil || root != head.Root {
			v.damage("its first %d entries are not those of the head %s", head.Size, head)
		}
	}
}

// rest looks for rows that belong to no entry.
func (v *verifier) rest(size uint64) error {
	want := map[byte]uint64{rowEntry: size, rowHash: uint64(tlog.StoredHashCount(int64(size))), rowKind: size, rowTime: size}
	got := map[byte]uint64{}
	for row, err := range v.own.Scan(rows, vault.Range{}) {
		if err != nil {
			return err
		}
		if len(row.Key) > 0 {
			got[row.Key[0]]++
		}
	}
	for row, n := range want {
		if got[row] != n {
			v.damage("%d rows %q, want %d", got[row], row, n)
		}
	}
	return nil
}
