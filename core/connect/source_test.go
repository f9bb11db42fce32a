package connect_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestAdd_keeps_only_what_signs_in(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	add := func(change func(*connect.NewSource)) error {
		n := w.account("ana")
		change(&n)
		_, err := w.tryAdd(t, n)
		return err
	}
	for _, tc := range []struct {
		name, field string
		code        core.Code
		change      func(*connect.NewSource)
	}{
		{"a wrong password", "", protocol.AuthFailed, func(n *connect.NewSource) { n.Secrets["password"] = "other" }},
		{"nobody there", "", protocol.Unavailable, func(n *connect.NewSource) { n.Config["address"] = "http://127.0.0.1:9" }},
		{"no such connector", "", core.NotFound, func(n *connect.NewSource) { n.Connector = "acme" }},
		{"no user", "user", core.Invalid, func(n *connect.NewSource) { n.Config["user"] = " " }},
		{"no password", "password", core.Invalid, func(n *connect.NewSource) { delete(n.Secrets, "password") }},
		{"a secret among the fields", "password", core.Invalid, func(n *connect.NewSource) { n.Config["password"], n.Secrets = secret, nil }},
		{"no address", "address", core.Invalid, func(n *connect.NewSource) { n.Config["address"] = "example.org" }},
		{"an unknown field", "colour", core.Invalid, func(n *connect.NewSource) { n.Config["colour"] = "blue" }},
		{"an unknown secret", "key", core.Invalid, func(n *connect.NewSource) { n.Secrets["key"] = "x" }},
		{"a field too long", "user", core.Invalid, func(n *connect.NewSource) { n.Config["user"] = strings.Repeat("a", 5000) }},
	} {
		err := add(tc.change)
		code(t, tc.name, err, tc.code)
		if e, ok := err.(*core.Error); tc.field != "" && (!ok || e.Args["field"] != tc.field) {
			t.Errorf("%s: %v does not name the field %s", tc.name, err, tc.field)
		}
	}
	if sources, err := w.Sources(t.Context()); err != nil || len(sources) != 0 {
		t.Errorf("kept %+v, %v", sources, err)
	}
}

func TestAdd_refuses_the_same_account_twice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.add(t, "ana")
	_, err := w.tryAdd(t, w.account(" ANA "))
	code(t, "the same account", err, core.Conflict)
	if e, ok := err.(*core.Error); !ok || e.Args["source"] != first.ID.String() {
		t.Errorf("%v does not name the source", err)
	}
	second := w.add(t, "bob")
	if sources, err := w.Sources(t.Context()); err != nil || len(sources) != 2 || sources[0].ID != first.ID || sources[1].ID != second.ID {
		t.Errorf("sources %+v, %v", sources, err)
	}
}

func TestSetSecrets_keeps_only_what_signs_in(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.add(t, "ana")
	err := w.change(t, s, map[string]core.Secret{"password": "other"})
	code(t, "a wrong password", err, protocol.AuthFailed)
	if r := w.pull(t, s, "emit a"); r.State != connect.Succeeded {
		t.Errorf("the old password no longer works: %+v", r.Problem)
	}
	if err := w.change(t, s, map[string]core.Secret{"password": secret, "pin": "new"}); err != nil {
		t.Error(err)
	}
	if r := w.pull(t, s, "emit a"); r.State != connect.Succeeded {
		t.Errorf("the new password does not work: %+v", r.Problem)
	}
}

func TestSecrets_are_said_nowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.add(t, "ana")
	r := w.pull(t, s, "leak")
	if r.Problem == nil || r.Problem.Code != protocol.SourceChanged {
		t.Fatalf("%+v", r.Problem)
	}
	_, err := w.tryAdd(t, connect.NewSource{Connector: "guest", Config: map[string]string{"address": w.provider.url, "user": "bob"},
		Secrets: map[string]core.Secret{"password": "another-" + secret}})
	code(t, "a wrong password", err, protocol.AuthFailed)
	lines, hops, lerr := w.Log(t.Context(), s.ID, r.ID)
	sources, serr := w.Sources(t.Context())
	runs, rerr := w.Runs(t.Context(), s.ID, 9)
	if lerr != nil || serr != nil || rerr != nil || len(lines) < 3 || len(hops) == 0 {
		t.Fatal(lines, hops, lerr, serr, rerr)
	}
	said, jerr := json.Marshal([]any{lines, hops, sources, runs, r, err.Error()})
	if jerr != nil {
		t.Fatal(jerr)
	}
	for _, word := range []string{secret, pin} {
		if strings.Contains(string(said)+w.log.String(), word) {
			t.Errorf("%q is said:\n%s\n%s", word, said, w.log)
		}
	}
	if !strings.Contains(string(said), " and "+core.Secret("").String()) && !strings.Contains(string(said), "•••") {
		t.Errorf("nothing was leaked, so nothing was tried: %s", said)
	}
}

func TestForget_cancels_the_run_and_leaves_no_source(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.add(t, "ana")
	w.start(t, s, "emit a\nsave one\nget /hang")
	<-w.provider.hanging
	if err := w.Forget(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	_, err := w.Start(t.Context(), s.ID, connect.ByPerson)
	code(t, "a run of a source that is gone", err, core.NotFound)
	_, err = w.Runs(t.Context(), s.ID, 1)
	code(t, "its runs", err, core.NotFound)
	code(t, "forgotten twice", w.Forget(t.Context(), s.ID), core.NotFound)
	if again := w.add(t, "ana"); again.ID == s.ID || again.LastRun != 1 {
		t.Errorf("added again: %+v", again)
	}
}
