package apps

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// A Grant is what the person lets one app read. The zero Grant is none.
type Grant struct {
	App    string            `json:"app"`
	Module string            `json:"module"` // SHA-256 of the program it was given to, hex
	Made   time.Time         `json:"made"`   // the latest change
	Until  record.Time       `json:"until,omitzero"`
	Paused bool              `json:"paused,omitempty"`
	Reads  []query.Allowed   `json:"reads"`
	Config map[string]string `json:"config,omitempty"` // the manifest's fields, as filled in
	Key    []byte            `json:"key"`              // 32 bytes: of the app's own names
}

// A Standing says whether an app may read now.
type Standing string

const (
	None    Standing = "none" // nothing was granted
	Active  Standing = "active"
	Resting Standing = "paused"
	Ended   Standing = "ended" // its last day is over
)

// Standing returns where a grant stands on now's day.
func (g Grant) Standing(now time.Time) Standing {
	switch {
	case g.App == "":
		return None
	case g.Paused:
		return Resting
	case !g.Until.IsZero() && g.Until.Instant(now.Location()).AddDate(0, 0, 1).Before(now):
		return Ended
	}
	return Active
}

// Standing returns where a grant stands now.
func (a *Apps) Standing(g Grant) Standing { return g.Standing(a.Clock().In(a.Zone)) }

// Propose returns the grant that an app asks for on a day: all of it, which the
// person then narrows.
func Propose(p *program.Program, now time.Time) Grant {
	g := Grant{App: p.Manifest.ID, Module: p.Manifest.SHA256}
	for _, r := range p.Manifest.Reads {
		g.Reads = append(g.Reads, query.Allowed{Type: r.Type, Fields: slices.Clone(r.Fields), From: begin(r.Period, now), Granularity: r.Granularity})
	}
	return g
}

// begin is the first day of a period back from now's: of its month, so that
// totals by month are whole.
func begin(period string, now time.Time) record.Time {
	if period == "" {
		return record.Time{}
	}
	months, err := program.Months(period)
	if err != nil { // checked when the program was loaded
		return record.Date(now.Date())
	}
	at := time.Date(now.Year(), now.Month()-time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	return record.Date(at.Date())
}

// check holds a grant against what the app asks for: a person may give less,
// never more.
func (g Grant) check(p *program.Program) error {
	for i, allowed := range g.Reads {
		j := slices.IndexFunc(p.Manifest.Reads, func(r protocol.Read) bool { return r.Type == allowed.Type })
		if j < 0 || slices.ContainsFunc(g.Reads[:i], func(o query.Allowed) bool { return o.Type == allowed.Type }) {
			return core.E(core.Invalid, "grant", fmt.Errorf("the app asks for no %s, or for one", allowed.Type))
		}
		asked := p.Manifest.Reads[j]
		if slices.Index(protocol.Granularities(), allowed.Granularity) < slices.Index(protocol.Granularities(), asked.Granularity) {
			return core.E(core.Invalid, "grant", fmt.Errorf("the app asks for %s only as %s", asked.Type, asked.Granularity))
		}
		for _, field := range allowed.Fields {
			if !slices.Contains(asked.Fields, field) {
				return core.E(core.Invalid, "grant", fmt.Errorf("the app does not ask for %q of %s", field, asked.Type))
			}
		}
	}
	return nil
}

// Narrows reports whether g lets less be seen than old in any way, so that what
// the app kept may hold what it may see no longer.
func (g Grant) Narrows(old Grant) bool {
	for _, before := range old.Reads {
		i := slices.IndexFunc(g.Reads, func(a query.Allowed) bool { return a.Type == before.Type })
		if i < 0 {
			return true
		}
		now := g.Reads[i]
		lost := slices.ContainsFunc(before.Fields, func(f string) bool { return !slices.Contains(now.Fields, f) })
		fewer := now.Sources != nil && (before.Sources == nil || slices.ContainsFunc(before.Sources, func(id core.SourceID) bool { return !slices.Contains(now.Sources, id) }))
		shorter := !now.From.IsZero() && (before.From.IsZero() || before.From.Instant(time.UTC).Before(now.From.Instant(time.UTC)))
		coarser := slices.Index(protocol.Granularities(), now.Granularity) > slices.Index(protocol.Granularities(), before.Granularity)
		if lost || fewer || shorter || coarser {
			return true
		}
	}
	return false
}

// Grant gives an app a grant in the place of what it had. What the app kept is
// erased when it may see less than before, and it then knows records by other
// names. An app that is paused stays so. Codes: not_found, invalid for more than the app asks for, locked.
func (a *Apps) Grant(ctx context.Context, g Grant) error {
	p, err := a.program(g.App)
	if err != nil {
		return err
	}
	if err := g.check(p); err != nil {
		return err
	}
	g.Module, g.Made = p.Manifest.SHA256, a.Clock().UTC()
	return a.Vault.Update(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		old, err := readGrant(own, g.App)
		if err != nil {
			return err
		}
		if err := g.reaches(p, old, a.Clock().In(a.Zone)); err != nil {
			return err
		}
		g.Paused = old.Paused
		if g.Key = old.Key; len(old.Key) == 0 || g.Narrows(old) {
			if err := forget(own, g.App); err != nil {
				return err
			}
			g.Key = make([]byte, 32)
			rand.Read(g.Key)
		}
		if err := writeGrant(own, g); err != nil {
			return err
		}
		return a.Ledger.Add(tx, ledger.Entry{Kind: ledger.Granted, App: g.App, Module: g.Module, Reads: g.entry(p), Until: g.Until.String()})
	})
}

// entry is the grant as the ledger has it.
func (g Grant) entry(p *program.Program) (all []ledger.Read) {
	for _, r := range g.Reads {
		read := ledger.Read{Type: string(r.Type), Fields: r.Fields, From: r.From.String(), Granularity: string(r.Granularity)}
		for _, asked := range p.Manifest.Reads {
			if asked.Type == r.Type {
				read.Purpose = asked.Purpose
			}
		}
		all = append(all, read)
	}
	return all
}

// Pause puts an app's grant to rest: it reads nothing until Resume.
func (a *Apps) Pause(ctx context.Context, id string) error {
	return a.change(ctx, id, ledger.Paused, func(g *Grant) { g.Paused = true })
}

// Resume gives a paused grant back.
func (a *Apps) Resume(ctx context.Context, id string) error {
	return a.change(ctx, id, ledger.Resumed, func(g *Grant) { g.Paused = false })
}

func (a *Apps) change(ctx context.Context, id string, kind ledger.Kind, change func(*Grant)) error {
	return a.Vault.Update(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		g, err := readGrant(own, id)
		if err != nil {
			return err
		}
		if g.App == "" {
			return core.E(core.NotFound, "change grant", errors.New(id))
		}
		change(&g)
		if err := writeGrant(own, g); err != nil {
			return err
		}
		return a.Ledger.Add(tx, ledger.Entry{Kind: kind, App: id})
	})
}

// Revoke takes an app's grant back and erases what the app kept.
func (a *Apps) Revoke(ctx context.Context, id string) error {
	return a.Vault.Update(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		if err := forget(own, id); err != nil {
			return err
		}
		if err := own.Delete(rows, key(rowGrant, id)); err != nil {
			return err
		}
		return a.Ledger.Add(tx, ledger.Entry{Kind: ledger.Revoked, App: id})
	})
}

// Granted returns an app's grant, the zero Grant for none.
func (a *Apps) Granted(ctx context.Context, id string) (g Grant, err error) {
	err = a.Vault.View(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		g, err = readGrant(own, id)
		return err
	})
	return g, err
}

// inForce reads the grant that stands now, for one request of an app.
func (a *Apps) inForce(id string) func(*vault.Tx) (query.Grant, error) {
	return func(tx *vault.Tx) (query.Grant, error) {
		own, err := tx.Space(core.Own)
		if err != nil {
			return query.Grant{}, err
		}
		g, err := readGrant(own, id)
		if err != nil {
			return query.Grant{}, err
		}
		if standing := a.Standing(g); standing != Active {
			return query.Grant{}, core.E(core.Forbidden, "read for app", fmt.Errorf("the grant is %s", standing))
		}
		return g.query(), nil
	}
}

func (g Grant) query() query.Grant {
	out := query.Grant{Reads: g.Reads}
	copy(out.Key[:], g.Key)
	return out
}

// forget erases what an app kept and said.
func forget(own *vault.Space, id string) error {
	return errors.Join(own.Delete(rows, key(rowState, id)), own.Delete(rows, key(rowSaid, id)))
}

func key(row byte, id string) []byte { return append([]byte{row}, id...) }

func readGrant(own *vault.Space, id string) (g Grant, err error) {
	text, err := optional(own, key(rowGrant, id))
	if err != nil || text == nil {
		return Grant{}, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&g); err != nil || g.App != id || len(g.Key) != 32 {
		return Grant{}, core.E(core.Damaged, "read grant", err)
	}
	return g, nil
}

func writeGrant(own *vault.Space, g Grant) error {
	text, err := json.Marshal(g)
	if err != nil {
		return core.E(protocol.Internal, "write grant", err)
	}
	return own.Put(rows, key(rowGrant, g.App), text)
}

// optional reads a row; nil when there is none.
func optional(own *vault.Space, key []byte) ([]byte, error) {
	value, err := own.Get(rows, key)
	if core.CodeOf(err) == core.NotFound {
		return nil, nil
	}
	return value, err
}
