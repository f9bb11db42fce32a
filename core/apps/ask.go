package apps

import (
	"errors"
	"slices"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/record"
)

// Since returns the first day of a period that ends with now's day, such as the
// period of a read: none for "".
func Since(period string, now time.Time) record.Time { return begin(period, now) }

// Of returns what a grant says of a type, and false for nothing.
func (g Grant) Of(t record.Type) (query.Allowed, bool) {
	i := slices.IndexFunc(g.Reads, func(a query.Allowed) bool { return a.Type == t })
	if i < 0 {
		return query.Allowed{}, false
	}
	return g.Reads[i], true
}

// AsksMore reports whether p, since g was given to it, was replaced by a program
// that asks for more than g gives.
func (g Grant) AsksMore(p *program.Program, now time.Time) bool {
	return g.App != "" && g.Module != p.Manifest.SHA256 && g.Narrows(Propose(p, now))
}

// reaches holds the days that a grant begins with against what the app asks for,
// and against the grant that it had: days pass, and what was given stays given.
func (g Grant) reaches(p *program.Program, old Grant, now time.Time) error {
	for _, asked := range p.Manifest.Reads {
		allowed, ok := g.Of(asked.Type)
		first := begin(asked.Period, now)
		if !ok || first.IsZero() || !isEarlier(allowed.From, first) {
			continue
		}
		if had, ok := old.Of(asked.Type); !ok || isEarlier(allowed.From, had.From) {
			return core.E(core.Invalid, "grant", errors.New("the app asks for "+string(asked.Type)+" only since "+first.String()))
		}
	}
	return nil
}

// isEarlier reports whether what begins with a reaches further back than what
// begins with b; none is the beginning of time.
func isEarlier(a, b record.Time) bool {
	return !b.IsZero() && (a.IsZero() || a.Instant(time.UTC).Before(b.Instant(time.UTC)))
}
