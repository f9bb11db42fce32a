package ingest_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestIngest_hammer(t *testing.T) {
	t.Parallel()
	const sources, runs, each = 4, 6, 40
	first := newHouse(t)
	houses := []*house{first}
	for len(houses) < sources {
		h := &house{Ingest: first.Ingest, v: first.v}
		if err := h.v.Update(t.Context(), func(tx *vault.Tx) (err error) {
			h.source, err = tx.CreateSpace()
			return err
		}); err != nil {
			t.Fatal(err)
		}
		houses = append(houses, h)
	}
	var group sync.WaitGroup
	for _, h := range houses {
		group.Go(func() {
			for run := range runs {
				h.run++
				b := h.batch()
				for i := range each {
					b.Records = append(b.Records, ingest.Staged{Record: doc(fmt.Sprint(i), fmt.Sprint("run ", run))}, ingest.Staged{Record: line("", "2026-03-12 -2.50 CAFE")})
				}
				b.Last, b.Import = true, true
				if _, err := h.Preview(t.Context(), b); err != nil {
					t.Error(err)
				}
				if _, err := h.Commit(t.Context(), b); err != nil {
					t.Error(err)
				}
				if err := h.Delete(t.Context(), core.Ref{Source: h.source, Seq: core.Seq(1 + 2*run)}); err != nil {
					t.Error(err)
				}
				if run%2 == 1 {
					if _, err := h.Undo(t.Context(), h.source, h.run, nil); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	group.Wait()
	for _, h := range houses {
		if n := len(h.all(t)); n != 2*each-runs {
			t.Errorf("%d records, want %d", n, 2*each-runs)
		}
	}
}

// BenchmarkCommit writes batches of a thousand bank lines into one source, each
// reported by record.
func BenchmarkCommit(b *testing.B) {
	for name, id := range map[string]func(int) string{
		"with ids":    func(n int) string { return fmt.Sprint("t", n) },
		"without ids": func(int) string { return "" },
	} {
		for _, again := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s, again %v", name, again), func(b *testing.B) { benchmarkCommit(b, id, again) })
		}
	}
}

func benchmarkCommit(b *testing.B, id func(int) string, again bool) {
	h := newHouse(b)
	n := 0
	next := func() ingest.Batch {
		h.run++
		batch := h.batch()
		batch.Last = true
		for range ingest.MaxRecords {
			n++
			day := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n/10)
			r := line(id(n), fmt.Sprintf("%s -%d.50 CB MAGASIN %d PARIS", day.Format("2006-01-02"), n%90, n%300))
			r.Time = record.Date(day.Date())
			batch.Records = append(batch.Records, ingest.Staged{Record: r})
		}
		return batch
	}
	same := next()
	if _, err := h.Commit(b.Context(), same); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		batch := same
		if again {
			batch.Records = append([]ingest.Staged(nil), same.Records...)
			h.run++
			batch.Provenance.Run = h.run
		} else {
			b.StopTimer()
			batch = next()
			b.StartTimer()
		}
		if _, err := h.Commit(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/ingest.MaxRecords, "µs/record")
}

// BenchmarkStage checks one bank line.
func BenchmarkStage(b *testing.B) {
	in, err := ingest.New(nil, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	r := line("t1", "2026-03-12 -2.50 CB CAFE DU PORT")
	for b.Loop() {
		if err := in.Validate(r); err != nil {
			b.Fatal(err)
		}
	}
}
