package gallery

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/sdk/record"
)

// twins makes bills that two sources tell: said to be the same thing or not, and
// not decided yet.
func (h *House) twins(ctx context.Context, telco, files core.SourceID) error {
	var both [5][2]core.Ref
	for i := range both {
		for j, source := range []core.SourceID{telco, files} {
			ref, err := h.twin(ctx, source, fmt.Sprint("twin-", i), i, "Ondine Télécom")
			if err != nil {
				return err
			}
			both[i][j] = ref
		}
	}
	again, err := h.twin(ctx, files, "twin-again", 4, "Ondine")
	if err != nil {
		return err
	}
	why := twin.SameAmount | twin.SameDay | twin.SameNumber | twin.AlikeVendor
	if err := h.Connect.Ingest.Same(ctx, ingest.Pair{A: both[0][0], B: both[0][1], Why: why}); err != nil {
		return err
	}
	if err := h.Connect.Ingest.Differ(ctx, both[1][0], both[1][1]); err != nil {
		return err
	}
	h.mark("leads", both[0][0])
	h.mark("aside", both[0][1])
	h.mark("apart", both[1][0])
	h.mark("alike", both[2][0])
	h.mark("one-way", fmt.Sprintf("%s+%s", both[4][1], both[4][0]))
	h.mark("other-way", fmt.Sprintf("%s+%s", again, both[4][0]))
	return nil
}

// twin brings the bill of a month home from one source.
func (h *House) twin(ctx context.Context, source core.SourceID, id string, month int, vendor string) (core.Ref, error) {
	at := time.Date(2025, time.Month(1+month), 5, 0, 0, 0, 0, time.UTC)
	day := record.Date(at.Date())
	r := record.Record{Type: record.TypeBill, ID: id, Time: day, Title: vendor + ", box " + fmt.Sprint(month+1),
		Data: fmt.Appendf(nil, `{"vendor":%q,"number":"OT-2025-%04d","amount":"%d.99","currency":"EUR","issued":"%s"}`, vendor, month, 29+month, day)}
	_, err := h.Connect.Ingest.Commit(ctx, ingest.Batch{Source: source, Records: []ingest.Staged{{Record: r}},
		Provenance: core.Provenance{Run: 1, Connector: "ondine", Version: "1.0.0", Module: strings.Repeat("5e", 32)}})
	if err != nil {
		return core.Ref{}, err
	}
	kept, err := h.Query.ByID(ctx, source, record.Key{Type: r.Type, ID: id})
	return kept.Ref, err
}

// hostileTwins makes lines whose labels an enemy wrote, in two sources.
func (h *House) hostileTwins(ctx context.Context, source core.SourceID) error {
	run, err := h.bringFile(ctx, "releve.ofx", statement)
	if err != nil {
		return err
	}
	h.mark("bank", run.Source)
	var first []core.Ref
	for i, text := range Texts() {
		var both [2]core.Ref
		for j, id := range []core.SourceID{source, run.Source} {
			if both[j], err = h.put(ctx, id, core.Record{Type: record.TypeTransaction, ID: fmt.Sprint("hostile-twin-", i), Time: record.Date(2026, 3, 1+i), Title: text,
				Data: fmt.Appendf(nil, `{"amount":"-%d.00","currency":"EUR","booked":"2026-03-%02d","label":"STATION SAINT HELIER","bank_account":"x"}`, i+1, i+1)}); err != nil {
				return err
			}
		}
		if i == 0 {
			first = both[:]
		}
	}
	h.mark("leads", first[0])
	return h.Connect.Ingest.Same(ctx, ingest.Pair{A: first[0], B: first[1]})
}

func twinCases() []Case {
	return []Case{
		{Page: "record", State: "looks like another", Scene: household, Path: "/records/{alike}", Says: "twin.alike"},
		{Page: "record", State: "the same as another, and counts", Scene: household, Path: "/records/{leads}", Says: "twin.also"},
		{Page: "record", State: "the same as another, which counts", Scene: household, Path: "/records/{aside}", Says: "twin.aside"},
		{Page: "record", State: "not the same as another", Scene: household, Path: "/records/{apart}", Says: "twin.apart"},
		{Page: "record", State: "what cannot be said", Scene: household, Path: "/records/{alike}/same", Form: url.Values{"say": {"same"}, "other": {"{alike}"}}, Status: 400, Says: "twin.refused"},
		{Page: "record", State: "hostile, the same as another", Scene: hostile, Path: "/records/{leads}", Says: "twin.also"},
		{Page: "source", State: "with what another tells too", Scene: household, Path: "/sources/{bank}"},
		{Page: "doubles", State: "to decide", Scene: household, Path: "/sources/{bank}/same/{telco}", Says: "double.choose"},
		{Page: "doubles", State: "one ticked twice", Scene: household, Path: "/sources/{bank}/same/{telco}", Form: url.Values{"pair": {"{one-way}", "{other-way}"}}, Status: 400, Says: "double.twice"},
		{Page: "doubles", State: "nothing to decide", Scene: allowing, Path: "/sources/{bank}/same/{telco}", Says: "double.none"},
		{Page: "doubles", State: "hostile", Scene: hostile, Path: "/sources/{bank}/same/{telco}", Says: "double.words"},
	}
}
