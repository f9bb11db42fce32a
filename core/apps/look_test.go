package apps_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestLook_installs_nothing_before_it_is_accepted(t *testing.T) {
	t.Parallel()
	h := newHouse(t, puppet(t, billRead))
	file := fileOf(t, "other", "1.0.0", 1, billRead)
	found, err := h.apps.Look(file)
	if err != nil || found.ID != "other" || found.Old.Program != nil || found.IsHere() || len(found.Imports) == 0 {
		t.Fatalf("got %+v, %v", found.Header, err)
	}
	if i := slices.IndexFunc(found.Imports, func(name string) bool { return !strings.HasPrefix(name, "wasi_snapshot_preview1.") }); i >= 0 {
		t.Errorf("it imports %s", found.Imports[i])
	}
	if _, ok := h.apps.Program("other"); ok {
		t.Fatal("looking installed it")
	}
	if _, err := h.apps.Accept(t.Context(), strings.Repeat("0", 64)); core.CodeOf(err) != core.NotFound {
		t.Errorf("another file: got %v", err)
	}
	if _, err := h.apps.Accept(t.Context(), found.Digest); err != nil {
		t.Fatal(err)
	}
	if g, err := h.apps.Granted(t.Context(), "other"); err != nil || g.App != "" {
		t.Errorf("installed, and granted %+v, %v", g, err)
	}
	if _, err := h.apps.Show(t.Context(), apps.Request{App: "other"}); core.CodeOf(err) != core.Forbidden {
		t.Errorf("it runs without a grant: %v", err)
	}
	if _, err := h.apps.Accept(t.Context(), found.Digest); core.CodeOf(err) != core.NotFound {
		t.Errorf("accepted twice: got %v", err)
	}
	if found, err := h.apps.Look(file); err != nil || !found.IsHere() {
		t.Errorf("again: %v", err)
	}
}

func TestLook_refuses_what_Install_refuses_and_says_why(t *testing.T) {
	t.Parallel()
	h := newHouse(t, puppet(t, billRead))
	if _, err := h.apps.Install(t.Context(), fileOf(t, "other", "2.0.0", 1, billRead)); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		file []byte
		code core.Code
		why  string
	}{
		"built in":       {fileOf(t, "puppet", "9.0.0", 1, billRead), core.Conflict, apps.WhyBuiltIn},
		"another signer": {fileOf(t, "other", "3.0.0", 2, billRead), core.Conflict, signed.WhySigner},
		"older":          {fileOf(t, "other", "1.0.0", 1, billRead), core.Conflict, signed.WhyVersion},
		"no file":        {[]byte("x"), core.Invalid, ""},
	} {
		_, looked := h.apps.Look(tc.file)
		_, installed := h.apps.Install(t.Context(), tc.file)
		for _, err := range []error{looked, installed} {
			e, _ := err.(*core.Error)
			if core.CodeOf(err) != tc.code || e == nil || e.Args[signed.Why] != tc.why {
				t.Errorf("%s: got %v, %+v", name, err, e)
			}
		}
	}
}

func TestLook_keeps_few_files_and_drops_what_is_discarded(t *testing.T) {
	t.Parallel()
	h := newHouse(t, puppet(t, billRead))
	var digests []string
	for _, id := range []string{"one", "two", "three", "three"} {
		found, err := h.apps.Look(fileOf(t, id, "1.0.0", 1, billRead))
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, found.Digest)
	}
	if _, err := h.apps.Accept(t.Context(), digests[0]); core.CodeOf(err) != core.NotFound {
		t.Errorf("the oldest: got %v", err)
	}
	h.apps.Discard(digests[2])
	if _, err := h.apps.Accept(t.Context(), digests[2]); core.CodeOf(err) != core.NotFound {
		t.Errorf("discarded: got %v", err)
	}
	if _, err := h.apps.Accept(t.Context(), digests[1]); err != nil {
		t.Errorf("the second: got %v", err)
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	calls := protocol.Read{Type: record.TypeCall, Fields: []string{"time"}, Granularity: protocol.Records}
	fewer, closer := billRead, billRead
	fewer.Fields = billRead.Fields[:1]
	closer.Granularity = protocol.YesNo
	for name, tc := range map[string]struct {
		old, next []protocol.Read
		want      string
	}{
		"the same":    {[]protocol.Read{billRead}, []protocol.Read{billRead}, ""},
		"a new type":  {[]protocol.Read{billRead}, []protocol.Read{billRead, calls}, "call+1"},
		"a type less": {[]protocol.Read{billRead, calls}, []protocol.Read{billRead}, "call-1"},
		"more fields": {[]protocol.Read{fewer}, []protocol.Read{billRead}, "bill+" + string(rune('0'+len(billRead.Fields)-1))},
		"closer":      {[]protocol.Read{closer}, []protocol.Read{billRead}, "bill"},
	} {
		var got []string
		for _, c := range apps.Changes(puppet(t, tc.old...), puppet(t, tc.next...)) {
			text := string(c.Type)
			if len(c.Gained) > 0 {
				text += "+" + string(rune('0'+len(c.Gained)))
			}
			if len(c.Lost) > 0 {
				text += "-" + string(rune('0'+len(c.Lost)))
			}
			got = append(got, text)
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s: got %v, want %q", name, got, tc.want)
		}
	}
}
