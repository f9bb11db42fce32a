package home

import (
	"context"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/schedule"
	"github.com/domicile-home/domicile/core/vault"
)

// A planner tells the scheduler how the sources are, and runs them for it.
type planner struct {
	home  *Home
	rooms *rooms
}

// maxFailures is how many runs back the failures in a row are counted.
const maxFailures = 12

// States implements schedule.Home.
func (p planner) States(ctx context.Context) ([]schedule.State, time.Time, error) {
	sources, err := p.rooms.Connect.Sources(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	var states []schedule.State
	for _, s := range sources {
		program, ok := p.rooms.Connect.Program(s.Connector)
		if !ok || !connect.Pulls(program) {
			continue
		}
		state, err := p.state(ctx, s)
		if err != nil {
			return nil, time.Time{}, err
		}
		rhythm := program.Manifest.Schedule
		state.Plan, err = schedule.NewPlan(schedule.Spec{Every: time.Duration(rhythm.Every), NotBefore: rhythm.NotBefore, NotAfter: rhythm.NotAfter}, p.home.Zone)
		if err != nil {
			return nil, time.Time{}, err
		}
		states = append(states, state)
	}
	var commit time.Time
	err = p.rooms.Vault.View(ctx, func(tx *vault.Tx) error {
		commit = tx.LastCommit()
		return nil
	})
	return states, commit, err
}

// state is what a source's latest runs tell.
func (p planner) state(ctx context.Context, s connect.Source) (schedule.State, error) {
	state := schedule.State{Source: s.ID, Added: s.Created, Paused: s.Paused, Waiting: s.Adding}
	runs, err := p.rooms.Connect.Runs(ctx, s.ID, maxFailures)
	if err != nil || len(runs) == 0 {
		return state, err
	}
	last := runs[0]
	state.Waiting, state.Last = state.Waiting || !last.State.HasEnded(), last.Ended
	if last.Problem != nil {
		state.Code = last.Problem.Code
		state.Until = last.Ended.Add(time.Duration(last.Problem.RetryAfter) * time.Second)
	}
	for _, r := range runs {
		if r.Problem == nil {
			break
		}
		state.Failed++
	}
	return state, nil
}

// next is when a source runs by itself; zero when it does not.
func (p planner) next(ctx context.Context, id core.SourceID) (time.Time, error) {
	states, commit, err := p.States(ctx)
	if err != nil {
		return time.Time{}, err
	}
	for _, state := range states {
		if state.Source == id {
			return schedule.Next(state, schedule.Clock{Now: p.home.Clock(), Awake: p.rooms.since, Commit: commit}).At, nil
		}
	}
	return time.Time{}, nil
}

// Run implements schedule.Home. A run that asks the person is left to wait: it
// keeps no place from others.
func (p planner) Run(ctx context.Context, id core.SourceID) error {
	run, err := p.rooms.Connect.Start(ctx, id, connect.BySchedule)
	if err != nil {
		return err
	}
	for {
		r, changed, err := p.rooms.Connect.Watch(ctx, id, run)
		if err != nil || changed == nil || r.State == connect.Waiting {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
