package sdk_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/sdktest"
)

func run(t *testing.T, h *sdktest.Host, c sdk.Connector) sdktest.Result {
	t.Helper()
	result, err := h.Run(c.Serve)
	if err != nil {
		t.Fatalf("protocol: %v", err)
	}
	return result
}

func note(id string, size int) sdk.Record {
	return sdk.Record{Type: record.TypeDocument, ID: id, Title: id, Data: record.Document{Kind: strings.Repeat("x", size)}}
}

// count returns an Intercept that counts emit and save frames and lets them pass.
func count(emits, saves *int) func(protocol.Op, protocol.Frame) (protocol.Frame, bool) {
	return func(op protocol.Op, f protocol.Frame) (protocol.Frame, bool) {
		switch op {
		case protocol.OpEmit:
			*emits++
		case protocol.OpSave:
			*saves++
		}
		return protocol.Frame{}, false
	}
}

func TestEmit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name         string
		pages        int
		records      int // a page
		size         int // of a record
		emits, saves int
	}{
		{name: "keeps small records for one frame", pages: 10, records: 20, size: 10, emits: 1, saves: 0},
		{name: "splits what exceeds a frame", pages: 1, records: 10, size: 200 << 10, emits: 3, saves: 0},
		{name: "saves between pages before the bound of records", pages: 3, records: 400, size: 1, emits: 2, saves: 1},
		{name: "saves between pages before the bound of bytes", pages: 3, records: 35, size: 200 << 10, emits: 27, saves: 1},
		{name: "saves within a page that alone exceeds the bound", pages: 1, records: 2500, size: 1, emits: 3, saves: 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var emits, saves int
			h := &sdktest.Host{Intercept: count(&emits, &saves)}
			result := run(t, h, func(s *sdk.Session) error {
				for p := range tc.pages {
					var page []sdk.Record
					for i := range tc.records {
						page = append(page, note(fmt.Sprintf("%d-%d", p, i), tc.size))
					}
					if err := s.Emit(page...); err != nil {
						return err
					}
				}
				return nil
			})
			if result.Err != nil || result.Counts.Added != tc.pages*tc.records {
				t.Fatalf("got %d records, %v", result.Counts.Added, result.Err)
			}
			if emits != tc.emits || saves != tc.saves {
				t.Errorf("got %d emits and %d saves, want %d and %d", emits, saves, tc.emits, tc.saves)
			}
		})
	}
}

func TestEmit_refuses_a_record_over_the_limit(t *testing.T) {
	t.Parallel()
	h := &sdktest.Host{}
	result := run(t, h, func(s *sdk.Session) error { return s.Emit(note("a", 10), note("b", protocol.MaxRecord)) })
	if result.Code() != protocol.Limit || len(h.Records()) != 0 {
		t.Fatalf("got %q and %d records", result.Code(), len(h.Records()))
	}
}

func TestRun_that_fails_keeps_what_was_saved_only(t *testing.T) {
	t.Parallel()
	h := &sdktest.Host{}
	result := run(t, h, func(s *sdk.Session) error {
		if err := errors.Join(s.Emit(note("a", 1)), s.Save(map[string]int{"page": 1}), s.Emit(note("b", 1))); err != nil {
			return err
		}
		return fmt.Errorf("page 2: %w", sdk.Fail(protocol.Unavailable, "closed at night"))
	})
	if result.Code() != protocol.Unavailable || result.Problem.Message != "page 2: closed at night" {
		t.Errorf("got %v", result.Problem)
	}
	if got := h.Records(); len(got) != 1 || got[0].ID != "a" || string(h.State) != `{"page":1}` {
		t.Errorf("got %v, state %s", got, h.State)
	}
}

func TestSave_without_state_keeps_the_last(t *testing.T) {
	t.Parallel()
	h := &sdktest.Host{State: json.RawMessage(`{"page":7}`)}
	run(t, h, func(s *sdk.Session) error { return s.Save(nil) })
	if string(h.State) != `{"page":7}` {
		t.Errorf("got %s", h.State)
	}
}

func TestForget_follows_what_was_emitted(t *testing.T) {
	t.Parallel()
	h := &sdktest.Host{}
	result := run(t, h, func(s *sdk.Session) error {
		if err := s.Emit(note("a", 1), note("b", 1)); err != nil {
			return err
		}
		return s.Forget(record.Key{Type: record.TypeDocument, ID: "a"})
	})
	if got := h.Records(); result.Counts.Forgotten != 1 || len(got) != 1 || got[0].ID != "b" {
		t.Errorf("got %+v, %v", result.Counts, got)
	}
}

func TestMode_check_writes_nothing(t *testing.T) {
	t.Parallel()
	h := &sdktest.Host{Mode: protocol.ModeCheck}
	result := run(t, h, func(s *sdk.Session) error {
		return errors.Join(s.Emit(note("a", 1)), s.Save(1), s.Emit(note("b", 1)))
	})
	if result.Err != nil || len(h.Records()) != 0 || h.State != nil {
		t.Errorf("got %v, %v, %s", result.Err, h.Records(), h.State)
	}
}

func TestProblem_of_what_a_connector_returns(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err  error
		want protocol.Code
	}{
		{errors.New("surprise"), protocol.Internal},
		{sdk.Fail(protocol.NotFound, "no such file"), protocol.Internal},
		{sdk.Fail("made_up", ""), protocol.Internal},
		{errors.Join(errors.New("x"), sdk.Fail(protocol.OTPWrong, "")), protocol.OTPWrong},
		{errors.New(strings.Repeat("é", 1<<20)), protocol.Internal},
	} {
		result := run(t, &sdktest.Host{}, func(*sdk.Session) error { return tc.err })
		if result.Code() != tc.want || len(result.Problem.Message) > 4<<10 {
			t.Errorf("got %q with %d bytes, want %q", result.Code(), len(result.Problem.Message), tc.want)
		}
	}
}

func TestHome_refusal_reaches_the_connector_as_its_code(t *testing.T) {
	t.Parallel()
	h := &sdktest.Host{Intercept: func(op protocol.Op, _ protocol.Frame) (protocol.Frame, bool) {
		return sdktest.Refusal(&protocol.Error{Code: protocol.RateLimited, Message: "slow down", RetryAfter: 90}), op == protocol.OpHTTP
	}}
	result := run(t, h, func(s *sdk.Session) error {
		_, err := s.Get("https://example.org/")
		if e, ok := errors.AsType[*protocol.Error](err); !ok || e.RetryAfter != 90 {
			t.Errorf("got %v", err)
		}
		return err
	})
	if result.Code() != protocol.RateLimited || result.Problem.RetryAfter != 90 {
		t.Errorf("got %+v", result.Problem)
	}
}

func TestServe_returns_when_the_home_is_gone_or_talks_nonsense(t *testing.T) {
	t.Parallel()
	start := `{"ok":{"protocol":1,"ops":[],"mode":"pull","config":{},"now":"2026-03-15T09:00:00Z","zone":"","locale":"fr","limits":{}}}` + "\n"
	for name, in := range map[string]string{
		"nothing": "", "gone after start": start, "no verdict": start + "{}\n", "garbage": start + "garbage\n", "wrong shape": start + `{"ok":{"status":"x"}}` + "\n",
	} {
		called := 0
		err := sdk.Connector(func(s *sdk.Session) error {
			s.Progress(1, 2)
			for range 3 {
				if _, err := s.Get("https://example.org/"); err == nil {
					called++
				}
			}
			return nil
		}).Serve(strings.NewReader(in), io.Discard)
		if err == nil || called > 0 {
			t.Errorf("%s: got %v after %d good calls", name, err, called)
		}
	}
}

// TestMain runs a connector in place of the tests when asked to: see
// TestMain_keeps_stray_prints_off_the_protocol.
func TestMain(m *testing.M) {
	switch os.Getenv("SDK_TEST_CONNECTOR") {
	case "good":
		sdk.Main(func(*sdk.Session) error { fmt.Println("stray"); return nil })
	case "bad":
		sdk.Main(func(*sdk.Session) error { fmt.Println("stray"); return sdk.Fail(protocol.AuthFailed, "no") })
	}
	os.Exit(m.Run())
}

func TestMain_keeps_stray_prints_off_the_protocol(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]protocol.Code{"good": "", "bad": protocol.AuthFailed} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "SDK_TEST_CONNECTOR="+kind)
		var log bytes.Buffer
		cmd.Stderr = &log
		result, err := (&sdktest.Host{}).Run(func(in io.Reader, out io.Writer) error {
			stdin, err := cmd.StdinPipe() // not cmd.Stdin: Wait would wait for more input
			if err != nil {
				return err
			}
			go io.Copy(stdin, in)
			cmd.Stdout = out
			return cmd.Run()
		})
		if err != nil || result.Code() != want || (result.Err == nil) != (want == "") {
			t.Errorf("%s: got %q, %v, %v", kind, result.Code(), result.Err, err)
		}
		if !strings.Contains(log.String(), "stray") {
			t.Errorf("%s: log is %q", kind, log.String())
		}
	}
}
