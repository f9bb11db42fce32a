package connect

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"slices"
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
	Notes     []string    // what is left out, in the connector's words
	More      int         // notes beyond those

	Table *protocol.Table // of a table of which the person says which column is what: what was said, or is proposed
	Asks  bool            // nothing that was said can be taken: see [Connect.SayColumns]
	Lines []Line          // the first bank lines of such a table
}

// A Line is a bank line as it would come in. Title is foreign text.
type Line struct {
	Time     record.Time
	Title    string
	Amount   record.Money
	Currency string
}

// A TypeCount is how many records of a type a file holds.
type TypeCount struct {
	Type    record.Type
	Records int
}

// Bounds of what a preview tells.
const (
	maxAccounts = 20 // of one file
	maxNotes    = 110
	maxShown    = 5 // bank lines
)

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
	file := heldFile{source: s, program: p, input: input}
	view, err := c.rehearse(ctx, file)
	if err != nil || view.Problem != nil {
		return view, errors.Join(err, c.letGo(context.WithoutCancel(ctx), file))
	}
	view.ID = rand.Text()
	file.view = view
	c.keepHeld(view.ID, file)
	return view, nil
}

// rehearse runs the connector on a file and keeps nothing of it.
func (c *Connect) rehearse(ctx context.Context, file heldFile) (Preview, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	place := core.NewSourceID() // it holds up no run of the source; the end of the home ends it
	reading := newActive(cancel)
	if err := c.enter(ctx, place, reading); err != nil {
		return Preview{}, err
	}
	defer c.leave(place, reading)
	seen := &rehearsal{}
	session := &session{c: c, p: file.program, source: file.source, mode: protocol.ModeFile, act: reading, rehearsal: seen}
	outcome, err := session.run(ctx, file.input)
	state, problem := session.outcome(ctx, outcome, err)
	if state == Cancelled {
		return Preview{}, context.Cause(ctx)
	}
	view := seen.preview(file.input.Name, file.program.Manifest.ID, problem)
	view.explain(&session.columns)
	return view, nil
}

// explain adds what is known of the columns. A table that cannot be read as it
// was explained is asked about again: that is no problem of the file.
func (p *Preview) explain(c *columns) {
	if p.Table = c.table; p.Table == nil {
		p.Lines = nil
		return
	}
	if p.Problem != nil && p.Problem.Code == protocol.InvalidFile {
		p.Asks = true
		if !c.isOpen {
			p.Notes = append(p.Notes, p.Problem.Message)
		}
		p.Problem = nil
	}
}

// A rehearsal is what a run in which nothing is kept has seen.
type rehearsal struct {
	counts   ingest.Counts
	types    map[record.Type]int
	from, to record.Time
	accounts []string
	notes    []string
	more     int
	lines    []Line
}

// note keeps a warning of the connector.
func (r *rehearsal) note(text string) {
	if len(r.notes) == maxNotes {
		r.more++
		return
	}
	r.notes = append(r.notes, text)
}

// seeLine keeps the first bank lines.
func (r *rehearsal) seeLine(one record.Record) {
	var data record.Transaction
	if len(r.lines) < maxShown && json.Unmarshal(one.Data, &data) == nil { // it was checked when it was staged
		r.lines = append(r.lines, Line{one.Time, one.Title, data.Amount, data.Currency})
	}
}

// see counts records that are emitted.
func (r *rehearsal) see(records []record.Record, counts ingest.Counts) {
	r.counts.Add(counts)
	if r.types == nil {
		r.types = map[record.Type]int{}
	}
	for _, one := range records {
		r.types[one.Type]++
		if one.Type == record.TypeTransaction {
			r.seeLine(one)
		}
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
	p := Preview{Name: name, Connector: connector, Counts: r.counts, From: r.from, To: r.to, Accounts: r.accounts, Problem: problem,
		Notes: r.notes, More: r.more, Lines: r.lines}
	for t, n := range r.types {
		p.Types = append(p.Types, TypeCount{t, n})
	}
	slices.SortFunc(p.Types, func(a, b TypeCount) int {
		return cmp.Or(cmp.Compare(b.Records, a.Records), cmp.Compare(a.Type, b.Type))
	})
	return p
}
