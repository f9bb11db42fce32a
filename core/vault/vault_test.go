package vault_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

func bill(n int) core.Record {
	return core.Record{
		Type: record.TypeBill, ID: fmt.Sprintf("bill-%06d", n), Title: fmt.Sprintf("Bill %d", n),
		Time:       record.Date(2015+n%11, time.Month(1+n%12), 1+n%28),
		Data:       json.RawMessage(fmt.Sprintf(`{"vendor":"Telco","number":"%d","amount":"%d.50","currency":"EUR"}`, n, n)),
		Provenance: core.Provenance{Run: 1, Connector: "telco", Version: "1.0.0", Module: "abc", At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
	}
}

func TestVault_keeps_records_over_reopening(t *testing.T) {
	t.Parallel()
	v, path := create(t)
	source := newSource(t, v)
	const n = 5000
	for from := 0; from < n; from += 1000 {
		update(t, v, func(tx *vault.Tx) error {
			s, err := tx.Space(source)
			if err != nil {
				return err
			}
			for i := from; i < from+1000; i++ {
				if _, _, err := s.PutRecord(bill(i)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	v = reopen(t, v, path)
	view(t, v, func(tx *vault.Tx) error {
		s, err := tx.Space(source)
		if err != nil {
			return err
		}
		for i := range n {
			r, err := s.RecordByID(record.TypeBill, bill(i).ID)
			if err != nil {
				return err
			}
			want := bill(i)
			want.Ref, want.Revision, want.Change = core.Ref{Source: source, Seq: core.Seq(i + 1)}, 1, core.Change(i+1)
			if g, w := fmt.Sprintf("%+v", r), fmt.Sprintf("%+v", want); g != w {
				t.Fatalf("got %s, want %s", g, w)
			}
		}
		count := 0
		var last core.Record
		for r, err := range tx.Timeline(vault.TimelineQuery{}) {
			if err != nil {
				return err
			}
			if count > 0 && r.Time.String() > last.Time.String() {
				t.Fatalf("%s after %s", r.Time, last.Time)
			}
			last = r
			count++
		}
		if count != n {
			t.Fatalf("timeline has %d records, want %d", count, n)
		}
		return nil
	})
}
