package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestRun_exchanges_frames_with_payloads(t *testing.T) {
	t.Parallel()
	b, p := shared(t)
	big := bytes.Repeat([]byte("0123456789abcdef"), protocol.MaxPayload/16)
	var got [][]byte
	out, err := b.Run(t.Context(), p, sandbox.Options{}, answering("echo", 3, func(_ context.Context, f protocol.Frame) (protocol.Frame, error) {
		got = append(got, f.Payload)
		payload := big[:len(big)>>len(got)]
		return protocol.Frame{Line: fmt.Appendf(nil, `{"ok":{},"payload":%d}`, len(payload)), Payload: payload}, nil
	}))
	if err != nil || out.Exit != 0 || out.Exchanges != 4 {
		t.Fatalf("got %+v, %v", out, err)
	}
	if !bytes.Equal(got[1], big[:len(big)/2]) || !bytes.Equal(got[2], big[:len(big)/4]) {
		t.Fatal("the payload came back changed")
	}
	if out.CPU <= 0 || out.Wall <= 0 || out.MaxRSS <= 0 {
		t.Errorf("got %+v, want the use of the machine", out)
	}
}

func TestRun_gives_the_program_nothing_of_the_machine(t *testing.T) {
	t.Setenv("DOMICILE_PASSWORD", "hunter2")
	b, p := shared(t)
	var seen struct {
		Args, Env         []string
		Entries           int
		Open, Create, Dir string
	}
	_, err := b.Run(t.Context(), p, sandbox.Options{}, answering("world", 0, func(_ context.Context, f protocol.Frame) (protocol.Frame, error) {
		return frame(`{"ok":{}}`), json.Unmarshal(f.Line, &seen)
	}))
	if err != nil {
		t.Fatal(err)
	}
	if len(seen.Args)+len(seen.Env)+seen.Entries > 0 {
		t.Errorf("got %+v, want nothing", seen)
	}
	for _, e := range []string{seen.Open, seen.Create, seen.Dir} {
		if e == "<nil>" {
			t.Errorf("got %+v, want errors", seen)
		}
	}
}

// record runs the entropy task and returns its exchanges.
func record(t *testing.T, o sandbox.Options) []sandbox.Exchange {
	t.Helper()
	b, p := shared(t)
	var kept []sandbox.Exchange
	o.Record = func(e sandbox.Exchange) error {
		kept = append(kept, e)
		return nil
	}
	if out, err := b.Run(t.Context(), p, o, do("entropy", 3)); err != nil || out.Exit != 0 {
		t.Fatalf("got %+v, %v", out, err)
	}
	return kept
}

func TestRun_replays_byte_for_byte(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 29, 1, 59, 0, 0, time.UTC)
	ticks := start
	o := sandbox.Options{Start: start, Seed: [32]byte{7}, Clock: func() time.Time {
		ticks = ticks.Add(40 * time.Second)
		return ticks
	}}
	first := record(t, o)
	if !strings.Contains(string(first[3].Request.Line), `"at":"2026-03-29T02:01:`) {
		t.Errorf("got %s, want the clock to follow the replies", first[3].Request.Line)
	}
	o.Replay, o.Clock = first, nil
	b, p := shared(t)
	out, err := b.Run(t.Context(), p, o, func(context.Context, protocol.Frame) (protocol.Frame, error) {
		return protocol.Frame{}, errors.New("a request that was not replayed")
	})
	if err != nil || out.Exit != 0 || out.Exchanges != len(first) {
		t.Fatalf("got %+v, %v", out, err)
	}
}

func TestRun_goes_on_where_a_replay_ends(t *testing.T) {
	t.Parallel()
	o := sandbox.Options{Seed: [32]byte{7}}
	first := record(t, o)
	o.Replay = first[:2]
	rest := record(t, o)
	if diff := cmp.Diff(first[2:], rest); diff != "" {
		t.Fatal(diff)
	}
}

func TestRun_notices_a_replay_that_diverges(t *testing.T) {
	t.Parallel()
	b, p := shared(t)
	past := record(t, sandbox.Options{Seed: [32]byte{7}})
	out, err := b.Run(t.Context(), p, sandbox.Options{Seed: [32]byte{8}, Replay: past}, do("", 0))
	wantCode(t, err, protocol.Internal)
	if out.Exchanges != 2 || !errors.Is(err, sandbox.ErrDiverged) || !strings.HasSuffix(err.Error(), ": request 2") {
		t.Fatalf("got %+v, %v", out, err)
	}
}

func TestRun_takes_no_time_for_sleep_that_was_slept(t *testing.T) {
	t.Parallel()
	b, p := shared(t)
	o := sandbox.Options{Replay: []sandbox.Exchange{
		{Request: frame(`{"op":"start"}`), Reply: frame(`{"ok":{"do":"sleep","times":3600000}}`)},
		{Request: frame(`{"slept":true}`), Reply: frame(`{"ok":{}}`)},
	}}
	if out, err := b.Run(t.Context(), p, o, do("", 0)); err != nil || out.Exit != 0 {
		t.Fatalf("got %+v, %v", out, err)
	}
}

func TestRun_ends_with_the_error_of_its_handler(t *testing.T) {
	t.Parallel()
	b, p := shared(t)
	stop := errors.New("enough")
	for name, o := range map[string]sandbox.Options{
		"handler": {},
		"record":  {Record: func(sandbox.Exchange) error { return stop }},
	} {
		out, err := b.Run(t.Context(), p, o, func(context.Context, protocol.Frame) (protocol.Frame, error) {
			if name == "handler" {
				return protocol.Frame{}, stop
			}
			return frame(`{"ok":{}}`), nil
		})
		if !errors.Is(err, stop) || out.Exit != -1 {
			t.Errorf("%s: got %+v, %v", name, out, err)
		}
	}
}

func TestRun_refuses_a_reply_that_is_no_frame(t *testing.T) {
	t.Parallel()
	b, p := shared(t)
	_, err := b.Run(t.Context(), p, sandbox.Options{}, func(context.Context, protocol.Frame) (protocol.Frame, error) {
		return frame(`{"a":1,"a":2}`), nil
	})
	wantCode(t, err, protocol.Internal)
}

func TestRun_keeps_the_log_of_the_program(t *testing.T) {
	t.Parallel()
	b, p := shared(t)
	var log bytes.Buffer
	out, err := b.Run(t.Context(), p, sandbox.Options{Log: &log}, do("log", 20_000))
	if err != nil || log.String() != strings.Repeat("x", 20_000) || out.Logged != 20_000 {
		t.Fatalf("got %+v, %v and %d bytes", out, err, log.Len())
	}
}

func TestRun_stops_when_its_log_cannot_be_written(t *testing.T) {
	t.Parallel()
	b, p := shared(t)
	_, err := b.Run(t.Context(), p, sandbox.Options{Log: fullDisk{}}, do("log-and-stay", 1))
	if !errors.Is(err, errFull) {
		t.Fatalf("got %v", err)
	}
}

var errFull = errors.New("no space left")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }
