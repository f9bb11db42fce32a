package signed_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/sdk/record"
)

const format = "domicile-test-1"

func keyOf(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func header(id, version string) signed.Header {
	return signed.Header{Format: format, ID: id, Version: version, Date: record.MonthOf(2026, 11), Publisher: "A made-up institute", Licence: "CC0-1.0"}
}

func sealed(tb testing.TB) []byte {
	tb.Helper()
	file, err := signed.Seal(header("tariffs", "2026.11"), []byte("content\nof two lines"), keyOf(1))
	if err != nil {
		tb.Fatal(err)
	}
	return file
}

func TestOpen_refuses_what_was_not_signed_whole(t *testing.T) {
	t.Parallel()
	file := sealed(t)
	f, err := signed.Open(format, file)
	if err != nil || string(f.Content) != "content\nof two lines" || f.Version != "2026.11" {
		t.Fatalf("got %+v, %v", f, err)
	}
	for i := range file {
		altered := bytes.Clone(file)
		altered[i] ^= 1
		if _, err := signed.Open(format, altered); core.CodeOf(err) != core.Invalid {
			t.Fatalf("byte %d altered: got %v", i, err)
		}
		if _, err := signed.Open(format, file[:i]); core.CodeOf(err) != core.Invalid {
			t.Fatalf("cut at %d: got %v", i, err)
		}
	}
	if _, err := signed.Open("domicile-other-1", file); core.CodeOf(err) != core.Invalid {
		t.Errorf("another format: got %v", err)
	}
}

func TestSeal_refuses_a_header_that_says_nothing(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*signed.Header){
		"a path":       func(h *signed.Header) { h.ID = "../x" },
		"no date":      func(h *signed.Header) { h.Date = record.Time{} },
		"no number":    func(h *signed.Header) { h.Version = "new" },
		"two lines":    func(h *signed.Header) { h.Publisher = "x\ny" },
		"no licence":   func(h *signed.Header) { h.Licence = "" },
		"a long story": func(h *signed.Header) { h.Publisher = strings.Repeat("x", 400) },
	} {
		h := header("tariffs", "1")
		change(&h)
		if _, err := signed.Seal(h, nil, keyOf(1)); core.CodeOf(err) != core.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := signed.Seal(header("tariffs", "1"), make([]byte, signed.MaxContent+1), keyOf(1)); core.CodeOf(err) != core.Invalid {
		t.Errorf("too large: got %v", err)
	}
}

func TestFollows(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		old, next string
		ok        bool
	}{{"2026.9", "2026.10", true}, {"2026.10", "2026.9", false}, {"1", "1", false}, {"1", "1.0", false}, {"1", "1.0.1", true}, {"1.2.3", "2", true}} {
		old, next := header("x", tc.old), header("x", tc.next)
		if err := next.Follows(old); (err == nil) != tc.ok {
			t.Errorf("%s after %s: got %v", tc.next, tc.old, err)
		}
		next.Key = []byte("other")
		if err := next.Follows(old); core.CodeOf(err) != core.Conflict {
			t.Errorf("another signer: got %v", err)
		}
	}
}

func TestFollows_refuses_an_earlier_date(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		old, next record.Time
		ok        bool
	}{
		{record.MonthOf(2026, 11), record.MonthOf(2026, 11), true}, {record.MonthOf(2026, 11), record.MonthOf(2026, 12), true},
		{record.MonthOf(2026, 11), record.MonthOf(2026, 10), false}, {record.MonthOf(2026, 11), record.Date(2026, 11, 2), true},
		{record.Date(2026, 11, 2), record.MonthOf(2026, 11), true}, {record.Date(2026, 11, 2), record.Date(2026, 11, 1), false}, // as far as both tell
		{record.MonthOf(2026, 11), record.YearOf(2026), true}, {record.MonthOf(2026, 1), record.YearOf(2025), false},
	} {
		old, next := header("x", "1"), header("x", "2")
		old.Date, next.Date = tc.old, tc.next
		err := next.Follows(old)
		if (err == nil) != tc.ok {
			t.Errorf("%s after %s: got %v", tc.next, tc.old, err)
		}
		if e, _ := errors.AsType[*core.Error](err); e != nil && e.Args[signed.Why] != signed.WhyOlder {
			t.Errorf("%s after %s: why %q", tc.next, tc.old, e.Args)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(sealed(f))
	f.Add([]byte("{}\n{}"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if p, err := signed.Open(format, file); err == nil && len(p.Content) > len(file) {
			t.Fatal("more than was given")
		}
	})
}
