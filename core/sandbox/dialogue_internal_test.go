package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// FuzzDialogue holds that whatever a worker writes, the home answers at most as
// many requests as there are well-formed frames, ends, and classifies the end.
func FuzzDialogue(f *testing.F) {
	f.Add([]byte("{\"op\":\"start\"}\n"), 0)
	f.Add([]byte("{\"op\":\"start\"}\n{\"op\":\"log\"}\n"), 1)
	f.Add([]byte("{\"op\":\"emit\",\"payload\":3}\nabc"), 0)
	f.Add([]byte("{\"op\":\"emit\",\"payload\":4294967296}\n"), 2)
	f.Add([]byte("[[[[[[[["), 0)
	f.Fuzz(func(t *testing.T, in []byte, replayed int) {
		o := Options{}
		for range min(max(replayed, 0), 3) {
			o.Replay = append(o.Replay, Exchange{Request: protocol.Frame{Line: []byte(`{"op":"start"}`)},
				Reply: protocol.Frame{Line: []byte(`{"ok":{}}`)}})
		}
		asked := 0
		var out bytes.Buffer
		d := newDialogue(bytes.NewReader(in), &out, o, func(context.Context, protocol.Frame) (protocol.Frame, error) {
			asked++
			return protocol.Frame{Line: []byte(`{"ok":{}}`)}, nil
		})
		err := d.serve(context.Background(), func() {})
		if !errors.Is(err, errEnded) && core.CodeOf(err) != protocol.Internal {
			t.Fatalf("ended with %v", err)
		}
		if frames := bytes.Count(in, []byte("\n")); asked > frames || d.exchanges > frames+1 {
			t.Fatalf("%d requests of %d lines", asked, frames)
		}
		if replies := countReplies(t, out.Bytes()); replies > d.exchanges {
			t.Fatalf("%d replies to %d requests", replies, d.exchanges)
		}
	})
}

// countReplies reads what a worker would.
func countReplies(t *testing.T, b []byte) (n int) {
	t.Helper()
	for ; len(b) > 0; n++ {
		size := int(binary.LittleEndian.Uint32(b))
		if _, err := protocol.Check(b[12 : 12+size-1]); err != nil {
			t.Fatal(err)
		}
		b = b[12+size:]
	}
	return n
}

func TestDialogue_bounds_the_traffic(t *testing.T) {
	t.Parallel()
	d := newDialogue(bytes.NewReader(nil), nil, Options{}, nil)
	request := protocol.Frame{Line: []byte("{}")}
	for range maxExchanges {
		if err := d.admit(request); err != nil {
			t.Fatal(err)
		}
	}
	var l *limitError
	if err := d.admit(request); !errors.As(err, &l) || l.limit != LimitTraffic {
		t.Fatalf("got %v", err)
	}
	d.exchanges, d.taken = 0, maxSent
	if err := d.admit(request); !errors.As(err, &l) || l.limit != LimitTraffic {
		t.Fatalf("got %v", err)
	}
}
