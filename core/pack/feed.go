package pack

import (
	"context"
	"errors"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// A Feed is the address that a pack is fetched from, once a [Rhythm], and how
// that goes.
type Feed struct {
	URL    string        `json:"url"`
	Since  time.Time     `json:"since"`
	Draw   core.SourceID `json:"draw"` // random, another for each fetch: when in the rhythm the next one falls
	Paused bool          `json:"paused,omitempty"`
	Last   time.Time     `json:"last"`          // when it was last fetched, or tried
	Code   core.Code     `json:"code,omitzero"` // of what went wrong then; "" for nothing
	Why    string        `json:"why,omitempty"` // more closely; see signed.Why
	Failed int           `json:"failed,omitempty"`
}

// Rhythm is how often a pack is fetched: the same for every home and pack.
const Rhythm = 7 * 24 * time.Hour

// tried notes how a fetch ended. The next one falls on a time of its own, so that
// who sees several cannot tell that they are of one home.
func (f Feed) tried(at time.Time, err error) *Feed {
	f.Last, f.Draw, f.Code, f.Why = at, core.NewSourceID(), core.CodeOf(err), whyOf(err)
	f.Failed++
	if err == nil {
		f.Failed = 0
	}
	return &f
}

// SetPaused stops the fetches of a pack, or lets them go on. It returns not_found
// for a pack that is not fetched.
func (s *Shelf) SetPaused(ctx context.Context, id string, paused bool) error {
	return s.changeFeed(ctx, id, func(f Feed) *Feed {
		f.Paused = paused
		return &f
	})
}

// Unfollow keeps a pack as it is: it is fetched no more. It returns not_found for
// one that is not.
func (s *Shelf) Unfollow(ctx context.Context, id string) error {
	return s.changeFeed(ctx, id, func(Feed) *Feed { return nil })
}

func (s *Shelf) changeFeed(ctx context.Context, id string, change func(Feed) *Feed) error {
	return s.vault.Update(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		held, err := followed(own, id)
		if err != nil {
			return err
		}
		held.Feed = change(*held.Feed)
		return putHeld(own, held)
	})
}

// followed returns a pack that is fetched, or not_found.
func followed(own *vault.Space, id string) (Held, error) {
	held, err := readHeld(own, id)
	if err == nil && held.Feed == nil {
		err = core.E(core.NotFound, "find address of pack", errors.New(id))
	}
	return held, err
}
