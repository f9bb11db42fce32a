package query

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

const (
	maxReply   = protocol.MaxLine - 64<<10 // bytes of a page of rows
	maxStreams = 32                        // lists that one run reads at a time
	maxTied    = 100_000                   // rows of one moment
)

// A stream is one list that an app reads page by page: what was read ahead, and
// where the vault goes on. Rows of the same moment are put in the order of their
// names, which no hidden record can change.
type stream struct {
	request protocol.QueryRequest // without After
	allowed *Allowed              // as it was at the first page
	ready   []protocol.Row
	tied    []protocol.Row
	at      moment
	after   vault.Cursor
	undated bool
	done    bool
}

// A moment is when a record happened, as the timeline sorts.
type moment struct {
	day     int
	instant int64
	dated   bool
}

func momentOf(rec core.Record) moment {
	if rec.Time.IsZero() {
		return moment{}
	}
	return moment{firstDay(rec.Time), rec.Time.Instant(time.UTC).UnixNano(), true}
}

// Query answers op query. Codes: forbidden for what was not granted, invalid
// for a request that means nothing, locked, damaged.
func (a *AppReader) Query(ctx context.Context, request protocol.QueryRequest) (reply protocol.QueryReply, err error) {
	s, err := a.resume(request)
	if err != nil {
		return reply, err
	}
	size := protocol.MaxRows
	if request.Limit > 0 {
		size = min(request.Limit, size)
	}
	err = a.vault.View(ctx, func(tx *vault.Tx) error {
		g, allowed, err := a.allowed(tx, request.Type)
		if err != nil {
			return err
		}
		if allowed.totals() {
			return refuse("only totals of %s were granted", request.Type)
		}
		if err := allowed.may(request.Where); err != nil {
			return err
		}
		if s.allowed == nil {
			s.allowed = &allowed
		}
		if !reflect.DeepEqual(*s.allowed, allowed) {
			return refuse("what was granted of %s has changed", request.Type)
		}
		teller, err := g.teller(tx, allowed)
		if err != nil {
			return err
		}
		for len(s.ready) <= size && !s.done {
			if err := a.fill(ctx, tx, s, teller, allowed); err != nil {
				return err
			}
		}
		reply.Rows = s.take(size)
		return teller.err
	})
	if err != nil {
		return protocol.QueryReply{}, err
	}
	for _, row := range reply.Rows {
		a.count(request.Type, a.refs[row.ID])
	}
	if len(s.ready) > 0 || !s.done {
		reply.Next = a.keep(s)
	}
	return reply, nil
}

// resume returns the list that a request goes on with, or a new one. A cursor is
// good once.
func (a *AppReader) resume(request protocol.QueryRequest) (*stream, error) {
	if request.Limit < 0 {
		return nil, misuse("limit %d", request.Limit)
	}
	after := request.After
	request.After, request.Limit = "", 0
	if after == "" {
		if len(a.streams) >= maxStreams {
			clear(a.streams)
		}
		return &stream{request: request}, nil
	}
	s, ok := a.streams[after]
	if !ok || !reflect.DeepEqual(s.request, request) {
		return nil, misuse("no list goes on at %q", after)
	}
	delete(a.streams, after)
	return s, nil
}

func (a *AppReader) keep(s *stream) string {
	a.cursors++
	name := "c" + strconv.Itoa(a.cursors)
	a.streams[name] = s
	return name
}

// fill reads some more of the list.
func (a *AppReader) fill(ctx context.Context, tx *vault.Tx, s *stream, g *teller, allowed Allowed) error {
	q := allowed.timeline(s.request.Where)
	q.Oldest, q.After, q.Undated = s.request.Oldest, s.after, s.undated
	bounds := spanOf(later(allowed.From, s.request.Where.From), s.request.Where.To)
	if allowed.none() {
		s.finish()
		return nil
	}
	looked, undated := 0, false
	err := a.each(ctx, tx, allowed, q, func(rec core.Record) error {
		if looked++; looked > MaxPage {
			return errEnough
		}
		s.after, undated = vault.CursorOf(rec), rec.Time.IsZero()
		s.undated = s.undated || undated
		if !bounds.whole(rec) {
			return nil
		}
		row, ok := a.row(rec, g, allowed, s.request.Where.Equal)
		if !ok {
			return nil
		}
		return s.add(row, momentOf(rec))
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	if err == nil {
		s.finish()
	}
	return err
}

// whole reports whether a record lies whole within the bounds: part of a series
// cannot be shown as a row.
func (q span) whole(rec core.Record) bool {
	if rec.Type != record.TypeSeries || rec.Time.IsZero() {
		return q.record(rec)
	}
	year, month, _ := rec.Time.Civil()
	first := record.MonthOf(year, month)
	return q.from <= firstDay(first) && q.to >= firstDay(first)
}

// row is where a record becomes what an app sees of it.
func (a *AppReader) row(rec core.Record, g *teller, allowed Allowed, equal map[string]string) (protocol.Row, bool) {
	if !matches(rec, g, equal) {
		return protocol.Row{}, false
	}
	row := protocol.Row{ID: g.nameOf(rec), Data: narrow(rec, g, allowed)}
	if allowed.sees(protocol.FieldTime) {
		row.Time = rec.Time
	}
	if allowed.sees(protocol.FieldTitle) {
		row.Title = rec.Title
	}
	if allowed.sees(protocol.FieldFiles) {
		row.Files = len(rec.Files)
	}
	if allowed.sees(protocol.FieldSource) {
		row.Source = g.name("source", rec.Ref.Source.String())
	}
	a.refs[row.ID] = rec.Ref
	return row, true
}

func matches(rec core.Record, g *teller, equal map[string]string) bool {
	if len(equal) == 0 {
		return true
	}
	found := 0
	members(rec.Data, func(key string, value []byte) {
		if want, ok := equal[key]; ok && text(g.told(rec, key, value)) == want {
			found++
		}
	})
	return found == len(equal)
}

// add puts a row after the others of its moment, or begins another moment.
func (s *stream) add(row protocol.Row, at moment) error {
	if at != s.at {
		s.settle()
		s.at = at
	}
	if s.tied = append(s.tied, row); len(s.tied) > maxTied {
		return misuse("over %d rows of one moment", maxTied)
	}
	return nil
}

// settle sorts the rows of one moment, which are all there.
func (s *stream) settle() {
	slices.SortFunc(s.tied, func(a, b protocol.Row) int { return cmp.Compare(a.ID, b.ID) })
	s.ready = append(s.ready, s.tied...)
	s.tied = nil
}

func (s *stream) finish() {
	s.settle()
	s.done = true
}

// take returns the next rows, as many as fit a reply.
func (s *stream) take(size int) []protocol.Row {
	n, bytes := 0, 0
	for n < min(size, len(s.ready)) {
		bytes += len(s.ready[n].Data) + 6*len(s.ready[n].Title) + 300
		if n > 0 && bytes > maxReply {
			break
		}
		n++
	}
	rows := slices.Clone(s.ready[:n])
	s.ready = s.ready[n:]
	return rows
}
