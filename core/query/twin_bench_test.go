package query_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// A ledgerBook is ten years of bank lines, 200,000, half of them from each of two
// sources that tell the same.
type ledgerBook struct {
	v     *vault.Vault
	pairs [][2]core.Ref
}

func newLedgerBook(b *testing.B) *ledgerBook {
	b.Helper()
	const n, batch = 100_000, 5000
	v, _, err := vault.Create(filepath.Join(b.TempDir(), "vault.db"), "trombone-gravier-moufle", cheap)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = v.Close() })
	book := &ledgerBook{v: v, pairs: make([][2]core.Ref, n)}
	for side := range 2 {
		var source core.SourceID
		update(b, v, func(tx *vault.Tx) (err error) { source, err = tx.CreateSpace(); return err })
		for from := 0; from < n; from += batch {
			update(b, v, func(tx *vault.Tx) error {
				sp, err := tx.Space(source)
				for i := from; i < from+batch && err == nil; i++ {
					var r core.Record
					at := record.Date(2016, 1, 1+i*3650/n)
					r, _, err = sp.PutRecord(core.Record{Type: record.TypeTransaction, ID: fmt.Sprint(i), Time: at, Title: "CB BOULANGERIE DU PORT",
						Data: fmt.Appendf(nil, `{"amount":"-%d.20","bank_account":"1","booked":"%s","currency":"EUR","label":"CB BOULANGERIE DU PORT"}`, i%90, at)})
					book.pairs[i][side] = r.Ref
				}
				return err
			})
		}
	}
	return book
}

func update(b *testing.B, v *vault.Vault, f func(*vault.Tx) error) {
	b.Helper()
	if err := v.Update(b.Context(), f); err != nil {
		b.Fatal(err)
	}
}

// link says of some pairs, spread over the years, that they are the same.
func (l *ledgerBook) link(b *testing.B, pairs int) {
	b.Helper()
	const batch = 1000
	for from := 0; from < pairs; from += batch {
		update(b, l.v, func(tx *vault.Tx) error {
			for i := from; i < min(from+batch, pairs); i++ {
				p := l.pairs[i*(len(l.pairs)/pairs)]
				if err := twin.Same(tx, p[0], p[1], twin.Said{Why: twin.SameAmount}); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// BenchmarkTwins reads two homes of 200,000 records by turns: one without twins, one
// where a file's worth of them is one thing, and then as many as there can be. The
// ratio is that of the medians of processor time.
func BenchmarkTwins(b *testing.B) {
	plain, linked := newLedgerBook(b), newLedgerBook(b)
	for _, pairs := range []int{400, 50_000, 100_000} {
		begun := time.Now()
		linked.link(b, pairs)
		b.Logf("%d pairs said in %v", pairs, time.Since(begun))
		for _, one := range []struct {
			name string
			do   func(*ledgerBook, *testing.B)
		}{
			{"totals", func(l *ledgerBook, b *testing.B) { l.totals(b, record.Time{}) }},
			{"totals-since", func(l *ledgerBook, b *testing.B) { l.totals(b, record.YearOf(2016)) }},
			{"page", (*ledgerBook).page},
			{"month", (*ledgerBook).month},
			{"alike", (*ledgerBook).alike},
		} {
			b.Run(fmt.Sprintf("%s/%d", one.name, pairs), func(b *testing.B) {
				var took [2][]float64
				for b.Loop() {
					for i, book := range []*ledgerBook{plain, linked} {
						begun := processorTime(b)
						one.do(book, b)
						took[i] = append(took[i], processorTime(b)-begun)
					}
				}
				slices.Sort(took[0])
				slices.Sort(took[1])
				without, with := took[0][len(took[0])/2], took[1][len(took[1])/2]
				b.ReportMetric(without*1e3, "ms-without")
				b.ReportMetric(with*1e3, "ms-with")
				b.ReportMetric(with/without, "ratio")
			})
		}
	}
}

// processorTime is the seconds of processor that this process took: what else goes
// on weighs less on it than on the clock.
func processorTime(b *testing.B) float64 {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return float64(use.Utime.Nano()+use.Stime.Nano()) / 1e9
}

func (l *ledgerBook) totals(b *testing.B, from record.Time) {
	grant := query.Grant{Reads: []query.Allowed{{Type: record.TypeTransaction, Fields: []string{"time", "amount", "currency"}, From: from, Granularity: protocol.Records}}}
	a := query.ForApp(l.v, time.UTC, func(*vault.Tx) (query.Grant, error) { return grant, nil })
	reply, err := a.Aggregate(b.Context(), protocol.AggregateRequest{Type: record.TypeTransaction, Group: []string{"month"}, Sum: "amount"})
	if err != nil || len(reply.Groups) != 120 {
		b.Fatal(len(reply.Groups), err)
	}
}

func (l *ledgerBook) page(b *testing.B) {
	r := query.New(l.v, nil, query.Owner)
	page, err := r.Timeline(b.Context(), query.Filter{}, "", 0)
	if err != nil || len(page.Records()) != query.DefaultPage {
		b.Fatal(err)
	}
}

func (l *ledgerBook) month(b *testing.B) {
	r := query.New(l.v, nil, query.Owner)
	month := record.MonthOf(2020, 5)
	for _, err := range r.List(b.Context(), query.Filter{Types: []record.Type{record.TypeTransaction}, From: month, To: month}) {
		if err != nil {
			b.Fatal(err)
		}
	}
}

func (l *ledgerBook) alike(b *testing.B) {
	r := query.New(l.v, nil, query.Owner)
	ref := l.pairs[60_001][1]
	if _, err := r.Alike(b.Context(), ref); err != nil {
		b.Fatal(err)
	}
}
