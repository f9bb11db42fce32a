package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/domicile-home/domicile/apps/budget/book"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// manyLines are n rows until a day, fifty-five a day: a home of 200,000 lines in
// ten years.
func manyLines(b *testing.B, n int) (all []protocol.Row) {
	b.Helper()
	shops := []string{"SUPERMARCHE LES LICES RENNES", "BOULANGERIE GLYCINES RENNES", "CAFE DE LA GARE RENNES", "STATION SAINT HELIER", "PHARMACIE DE LA PLACE", "CINEMA L ARGUS"}
	for i := range n {
		day := (book.DayOf(2026, 11, 28) - book.Day(i/55)).Time()
		data, err := json.Marshal(record.Transaction{BankAccount: "cpt-4821907", Booked: day, Amount: record.Money(fmt.Sprintf("-%d.%02d", 1+i%97, i%100)), Currency: "EUR",
			Label: fmt.Sprintf("CARTE X4417 %02d/11 %s %d", 1+i%28, shops[i%len(shops)], i%311), Kind: "CARTE", State: "booked"})
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, protocol.Row{ID: fmt.Sprintf("%020d", i), Time: day, Data: data})
	}
	return all
}

// BenchmarkOverview is the first view of a home of 200,000 lines, as many read
// as it looks at: protocol, decoding, meaning and view, natively.
func BenchmarkOverview(b *testing.B) { benchmark(b, protocol.ModeView) }

// BenchmarkBackground is the same where nobody waits.
func BenchmarkBackground(b *testing.B) { benchmark(b, protocol.ModeBackground) }

func benchmark(b *testing.B, mode protocol.Mode) {
	b.Helper()
	h := houseOf(protocol.Granted{Type: record.TypeTransaction, Granularity: protocol.Records,
		Fields: []string{"time", "label", "counterparty", "amount", "currency", "bank_account", "kind", "state", "booked"}})
	h.rows[record.TypeTransaction] = manyLines(b, maxLines+1)
	h.start.Mode = mode
	b.ReportAllocs()
	for b.Loop() {
		if v := h.show(b); len(v.Summary) == 0 {
			b.Fatalf("got %+v", v)
		}
	}
}
