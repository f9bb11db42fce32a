package query_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// BenchmarkAggregate adds up ten years of bank lines by month, as an app's first
// view does.
func BenchmarkAggregate(b *testing.B) {
	const n = 50_000
	v, _, err := vault.Create(filepath.Join(b.TempDir(), "vault.db"), "trombone-gravier-moufle", cheap)
	if err != nil {
		b.Fatal(err)
	}
	defer v.Close()
	var source core.SourceID
	err = v.Update(b.Context(), func(tx *vault.Tx) (err error) {
		if source, err = tx.CreateSpace(); err != nil {
			return err
		}
		sp, err := tx.Space(source)
		if err != nil {
			return err
		}
		for i := range n {
			at := record.Date(2016, 1, 1+i*3650/n)
			_, _, err := sp.PutRecord(core.Record{Type: record.TypeTransaction, ID: fmt.Sprint(i), Time: at, Title: "CB BOULANGERIE DU PORT",
				Data: fmt.Appendf(nil, `{"amount":"-%d.20","bank_account":"1","booked":"%s","currency":"EUR","label":"CB BOULANGERIE DU PORT"}`, i%90, at)})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	grant := query.Grant{Reads: []query.Allowed{{Type: record.TypeTransaction, Fields: []string{"time", "amount", "currency"}, Granularity: protocol.Records}}}
	b.ResetTimer()
	for b.Loop() {
		a := query.ForApp(v, time.UTC, func(*vault.Tx) (query.Grant, error) { return grant, nil })
		reply, err := a.Aggregate(b.Context(), protocol.AggregateRequest{Type: record.TypeTransaction, Group: []string{"month"}, Sum: "amount"})
		if err != nil || len(reply.Groups) != 120 {
			b.Fatal(len(reply.Groups), err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/record")
}
