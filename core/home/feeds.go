package home

import (
	"context"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/core/schedule"
	"github.com/domicile-home/domicile/core/vault"
)

// A feeder tells the scheduler which packs the person has fetched, and fetches
// them for it. A pack goes by the number that was drawn for its next fetch: its
// place in the rhythm is neither the home's nor the pack's.
type feeder struct {
	home  *Home
	rooms *rooms
}

// States implements schedule.Home.
func (f feeder) States(ctx context.Context) ([]schedule.State, time.Time, error) {
	states, _, commit, err := f.states(ctx)
	return states, commit, err
}

// states returns the states, and the packs that they are of.
func (f feeder) states(ctx context.Context) (states []schedule.State, packs []string, commit time.Time, err error) {
	plan, err := schedule.NewPlan(schedule.Spec{Every: pack.Rhythm}, time.UTC) // the same everywhere
	if err != nil {
		return nil, nil, commit, err
	}
	held, err := f.rooms.Packs.List(ctx)
	if err != nil {
		return nil, nil, commit, err
	}
	for _, p := range held {
		if p.Feed != nil {
			packs = append(packs, p.ID)
			states = append(states, schedule.State{Source: p.Feed.Draw, Plan: plan, Added: p.Feed.Since, Last: p.Feed.Last,
				Code: p.Feed.Code, Failed: p.Feed.Failed, Paused: p.Feed.Paused})
		}
	}
	err = f.rooms.Vault.View(ctx, func(tx *vault.Tx) error {
		commit = tx.LastCommit()
		return nil
	})
	return states, packs, commit, err
}

// Run implements schedule.Home. How a fetch ended stands with its pack.
func (f feeder) Run(ctx context.Context, draw core.SourceID) error {
	states, packs, _, err := f.states(ctx)
	for i, s := range states {
		if s.Source == draw && !s.Paused {
			_, err = f.rooms.Fetcher.Fetch(ctx, packs[i])
		}
	}
	return err
}

// next returns when a pack is fetched by itself; zero when it is not.
func (f feeder) next(ctx context.Context, id string) (time.Time, error) {
	states, packs, commit, err := f.states(ctx)
	for i, s := range states {
		if packs[i] == id {
			return schedule.Next(s, schedule.Clock{Now: f.home.Clock(), Awake: f.rooms.since, Commit: commit}).At, err
		}
	}
	return time.Time{}, err
}
