package core_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestSecret_never_prints(t *testing.T) {
	t.Parallel()
	s := core.Secret("hunter2")
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "in", struct{ S core.Secret }{s})
	text, err := json.Marshal(map[string]any{"s": s, "p": &s})
	if err != nil {
		t.Fatal(err)
	}
	all := fmt.Sprintf("%v %s %q %x %d %+v %#v %v %s %s", s, s, s, s, s, struct{ S core.Secret }{s}, s, []core.Secret{s}, text, log.String())
	if strings.Contains(all, "hunter2") || strings.Contains(all, fmt.Sprintf("%x", "hunter2")) {
		t.Fatalf("printed: %s", all)
	}
}

func TestRef_round_trips_and_refuses_the_rest(t *testing.T) {
	t.Parallel()
	want := core.Ref{Source: core.NewSourceID(), Seq: 42}
	got, err := core.ParseRef(want.String())
	if err != nil || got != want {
		t.Fatalf("got %v, %v", got, err)
	}
	for _, text := range []string{"", "-", "x-1", want.Source.String(), want.Source.String() + "-", want.Source.String() + "-0",
		want.Source.String() + "-+1", want.Source.String() + "-01", strings.ToUpper("abcdefabcdefabcd") + "-1", want.Source.String() + "-99999999999999999999"} {
		if _, err := core.ParseRef(text); core.CodeOf(err) != core.Invalid {
			t.Errorf("%q: got %v, want invalid", text, err)
		}
	}
}

func TestCodeOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err  error
		want core.Code
	}{
		{nil, ""},
		{errors.New("x"), protocol.Internal},
		{fmt.Errorf("open: %w", core.E(core.Locked, "read", nil)), core.Locked},
		{&protocol.Error{Code: protocol.RateLimited}, protocol.RateLimited},
	} {
		if got := core.CodeOf(tc.err); got != tc.want {
			t.Errorf("%v: got %q, want %q", tc.err, got, tc.want)
		}
	}
}

func TestError_says_its_code_once(t *testing.T) {
	t.Parallel()
	refused := core.E(protocol.Unavailable, "reach provider", errors.New("connection refused"))
	for _, tc := range []struct {
		err        *core.Error
		text, bare string
	}{
		{core.E(core.NotFound, "read value", nil), "read value: not_found", "read value: not found"},
		{core.E(protocol.Unavailable, "sign in", refused), "sign in: unavailable: reach provider: connection refused", "sign in: reach provider: connection refused"},
		{core.E(protocol.Unavailable, "", fmt.Errorf("twice: %w", refused)), "unavailable: twice: reach provider: connection refused", "twice: reach provider: connection refused"},
		{core.E(protocol.Internal, "run", core.E(core.Damaged, "commit", nil)), "run: internal: commit: damaged", "run: commit: damaged"},
	} {
		if got := tc.err.Error(); got != tc.text {
			t.Errorf("got %q, want %q", got, tc.text)
		}
		if got := protocol.Text(tc.err); got != tc.bare {
			t.Errorf("got %q without the code, want %q", got, tc.bare)
		}
	}
}
