package ingest_test

import (
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// twoBanks is a home whose second source tells what the first does.
func twoBanks(t *testing.T) (h *house, other core.SourceID) {
	t.Helper()
	h = newHouse(t)
	if err := h.v.Update(t.Context(), func(tx *vault.Tx) (err error) {
		other, err = tx.CreateSpace()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return h, other
}

func (h *house) in(source core.SourceID, f func()) {
	was := h.source
	h.source = source
	f()
	h.source = was
}

func (h *house) thing(t *testing.T, ref core.Ref) (thing twin.Thing) {
	t.Helper()
	if err := h.v.View(t.Context(), func(tx *vault.Tx) (err error) {
		thing, err = twin.Of(tx, ref)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return thing
}

func TestSame_passes_from_a_pending_line_to_the_booked_one_and_back(t *testing.T) {
	t.Parallel()
	for name, undo := range map[string]bool{"booked": false, "undone": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, other := twoBanks(t)
			h.pull(t, pending("p", "2026-03-12 -2.50 CB CAFE"))
			h.in(other, func() { h.imports(t, line("f", "2026-03-13 -2.50 CAFE")) })
			waits := h.byID(t, record.TypeTransaction, "p")
			var file core.Record
			h.in(other, func() { file = h.byID(t, record.TypeTransaction, "f") })
			if err := h.Same(t.Context(), ingest.Pair{A: waits.Ref, B: file.Ref, Why: twin.AlikeLabel}); err != nil {
				t.Fatal(err)
			}
			h.imports(t, line("b", "2026-03-13 -2.50 CB CAFE"))
			booked := h.byID(t, record.TypeTransaction, "b")
			want := booked.Ref
			if undo {
				h.undo(t, h.run)
				want = waits.Ref
			}
			thing := h.thing(t, file.Ref)
			if len(thing.Members) != 2 || thing.Members[0].Ref != want || thing.Members[0].Why != twin.AlikeLabel {
				t.Errorf("got %+v, want %v to lead", thing, want)
			}
			if gone := map[bool]core.Ref{true: booked.Ref, false: waits.Ref}[undo]; len(h.thing(t, gone).Members) != 0 {
				t.Error("the one that is gone is still of it")
			}
		})
	}
}

func TestSame_refuses(t *testing.T) {
	t.Parallel()
	h, other := twoBanks(t)
	h.pull(t, doc("1", "x"), doc("2", "x"), line("l", "2026-03-13 -2.50 CB CAFE"))
	h.in(other, func() { h.imports(t, doc("1", "x")) })
	one, two, l := h.byID(t, record.TypeDocument, "1").Ref, h.byID(t, record.TypeDocument, "2").Ref, h.byID(t, record.TypeTransaction, "l").Ref
	there := core.Ref{Source: other, Seq: 1}
	for name, tc := range map[string]struct {
		a, b core.Ref
		want core.Code
	}{
		"itself":          {one, one, core.Invalid},
		"of one source":   {one, two, core.Invalid},
		"of two types":    {l, there, core.Invalid},
		"nothing":         {one, core.Ref{Source: other, Seq: 9}, core.NotFound},
		"no such source":  {one, core.Ref{Source: core.SourceID{1}, Seq: 1}, core.NotFound},
		"the home's own":  {one, core.Ref{Seq: 1}, core.NotFound},
		"all of it or no": {two, core.Ref{Source: other, Seq: 2}, core.NotFound},
	} {
		if err := h.Same(t.Context(), ingest.Pair{A: one, B: there}, ingest.Pair{A: tc.a, B: tc.b}); core.CodeOf(err) != tc.want {
			t.Errorf("%s: got %v", name, err)
		}
		if len(h.thing(t, one).Members) != 0 {
			t.Errorf("%s: a part of it was kept", name)
		}
	}
	if err := h.Same(t.Context(), make([]ingest.Pair, ingest.MaxPairs+1)...); core.CodeOf(err) != protocol.Limit {
		t.Errorf("too many: got %v", err)
	}
}
