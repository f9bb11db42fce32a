package ingest

import (
	"context"
	"fmt"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// MaxPairs bounds the pairs of one call of [Ingest.Same].
const MaxPairs = 500

// A Pair is two records that the person says are the same thing, and what
// speaks for it.
type Pair struct {
	A, B core.Ref
	Why  twin.Reasons
}

// Same says for the person that the records of each pair are the same thing: all
// of the pairs or, on an error, none. From then on one of them counts. Its errors
// are those of [twin.Same], and limit for too many pairs.
func (in *Ingest) Same(ctx context.Context, pairs ...Pair) error {
	if len(pairs) > MaxPairs {
		return core.E(protocol.Limit, "say that records are the same", fmt.Errorf("over %d pairs", MaxPairs))
	}
	return in.vault.Update(ctx, func(tx *vault.Tx) error {
		for _, p := range pairs {
			if err := twin.Same(tx, p.A, p.B, twin.Said{At: in.person().At, Why: p.Why}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Differ says for the person that two records are not the same thing. Its errors
// are those of [twin.Differ].
func (in *Ingest) Differ(ctx context.Context, a, b core.Ref) error {
	return in.vault.Update(ctx, func(tx *vault.Tx) error { return twin.Differ(tx, a, b, in.person().At) })
}

// Unsay takes back what the person said of two records: that they are the same
// thing, b being taken out of it, or that they are not.
func (in *Ingest) Unsay(ctx context.Context, a, b core.Ref) error {
	return in.vault.Update(ctx, func(tx *vault.Tx) error {
		thing, err := twin.Of(tx, b)
		if err != nil {
			return err
		}
		for _, m := range thing.Members {
			if m.Ref == a {
				return twin.Split(tx, b)
			}
		}
		return twin.Forget(tx, a, b)
	})
}

// UnsayAll takes back that records of source a are the same thing as records of
// source b. It works in several transactions; called again, it goes on.
func (in *Ingest) UnsayAll(ctx context.Context, a, b core.SourceID) error {
	for next := core.Seq(1); next != 0; {
		err := in.vault.Update(ctx, func(tx *vault.Tx) (err error) {
			next, err = twin.SplitBetween(tx, a, b, next)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Lead makes a record the one that counts of those that are the same thing. Its
// errors are those of [twin.Lead].
func (in *Ingest) Lead(ctx context.Context, ref core.Ref) error {
	return in.vault.Update(ctx, func(tx *vault.Tx) error { return twin.Lead(tx, ref) })
}

// SweepTwins forgets what the person said of records whose source is gone.
func (in *Ingest) SweepTwins(ctx context.Context) error {
	for more := true; more; {
		err := in.vault.Update(ctx, func(tx *vault.Tx) (err error) {
			more, err = twin.Sweep(tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// The writes of a shelf that make a record be deleted, come back or go tell it to
// its twins, in the same transaction.

// DeleteRecord is the space's.
func (s *shelf) DeleteRecord(seq core.Seq, by core.Provenance) (core.Record, vault.Outcome, error) {
	out, outcome, err := s.Space.DeleteRecord(seq, by)
	return out, outcome, s.settleTwins(seq, outcome, err)
}

// ReviveRecord is the space's.
func (s *shelf) ReviveRecord(r core.Record) (core.Record, vault.Outcome, error) {
	out, outcome, err := s.Space.ReviveRecord(r)
	return out, outcome, s.settleTwins(out.Ref.Seq, outcome, err)
}

// RevertRecord is the space's. What was said of a record that is Removed is for
// dropRows to forget.
func (s *shelf) RevertRecord(seq core.Seq, run core.RunID) (vault.Outcome, error) {
	outcome, err := s.Space.RevertRecord(seq, run)
	return outcome, s.settleTwins(seq, outcome, err)
}

func (s *shelf) settleTwins(seq core.Seq, outcome vault.Outcome, err error) error {
	if err != nil || outcome == vault.Unchanged || outcome == vault.Added || outcome == vault.Removed {
		return err
	}
	return twin.Settle(s.Tx(), core.Ref{Source: s.Source(), Seq: seq})
}

// handTwins gives what was said of one record of the source to another.
func (s *shelf) handTwins(from, to core.Seq) error {
	return twin.Hand(s.Tx(), core.Ref{Source: s.Source(), Seq: from}, core.Ref{Source: s.Source(), Seq: to})
}
