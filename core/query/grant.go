package query

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// A Grant is what one app may read. The zero Grant is nothing.
type Grant struct {
	Key   [32]byte // makes the app's own names for records; another key, other names
	Reads []Allowed
}

// Allowed is what may be read of one type.
type Allowed struct {
	Type        record.Type          `json:"type"`
	Fields      []string             `json:"fields"`            // members of data, and protocol.FieldTime and the others
	Sources     []core.SourceID      `json:"sources,omitempty"` // nil: all, those to come too
	From        record.Time          `json:"from,omitzero"`     // first day; none: everything
	Granularity protocol.Granularity `json:"granularity"`
}

// of returns what is allowed of a type.
func (g Grant) of(t record.Type) (Allowed, bool) {
	i := slices.IndexFunc(g.Reads, func(a Allowed) bool { return a.Type == t })
	if i < 0 {
		return Allowed{}, false
	}
	return g.Reads[i], true
}

// sees reports whether a field was granted.
func (a Allowed) sees(field string) bool { return slices.Contains(a.Fields, field) }

// totals reports whether only totals were granted.
func (a Allowed) totals() bool { return a.Granularity != protocol.Records }

// periodOf is the precision of the periods that a granularity of totals tells
// apart.
func periodOf(g protocol.Granularity) record.Precision {
	switch g {
	case protocol.Daily:
		return record.Day
	case protocol.Monthly:
		return record.Month
	}
	return record.Year
}

// widen returns t as a whole period of a granularity, so that a bound cuts none
// in two.
func widen(t record.Time, g protocol.Granularity) record.Time {
	if t.IsZero() || g == protocol.Records {
		return t
	}
	year, month, day := t.Civil()
	switch min(periodOf(g), t.Precision()) {
	case record.Day:
		return record.Date(year, month, day)
	case record.Month:
		return record.MonthOf(year, month)
	}
	return record.YearOf(year)
}

// name is the app's own name for what text names, of no use to another app. It
// says nothing of the order in which things came in, so that what an app is not
// shown leaves no trace in what it is.
func (g Grant) name(parts ...string) string {
	mac := hmac.New(sha256.New, g.Key[:])
	for _, part := range parts {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:15])
}

func (g Grant) nameOf(rec core.Record) string { return g.naming(rec.Ref.Source, rec.Type, rec.ID) }

func (g Grant) naming(source core.SourceID, t record.Type, id string) string {
	return g.name("record", source.String(), string(t), id)
}

// timeline is the vault's own question for what a may be told in from to to. A
// record that a bound may cut is asked for too.
func (a Allowed) timeline(w protocol.Where) vault.TimelineQuery {
	q := vault.TimelineQuery{Types: []record.Type{a.Type}, Sources: a.Sources,
		From: later(a.From, widen(w.From, a.Granularity)), To: widen(w.To, a.Granularity)}
	if a.Type == record.TypeSeries && !q.From.IsZero() { // it holds a month
		year, month, _ := q.From.Civil()
		q.From = record.MonthOf(year, month)
	}
	return q
}

// later returns the bound that begins later; none begins first.
func later(a, b record.Time) record.Time {
	if a.IsZero() || !b.IsZero() && firstDay(b) > firstDay(a) {
		return b
	}
	return a
}

// firstDay and lastDay number the days of a bound, in order.
func firstDay(t record.Time) int {
	year, month, day := t.Civil()
	return number(year, int(month), day)
}

func lastDay(t record.Time) int {
	year, month, day := t.Civil()
	switch t.Precision() {
	case record.Year:
		return number(year, 12, 31)
	case record.Month:
		return number(year, int(month), 31)
	}
	return number(year, int(month), day)
}

func number(year, month, day int) int { return (year*100+month)*100 + day }

// A span is an inclusive range of days by their numbers.
type span struct{ from, to int }

func spanOf(from, to record.Time) span {
	s := span{to: 1 << 40}
	if !from.IsZero() {
		s.from = firstDay(from)
	}
	if !to.IsZero() {
		s.to = lastDay(to)
	}
	return s
}

func (s span) holds(day int) bool { return s.from <= day && day <= s.to }
