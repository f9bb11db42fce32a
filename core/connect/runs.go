package connect

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/vault"
)

// Run returns one run as last committed. Codes: not_found.
func (c *Connect) Run(ctx context.Context, id core.SourceID, run core.RunID) (r Run, err error) {
	err = c.Vault.View(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(id)
		if err != nil {
			return err
		}
		r, err = readRun(space, run)
		return err
	})
	return r, err
}

func readRun(space *vault.Space, run core.RunID) (r Run, err error) {
	text, err := space.Get(runRows, runKey(run))
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, core.E(core.Damaged, "read run", err)
	}
	return r, nil
}

// Runs returns the source's latest runs, newest first, at most n. Codes:
// not_found.
func (c *Connect) Runs(ctx context.Context, id core.SourceID, n int) (runs []Run, err error) {
	err = c.Vault.View(ctx, func(tx *vault.Tx) error {
		s, err := readSource(tx, id)
		if err != nil {
			return err
		}
		space, err := tx.Space(id)
		if err != nil {
			return err
		}
		for run := s.LastRun; run > 0 && len(runs) < n; run-- {
			r, err := readRun(space, run)
			if err != nil {
				return err
			}
			if a := c.lookup(id, run); a != nil {
				r = a.snapshot()
			}
			runs = append(runs, r)
		}
		return nil
	})
	return runs, err
}

// Log returns the lines of a run's log, and its connections, as committed.
// Codes: not_found.
func (c *Connect) Log(ctx context.Context, id core.SourceID, run core.RunID) (log []LogLine, hops []fetch.Hop, err error) {
	err = c.Vault.View(ctx, func(tx *vault.Tx) error {
		if log, err = readLines[LogLine](tx, id, runLines, run); err != nil {
			return err
		}
		hops, err = readLines[fetch.Hop](tx, id, runHops, run)
		return err
	})
	return log, hops, err
}

// Undo takes back what a run brought: records it added go, records it changed
// return to what they were. Codes: not_found, conflict when the source is busy
// or the run was undone already.
func (c *Connect) Undo(ctx context.Context, id core.SourceID, run core.RunID) (ingest.Counts, error) {
	r, err := c.Run(ctx, id, run)
	if err != nil {
		return ingest.Counts{}, err
	}
	if r.Undone {
		return ingest.Counts{}, core.E(core.Conflict, "undo run", errors.New("undone already"))
	}
	release, err := c.hold(ctx, id)
	if err != nil {
		return ingest.Counts{}, err
	}
	defer release()
	r.Undone = true
	return c.Ingest.Undo(ctx, id, run, func(space *vault.Space, _ ingest.Counts) error { return writeRun(space, r) })
}
