package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// An AppReader answers one run of one app, within its grant. This file and those
// that it calls are the only way from a record to an app: what is not granted
// changes no byte of any answer, neither by its presence nor by its order.
//
// It is used by one goroutine. Make one with [ForApp].
type AppReader struct {
	vault *vault.Vault
	zone  *time.Location
	grant func(*vault.Tx) (Grant, error)

	refs    map[string]core.Ref // by row name, as handed out
	bases   []basis
	streams map[string]*stream // by cursor
	cursors int
	read    map[record.Type]int
	seen    map[core.SourceID][]uint64 // bits of the records that were read
}

// ForApp returns a reader for one run. The grant is read anew at each request,
// in the same state of the vault as the records: a change takes effect at once.
// Hours and days of what has no zone of its own are told in zone.
func ForApp(v *vault.Vault, zone *time.Location, grant func(*vault.Tx) (Grant, error)) *AppReader {
	return &AppReader{vault: v, zone: zone, grant: grant, refs: map[string]core.Ref{}, streams: map[string]*stream{}, read: map[record.Type]int{}, seen: map[core.SourceID][]uint64{}}
}

// Ref returns the record behind a row's name that was handed out in this run.
func (a *AppReader) Ref(name string) (core.Ref, bool) {
	ref, ok := a.refs[name]
	return ref, ok
}

// Read returns how many records of each type the run has read so far, each
// once, those that went into totals included.
func (a *AppReader) Read() map[record.Type]int { return a.read }

// count notes that a record was read.
func (a *AppReader) count(t record.Type, ref core.Ref) {
	bits, at, bit := a.seen[ref.Source], int(ref.Seq/64), uint64(1)<<(ref.Seq%64)
	if at >= len(bits) {
		bits = append(bits, make([]uint64, at+1-len(bits))...)
		a.seen[ref.Source] = bits
	}
	if bits[at]&bit == 0 {
		bits[at] |= bit
		a.read[t]++
	}
}

// refuse says in words what was asked for beyond the grant.
func refuse(format string, args ...any) error {
	return core.E(core.Forbidden, "read for app", fmt.Errorf(format, args...))
}

func misuse(format string, args ...any) error {
	return core.E(core.Invalid, "read for app", fmt.Errorf(format, args...))
}

// allowed returns the grant in force and what it says of a type.
func (a *AppReader) allowed(tx *vault.Tx, t record.Type) (Grant, Allowed, error) {
	g, err := a.grant(tx)
	if err != nil {
		return Grant{}, Allowed{}, err
	}
	allowed, ok := g.of(t)
	if !ok {
		return Grant{}, Allowed{}, refuse("%s was not granted", t)
	}
	return g, allowed.present(tx), nil
}

// present leaves out the sources that are gone.
func (a Allowed) present(tx *vault.Tx) Allowed {
	if a.Sources == nil {
		return a
	}
	spaces := tx.Spaces()
	a.Sources = slices.DeleteFunc(slices.Clone(a.Sources), func(id core.SourceID) bool { return !slices.Contains(spaces, id) })
	return a
}

// none reports whether nothing is left to read: an empty list of sources means
// none here, all of them in the vault.
func (a Allowed) none() bool { return a.Sources != nil && len(a.Sources) == 0 }

// may checks a request's where against what is allowed.
func (a Allowed) may(w protocol.Where) error {
	timed := !w.From.IsZero() || !w.To.IsZero()
	switch {
	case timed && !a.totals() && !a.sees(protocol.FieldTime):
		return refuse("the time of %s was not granted", a.Type)
	case len(w.Equal) > 0 && a.totals():
		return refuse("totals of %s cannot be asked for by value", a.Type)
	}
	for field := range w.Equal {
		if !a.sees(field) || isBeside(field) {
			return refuse("%s of %s was not granted", strconv.Quote(field), a.Type)
		}
	}
	return nil
}

// isBeside reports whether a field stands beside a record's data.
func isBeside(field string) bool {
	return slices.Contains([]string{protocol.FieldTime, protocol.FieldTitle, protocol.FieldFiles, protocol.FieldSource}, field)
}

// holds reports whether a record is within the bounds, by its own days: the
// vault's index knows months where the request may know days.
func (q span) record(rec core.Record) bool {
	if rec.Time.IsZero() {
		return q.from == 0 && q.to >= 1<<40
	}
	return q.to >= firstDay(rec.Time) && q.from <= lastDay(rec.Time)
}

// each hands every record of a request to seen, the newest or the oldest first,
// those without a date last, and what is one thing once.
func (a *AppReader) each(ctx context.Context, tx *vault.Tx, allowed Allowed, q vault.TimelineQuery, seen func(core.Record) error) error {
	once, err := allowed.once(tx)
	if err != nil {
		return err
	}
	for {
		for rec, err := range tx.Timeline(once.over(q)) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			if err := seen(rec); err != nil {
				return err
			}
		}
		if q.Undated || !q.From.IsZero() || !q.To.IsZero() {
			return nil
		}
		q.Undated, q.After = true, ""
	}
}

var errEnough = errors.New("enough")
