package protocol_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestReader(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in string
		line     string
		payload  string
		broken   bool
	}{
		{name: "a line", in: "{\"op\":\"start\"}\n", line: `{"op":"start"}`},
		{name: "a payload", in: "{\"payload\":3}\nabc", line: `{"payload":3}`, payload: "abc"},
		{name: "a payload holds newlines", in: "{\"payload\":2}\n\n\n", line: `{"payload":2}`, payload: "\n\n"},
		{name: "an array", in: "[]\n", broken: true},
		{name: "no newline", in: "{}", broken: true},
		{name: "two values", in: "{}{}\n", broken: true},
		{name: "not UTF-8", in: "{\"a\":\"\xff\"}\n", broken: true},
		{name: "duplicate key", in: `{"op":"a","op":"b"}` + "\n", broken: true},
		{name: "duplicate key by escape", in: `{"op":"a","\u006fp":"b"}` + "\n", broken: true},
		{name: "duplicate key deep", in: `{"a":[{"b":1,"c":{},"b":2}]}` + "\n", broken: true},
		{name: "same key at two levels", in: `{"a":{"a":["a",{"a":"a"}]},"b":"a"}` + "\n", line: `{"a":{"a":["a",{"a":"a"}]},"b":"a"}`},
		{name: "payload of 4 GiB", in: `{"payload":4294967296}` + "\n", broken: true},
		{name: "payload below zero", in: `{"payload":-1}` + "\n", broken: true},
		{name: "payload not a number", in: `{"payload":"9"}` + "\n", broken: true},
		{name: "payload short", in: `{"payload":9}` + "\nabc", broken: true},
		{name: "8 MB of brackets", in: strings.Repeat("[", 8<<20) + "\n", broken: true},
		{name: "brackets within a line", in: `{"a":` + strings.Repeat("[", 1000) + "\n", broken: true},
		{name: "a line that never ends", in: `{"a":"` + strings.Repeat("x", 2<<20), broken: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f, err := protocol.NewReader(strings.NewReader(tc.in)).Next()
			if tc.broken {
				if !errors.Is(err, protocol.ErrFrame) {
					t.Fatalf("got %v, want ErrFrame", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if string(f.Line) != tc.line || string(f.Payload) != tc.payload {
				t.Fatalf("got %q %q", f.Line, f.Payload)
			}
		})
	}
}

func TestReader_ends_cleanly_between_frames(t *testing.T) {
	t.Parallel()
	r := protocol.NewReader(strings.NewReader("{}\n{\"payload\":0}\n"))
	for range 2 {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Fatalf("got %v, want io.EOF", err)
	}
}

func TestWriter_refuses_what_a_reader_would(t *testing.T) {
	t.Parallel()
	for _, f := range []protocol.Frame{
		{Line: []byte("{")},
		{Line: []byte("{\n}")},
		{Line: []byte(`{"payload":2}`), Payload: []byte("abc")},
		{Line: []byte(`{}`), Payload: []byte("abc")},
		{Line: []byte(`{"payload":2}`)},
	} {
		var out bytes.Buffer
		if err := protocol.NewWriter(&out).Write(f); !errors.Is(err, protocol.ErrFrame) || out.Len() > 0 {
			t.Errorf("%q: got %v and %d bytes", f.Line, err, out.Len())
		}
	}
}

// FuzzFrame holds that no input makes a Reader panic or exceed its bounds, and
// that every frame it accepts round-trips through a Writer.
func FuzzFrame(f *testing.F) {
	f.Add([]byte("{\"op\":\"start\"}\n"))
	f.Add([]byte("{\"payload\":3,\"a\":[{\"b\":\"\\u0041\"}]}\nabc"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := protocol.NewReader(bytes.NewReader(in))
		for {
			frame, err := r.Next()
			if err != nil {
				return
			}
			var out bytes.Buffer
			if err := protocol.NewWriter(&out).Write(frame); err != nil {
				t.Fatalf("accepted %q, then refused: %v", frame.Line, err)
			}
			again, err := protocol.NewReader(&out).Next()
			if err != nil || !bytes.Equal(again.Line, frame.Line) || !bytes.Equal(again.Payload, frame.Payload) {
				t.Fatalf("got %q %q %v", again.Line, again.Payload, err)
			}
		}
	})
}
