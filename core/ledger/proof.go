package ledger

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// Head returns the present head. It returns locked and damaged.
func (l *Ledger) Head(ctx context.Context) (head Head, err error) {
	err = l.view(ctx, func(w *walker) error {
		head, err = readHead(w.own)
		return err
	})
	return head, err
}

// A Proof shows that an entry stands in the ledger that a head names. Content
// is nil when the entry was erased; the proof is as good.
type Proof struct {
	Number  uint64      `json:"number"`
	Header  Salted      `json:"header"`            // a Header; its digest is the leaf
	Content *Salted     `json:"content,omitempty"` // an Entry
	Path    []tlog.Hash `json:"path"`              // RFC 9162, 2.1.3
}

// Check holds the proof against a head. It returns damaged when it does not
// fit, or when the content is not what the header names.
func (p Proof) Check(head Head) error {
	const op = "check proof"
	if p.Number >= head.Size || head.Size >= 1<<62 {
		return core.E(core.Damaged, op, fmt.Errorf("entry %d of a ledger of %d", p.Number, head.Size))
	}
	digest := p.Header.Digest()
	leaf := tlog.RecordHash(digest[:])
	if err := tlog.CheckRecord(p.Path, int64(head.Size), head.Root, int64(p.Number), leaf); err != nil {
		return core.E(core.Damaged, op, err)
	}
	h, err := unsalt[Header](p.Header)
	if err == nil && p.Content != nil && p.Content.Digest() != h.Content {
		err = core.E(core.Damaged, op, fmt.Errorf("entry %d is not what was written", p.Number))
	}
	return err
}

// Prove returns the proofs of size entries from a number on, under the present
// head; fewer at the end. They hold for that head only.
func (l *Ledger) Prove(ctx context.Context, from uint64, size int) (proofs []Proof, head Head, err error) {
	head, err = l.Head(ctx)
	if err != nil {
		return nil, head, err
	}
	proofs, err = l.ProveUnder(ctx, head, from, size)
	return proofs, head, err
}

// ProveUnder is Prove under an earlier head. It returns invalid when the head
// is not of this ledger.
func (l *Ledger) ProveUnder(ctx context.Context, head Head, from uint64, size int) (proofs []Proof, err error) {
	err = l.view(ctx, func(w *walker) error {
		if err := w.knows(head); err != nil {
			return err
		}
		for number := from; number < head.Size && len(proofs) < min(size, MaxPage); number++ {
			p, err := w.prove(number, head)
			if err != nil {
				return err
			}
			proofs = append(proofs, p)
		}
		return nil
	})
	return proofs, err
}

func (w *walker) prove(number uint64, head Head) (p Proof, err error) {
	h, s, err := w.header(number)
	if err != nil {
		return p, damaged("prove entry", err)
	}
	p.Number, p.Header = number, s
	if p.Content, err = w.content(number, h); err != nil {
		return p, err
	}
	p.Path, err = tlog.ProveRecord(int64(head.Size), int64(number), treeOf(w.own))
	return p, damaged("prove entry", err)
}

// knows checks that the ledger once had this head.
func (w *walker) knows(head Head) error {
	now, err := readHead(w.own)
	if err != nil || head == now {
		return err
	}
	if head.Size > now.Size {
		return core.E(core.Invalid, "find head", errors.New("not a head of this ledger"))
	}
	root, err := tlog.TreeHash(int64(head.Size), treeOf(w.own))
	if err != nil {
		return damaged("find head", err)
	}
	if root != head.Root {
		return core.E(core.Invalid, "find head", errors.New("not a head of this ledger"))
	}
	return nil
}

// ProveGrowth returns the path (RFC 9162, 2.1.4) that shows that the present
// ledger only added to what old names, and the present head. It returns invalid
// when it did not, or when old is empty.
func (l *Ledger) ProveGrowth(ctx context.Context, old Head) (path []tlog.Hash, head Head, err error) {
	err = l.view(ctx, func(w *walker) error {
		if head, err = readHead(w.own); err != nil {
			return err
		}
		if err := w.knows(old); err != nil {
			return err
		}
		if old.Size == 0 {
			return core.E(core.Invalid, "prove growth", errors.New("the head of an empty ledger"))
		}
		path, err = tlog.ProveTree(int64(head.Size), int64(old.Size), treeOf(w.own))
		return damaged("prove growth", err)
	})
	return path, head, err
}

// CheckGrowth holds such a path against the two heads. It returns damaged.
func CheckGrowth(path []tlog.Hash, old, now Head) error {
	const op = "check growth"
	if old.Size == 0 || old.Size > now.Size || now.Size >= 1<<62 {
		return core.E(core.Damaged, op, fmt.Errorf("from %d to %d entries", old.Size, now.Size))
	}
	if err := tlog.CheckTree(path, int64(now.Size), now.Root, int64(old.Size), old.Root); err != nil {
		return core.E(core.Damaged, op, err)
	}
	return nil
}

func (l *Ledger) view(ctx context.Context, f func(*walker) error) error {
	return l.vault.View(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		return f(&walker{tx: tx, own: own})
	})
}
