// Package outlook works out what a home's records say about the days to come
// (bills due, bills to expect, bills that are missing, contracts that end) and
// the few figures of its first page.
//
// It reads through [query.Reader] like everybody, keeps what it worked out
// until the home changes or a day has passed, and invents nothing: each figure
// carries where its records are.
package outlook

import (
	"context"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/record"
)

// An Outlook is what a home's records say on one day.
type Outlook struct {
	Coming   []Event    // the soonest first
	Missing  []Missing  // the longest awaited first
	Spending []Spending // on bills, a currency each, the largest first
	Usage    []Usage    // of what meters measure, by measure
	Accounts []Account  // as last seen
}

// A Keeper works outlooks out and keeps the latest. It is safe for concurrent
// use. Make one with [New].
type Keeper struct {
	read *query.Reader

	mu     sync.Mutex
	known  bool
	day    time.Time
	change core.Change
	kept   Outlook
}

// New returns a Keeper over what r may read.
func New(r *query.Reader) *Keeper { return &Keeper{read: r} }

// On returns the outlook of the day that now falls in, on now's own calendar.
// The caller must not change it. It returns what reading records returns.
func (k *Keeper) On(ctx context.Context, now time.Time) (Outlook, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	day := dayOf(now)
	change, err := k.read.Latest(ctx)
	if err != nil {
		return Outlook{}, err
	}
	if k.known && k.change == change && k.day.Equal(day) {
		return k.kept, nil
	}
	o, err := work(ctx, k.read, day)
	if err != nil {
		return Outlook{}, err
	}
	k.known, k.day, k.change, k.kept = true, day, change, o
	return o, nil
}

// dayOf is midnight of t's civil date, in UTC: days are counted, not instants.
func dayOf(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Bounds of what is read: more says nothing more on a first page.
const (
	monthsBack   = 25
	maxBills     = 1000
	maxContracts = 200
	maxSeries    = 200
	maxBalances  = 400
	maxAccounts  = 50
)

func work(ctx context.Context, r *query.Reader, day time.Time) (o Outlook, err error) {
	bills, err := readBills(ctx, r, day)
	if err != nil {
		return o, err
	}
	o.Spending = spending(bills, day)
	for _, rhythm := range rhythms(bills) {
		if e, ok := rhythm.coming(day); ok {
			o.Coming = append(o.Coming, e)
		}
		if m, ok := rhythm.missing(day); ok {
			o.Missing = append(o.Missing, m)
		}
	}
	ends, err := contractEnds(ctx, r, day)
	if err != nil {
		return o, err
	}
	o.Coming = append(o.Coming, ends...)
	sortEvents(o.Coming)
	sortMissing(o.Missing)
	if o.Usage, err = usage(ctx, r, day); err != nil {
		return o, err
	}
	o.Accounts, err = accounts(ctx, r)
	return o, err
}

// newest returns the newest records of a type since a day, at most max.
func newest(ctx context.Context, r *query.Reader, t record.Type, since record.Time, max int) (all []core.Record, err error) {
	for rec, err := range r.List(ctx, query.Filter{Types: []record.Type{t}, From: since}) {
		if err != nil {
			return nil, err
		}
		if all = append(all, rec); len(all) == max {
			break
		}
	}
	return all, nil
}

// since is the first day of the months looked back on.
func since(day time.Time) record.Time {
	y, m, _ := day.AddDate(0, -(monthsBack - 1), 1-day.Day()).Date()
	return record.Date(y, m, 1)
}

// civil returns the day of t, and false when it is known less exactly.
func civil(t record.Time) (time.Time, bool) {
	y, m, d := t.Civil()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC), t.Precision() >= record.Day
}
