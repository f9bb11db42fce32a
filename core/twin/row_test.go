package twin

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
)

func FuzzDecode(f *testing.F) {
	some := Thing{"bill", []Member{{core.Ref{Source: core.SourceID{1}, Seq: 7}, time.UnixMilli(1_700_000_000_000).UTC(), SameAmount | SameDay, true},
		{Ref: core.Ref{Source: core.SourceID{2}, Seq: 1 << 40}, At: time.UnixMilli(0).UTC()}}}
	f.Add(some.encode())
	f.Add([]byte{1, 0})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		thing, err := decode(b)
		if err != nil {
			if core.CodeOf(err) != core.Damaged {
				t.Errorf("got %v", err)
			}
			return
		}
		again, err := decode(thing.encode())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(thing, again); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzChunk(f *testing.F) {
	c := chunk{make([]byte, bitsSize), map[core.SourceID][]byte{{1}: bytes.Repeat([]byte{5}, bitsSize)}}
	f.Add(c.encode())
	f.Add(make([]byte, bitsSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := readChunk(b)
		if err != nil {
			return
		}
		again, err := readChunk(c.encode())
		if err != nil || !bytes.Equal(again.encode(), c.encode()) {
			t.Errorf("got %+v, then %+v, %v", c, again, err)
		}
	})
}

func TestAlike(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{"PRLV SEPA ONDINE TELECOM 12/03", "Ondine Télécom", true},
		{"CB CARREFOUR CITY", "CARREFO", true},
		{"CB CAFE", "CB PRESSE", false},
		{"VIR 123", "VIR 456", false},
		{"", "", true},
	} {
		if got := Alike(tc.a, tc.b); got != tc.want {
			t.Errorf("%q, %q: got %v", tc.a, tc.b, got)
		}
	}
}
