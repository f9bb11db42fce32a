package gallery

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/sdk/record"
)

// own makes a bill that the person tagged and corrected, and one whose source
// has changed since what the person had corrected.
func (h *House) own(ctx context.Context, source core.SourceID) error {
	for place, later := range map[string]string{"corrected": "", "news": "34.90"} {
		ref, err := h.bill(ctx, source, place, "39.90")
		if err != nil {
			return err
		}
		h.mark(place, ref)
		text := func(s string) json.RawMessage { return json.RawMessage(fmt.Sprintf("%q", s)) }
		err = h.Connect.Ingest.Correct(ctx, ref, []ingest.FieldChange{
			{Field: "data/amount", Was: text("39.90"), Own: text("29.90")},
			{Field: "data/due", Own: text("2026-02-20")},
			{Field: "title", Was: text("Internet, " + place), Own: text("Internet at home, February")},
		})
		if err != nil {
			return err
		}
		if err := h.Connect.Ingest.Tag(ctx, ref, []string{"Maison", "à payer", "déclaration 2026", strings.Repeat("long", 12)}, nil); err != nil {
			return err
		}
		if later == "" {
			continue
		}
		if _, err := h.bill(ctx, source, place, later); err != nil {
			return err
		}
	}
	return nil
}

// bill brings one home as a run does.
func (h *House) bill(ctx context.Context, source core.SourceID, id, amount string) (ref core.Ref, err error) {
	r := record.Record{Type: record.TypeBill, ID: id, Time: record.Date(2026, 2, 3), Title: "Internet, " + id,
		Data: fmt.Appendf(nil, `{"vendor":"Ondine Télécom","amount":%q,"currency":"EUR","issued":"2026-02-03"}`, amount)}
	_, err = h.Connect.Ingest.Commit(ctx, ingest.Batch{Source: source, Records: []ingest.Staged{{Record: r}},
		Provenance: core.Provenance{Run: 1, Connector: "ondine", Version: "1.0.0", Module: strings.Repeat("5e", 32)}})
	if err != nil {
		return ref, err
	}
	kept, err := h.Query.ByID(ctx, source, record.Key{Type: r.Type, ID: id})
	return kept.Ref, err
}
