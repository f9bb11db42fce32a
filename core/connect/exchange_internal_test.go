package connect

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func exchanges() []sandbox.Exchange {
	return []sandbox.Exchange{
		{Request: protocol.Frame{Line: []byte(`{"op":"start"}`)}, Reply: protocol.Frame{Line: []byte(`{"ok":{}}`), Payload: []byte("page")}, At: time.Second},
		{Request: protocol.Frame{Line: []byte(`{}`), Payload: []byte{}}, Reply: protocol.Frame{Line: []byte{}}},
	}
}

func TestExchange_round_trips(t *testing.T) {
	t.Parallel()
	for _, want := range exchanges() {
		got, err := parseExchange(appendExchange(nil, want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func FuzzParseExchange(f *testing.F) {
	for _, e := range exchanges() {
		f.Add(appendExchange(nil, e))
	}
	f.Add([]byte{0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := parseExchange(b)
		if err != nil {
			return
		}
		again, err := parseExchange(appendExchange(nil, e))
		if err != nil || !bytes.Equal(again.Request.Payload, e.Request.Payload) || !cmp.Equal(again, e) {
			t.Errorf("got %+v %v", again, err)
		}
	})
}
