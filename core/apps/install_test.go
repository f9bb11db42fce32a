package apps_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"testing"
	"testing/fstest"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// fileOf is the puppet as a file of a version, signed with a key.
func fileOf(t *testing.T, id, version string, seed byte, reads ...protocol.Read) []byte {
	t.Helper()
	for i := range reads {
		reads[i].Purpose = "why"
	}
	text, err := json.Marshal(protocol.Manifest{Protocol: protocol.Version, Kind: protocol.KindApp, ID: id, Version: version, Name: "name", Description: "name",
		Licence: "Apache-2.0", Runtime: "wasm", Module: "puppet.wasm", Reads: reads, Languages: []string{"en", "fr"},
		Fields: []protocol.Field{{Name: "script", Kind: "text", Label: "name"}}})
	if err != nil {
		t.Fatal(err)
	}
	words := &fstest.MapFile{Data: []byte(`{"name":"Puppet","why":"To test."}`)}
	content, _, err := program.Pack(fstest.MapFS{"manifest.json": {Data: text}, "strings/en.json": words, "strings/fr.json": words,
		"puppet.wasm": {Data: sandboxtest.Wasm(t, "./testdata/puppet")}})
	if err != nil {
		t.Fatal(err)
	}
	file, err := signed.Seal(signed.Header{Format: program.Format, ID: id, Version: version, Date: record.Date(2026, 11, 28), Publisher: "Somebody", Licence: "Apache-2.0"},
		content, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestInstall(t *testing.T) {
	t.Parallel()
	h := newHouse(t, puppet(t, billRead))
	h.bring(t, h.source(t), bill("1", "2026-10-02", "Ondine", "31.20"))
	coarse := billRead
	coarse.Granularity = protocol.YesNo
	for _, step := range []struct {
		file []byte
		want core.Code
	}{
		{fileOf(t, "puppet", "1.0.0", 1, coarse), core.Conflict}, // built in
		{fileOf(t, "other", "1.0.0", 1, coarse), ""},
		{fileOf(t, "other", "1.0.0", 1, coarse), ""}, // again
		{fileOf(t, "other", "1.1.0", 2, coarse), core.Conflict},
		{[]byte("x"), core.Invalid},
	} {
		if _, err := h.apps.Install(t.Context(), step.file); core.CodeOf(err) != step.want {
			t.Errorf("got %v, want %q", err, step.want)
		}
	}
	p, ok := h.apps.Program("other")
	if !ok {
		t.Fatal("it is not there")
	}
	g := apps.Propose(p, h.now)
	g.Config = map[string]string{"script": blank}
	if err := h.apps.Grant(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	if _, err := h.apps.Show(t.Context(), apps.Request{App: "other"}); err != nil {
		t.Errorf("granted: got %v", err)
	}

	// A later version asks for more: what was granted stays as it was.
	if _, err := h.apps.Install(t.Context(), fileOf(t, "other", "1.2.0", 1, billRead)); err != nil {
		t.Fatal(err)
	}
	again := copyOf(t, h, puppet(t, billRead))
	if got, err := again.apps.Granted(t.Context(), "other"); err != nil || got.Reads[0].Granularity != protocol.YesNo {
		t.Errorf("got %+v, %v", got, err)
	}
	if p, ok := again.apps.Program("other"); !ok || p.Manifest.Version != "1.2.0" {
		t.Errorf("after opening again: %v", ok)
	}
	if err := again.apps.Uninstall(t.Context(), "other"); err != nil {
		t.Fatal(err)
	}
	if _, err := again.apps.Show(t.Context(), apps.Request{App: "other"}); core.CodeOf(err) != core.NotFound {
		t.Errorf("removed: got %v", err)
	}
	if got, err := again.apps.Granted(t.Context(), "other"); err != nil || got.App != "" {
		t.Errorf("removed, and yet granted %+v, %v", got, err)
	}
}
