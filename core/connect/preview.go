package connect

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// A Preview is what importing a file would do. The file is held, sealed, until
// it is imported, put away, or has waited for too long.
type Preview struct {
	ID        string // to [Connect.Accept] or [Connect.PutAway] it
	Name      string
	Connector string // id
	Counts    ingest.Counts
	Types     []TypeCount
	From, To  record.Time // of the records; zero for none
	Accounts  []string    // titles of the bank accounts it holds; foreign text
	Problem   *Problem    // why it cannot be read
}

// A TypeCount is how many records of a type a file holds.
type TypeCount struct {
	Type    record.Type
	Records int
}

// Bounds of what is held.
const (
	maxHeld     = 64
	heldFor     = 30 * time.Minute
	maxAccounts = 20 // told of one file
)

// held are the files that wait for the person's word.
type held struct {
	mu    sync.Mutex
	files map[string]heldFile
}

type heldFile struct {
	source Source
	input  *runFile
	since  time.Time
}

// Preview recognises a file, reads it as Import would, and keeps no record of
// it. Codes: as Import's; what is wrong inside the file is the preview's
// problem. A preview with a problem holds nothing.
func (c *Connect) Preview(ctx context.Context, name string, r io.Reader) (Preview, error) {
	if err := c.putAwayOld(ctx); err != nil {
		return Preview{}, err
	}
	s, p, input, err := c.receive(ctx, name, r)
	if err != nil {
		return Preview{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	place := core.NewSourceID() // it holds up no run of the source; the end of the home ends it
	reading := newActive(cancel)
	if err := c.enter(ctx, place, reading); err != nil {
		return Preview{}, err
	}
	defer c.leave(place, reading)
	seen := &rehearsal{}
	session := &session{c: c, p: p, source: s, mode: protocol.ModeFile, act: reading, rehearsal: seen}
	outcome, err := session.run(ctx, input)
	state, problem := session.outcome(ctx, outcome, err)
	if state == Cancelled {
		return Preview{}, errors.Join(context.Cause(ctx), c.letGo(context.WithoutCancel(ctx), heldFile{s, input, time.Time{}}))
	}
	view := seen.preview(input.Name, p.Manifest.ID, problem)
	file := heldFile{s, input, c.Clock()}
	if problem != nil {
		return view, c.letGo(ctx, file)
	}
	view.ID = rand.Text()
	c.held.mu.Lock()
	defer c.held.mu.Unlock()
	if c.held.files == nil {
		c.held.files = map[string]heldFile{}
	}
	c.held.files[view.ID] = file
	return view, nil
}

// Accept imports a file that was previewed. Codes: not_found when it waited for
// too long or is imported already, and those of Import.
func (c *Connect) Accept(ctx context.Context, id string) (core.SourceID, core.RunID, error) {
	file, err := c.take(id)
	if err != nil {
		return core.Own, 0, err
	}
	run, err := c.launch(ctx, file.source, Run{Trigger: ByImport, Mode: protocol.ModeFile}, file.input)
	if err != nil {
		c.held.mu.Lock()
		c.held.files[id] = file // for another try
		c.held.mu.Unlock()
	}
	return file.source.ID, run, err
}

// PutAway drops a file that was previewed. Codes: not_found.
func (c *Connect) PutAway(ctx context.Context, id string) error {
	file, err := c.take(id)
	if err != nil {
		return err
	}
	return c.letGo(ctx, file)
}

func (c *Connect) take(id string) (heldFile, error) {
	c.held.mu.Lock()
	defer c.held.mu.Unlock()
	file, ok := c.held.files[id]
	if !ok {
		return file, core.E(core.NotFound, "import", errors.New("no such file waits"))
	}
	delete(c.held.files, id)
	return file, nil
}

// putAwayOld drops the files that waited for too long, and the oldest when
// there are too many.
func (c *Connect) putAwayOld(ctx context.Context) error {
	var old []heldFile
	c.held.mu.Lock()
	for id, file := range c.held.files {
		if c.Clock().Sub(file.since) > heldFor {
			old = append(old, file)
			delete(c.held.files, id)
		}
	}
	for len(c.held.files) >= maxHeld {
		oldest := ""
		for id, file := range c.held.files {
			if oldest == "" || file.since.Before(c.held.files[oldest].since) {
				oldest = id
			}
		}
		old = append(old, c.held.files[oldest])
		delete(c.held.files, oldest)
	}
	c.held.mu.Unlock()
	var err error
	for _, file := range old {
		err = errors.Join(err, c.letGo(ctx, file))
	}
	return err
}

// letGo drops a held file, and its source when that was made for it and nothing
// ever came of it.
func (c *Connect) letGo(ctx context.Context, file heldFile) error {
	if err := file.input.staged.Discard(ctx); err != nil {
		return err
	}
	s, err := c.Source(ctx, file.source.ID)
	if core.CodeOf(err) == core.NotFound {
		return nil
	}
	if err != nil || s.LastRun > 0 || c.isHeldFor(s.ID) {
		return err
	}
	return c.Forget(ctx, s.ID)
}

func (c *Connect) isHeldFor(id core.SourceID) bool {
	c.held.mu.Lock()
	defer c.held.mu.Unlock()
	for _, file := range c.held.files {
		if file.source.ID == id {
			return true
		}
	}
	return false
}

// A rehearsal is what a run in which nothing is kept has seen.
type rehearsal struct {
	counts   ingest.Counts
	types    map[record.Type]int
	from, to record.Time
	accounts []string
}

// see counts records that are emitted.
func (r *rehearsal) see(records []record.Record, counts ingest.Counts) {
	r.counts.Add(counts)
	if r.types == nil {
		r.types = map[record.Type]int{}
	}
	for _, one := range records {
		r.types[one.Type]++
		if !one.Time.IsZero() {
			if r.from.IsZero() || before(one.Time, r.from) {
				r.from = one.Time
			}
			if r.to.IsZero() || before(r.to, one.Time) {
				r.to = one.Time
			}
		}
		if one.Type == record.TypeBankAccount && len(r.accounts) < maxAccounts && !slices.Contains(r.accounts, one.Title) {
			r.accounts = append(r.accounts, one.Title)
		}
	}
}

func before(a, b record.Time) bool { return a.Instant(time.UTC).Before(b.Instant(time.UTC)) }

func (r *rehearsal) preview(name, connector string, problem *Problem) Preview {
	p := Preview{Name: name, Connector: connector, Counts: r.counts, From: r.from, To: r.to, Accounts: r.accounts, Problem: problem}
	for t, n := range r.types {
		p.Types = append(p.Types, TypeCount{t, n})
	}
	slices.SortFunc(p.Types, func(a, b TypeCount) int {
		return cmp.Or(cmp.Compare(b.Records, a.Records), cmp.Compare(a.Type, b.Type))
	})
	return p
}
