package query

import (
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// A once tells which records count, where a thing that two sources tell of is to
// count once: those that do not stand aside for another that the same reader is
// shown. What a reader is not shown, whether by its source or by its time, leads
// nothing for them: it changes no answer. This is the only place that decides it.
type once struct {
	tx      *vault.Tx
	shade   *twin.Shade
	isThere func(core.SourceID) bool
	isMet   func(lead core.Record) bool // whether a record that leads is shown; nil: if its source is
}

// onceIn returns what counts among the records of sources; nil: of all.
func onceIn(tx *vault.Tx, sources []core.SourceID) (*once, error) {
	shade, err := twin.ShadeOf(tx)
	return &once{tx: tx, shade: shade, isThere: among(tx, sources)}, err
}

// among returns whether a source is there and one of sources; nil: any.
func among(tx *vault.Tx, sources []core.SourceID) func(core.SourceID) bool {
	return func(id core.SourceID) bool {
		return tx.Age(id) != 0 && (sources == nil || slices.Contains(sources, id))
	}
}

// once returns what counts for an app.
func (a Allowed) once(tx *vault.Tx) (*once, error) {
	o, err := onceIn(tx, a.Sources)
	if err == nil && !a.From.IsZero() {
		bounds := spanOf(a.From, record.Time{})
		o.isMet = bounds.record
	}
	return o, err
}

// skip reports whether a record does not count: see [vault.TimelineQuery].
func (o *once) skip(ref core.Ref) (bool, error) {
	aside, err := o.shade.Aside(ref, o.isThere)
	if err != nil || !aside || o.isMet == nil {
		return aside, err
	}
	ahead, err := twin.Ahead(o.tx, ref, o.isThere)
	return slices.ContainsFunc(ahead, o.isMet), err
}

// over has q pass over what does not count.
func (o *once) over(q vault.TimelineQuery) vault.TimelineQuery {
	if !o.shade.None() {
		q.Skip = o.skip
	}
	return q
}

// leader returns the record that counts in place of rec, rec itself when none
// does.
func (o *once) leader(rec core.Record) (core.Record, error) {
	aside, err := o.shade.Aside(rec.Ref, o.isThere)
	if err != nil || !aside {
		return rec, err
	}
	ahead, err := twin.Ahead(o.tx, rec.Ref, o.isThere)
	if i := slices.IndexFunc(ahead, func(lead core.Record) bool { return o.isMet == nil || o.isMet(lead) }); i >= 0 {
		return ahead[i], err
	}
	return rec, err
}
