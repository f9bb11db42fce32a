package program_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	wasm = "\x00asm\x01\x00\x00\x00rest"

	bank = `{
  "protocol": 1, "kind": "connector", "id": "my-bank", "version": "1.2.0-rc.1+5", "name": "name", "description": "description",
  "authors": ["Zoé"], "licence": "Apache-2.0 OR MIT", "runtime": "wasm", "module": "bank.wasm",
  "hosts": ["www.bank.test", "*.api.bank.test:8443"], "lan": true, "produces": ["transaction", "balance"],
  "accepts": [{"media_type": "text/csv", "extensions": [".csv"], "detect": [{"header": "date;amount", "name": "(?i)bank"}]}],
  "fields": [
    {"name": "address", "kind": "address", "label": "field.address"},
    {"name": "user", "kind": "text", "label": "field.user", "required": true, "account": true},
    {"name": "region", "kind": "choice", "label": "field.region", "options": ["north", "south"]},
    {"name": "password", "kind": "secret", "label": "field.password", "use": [{"host": "www.bank.test", "method": "POST", "path": "/login", "place": "form", "name": "p"}]},
    {"name": "code", "kind": "totp", "label": "field.code", "reveal": true}
  ],
  "interactive": ["otp"],
  "schedule": {"every": "24h", "not_before": "05:00", "not_after": "08:30"},
  "limits": {"memory": 268435456, "cpu": "2m", "requests": 5000},
  "languages": ["en", "fr"]
}`

	bankEN = `{"name": "Bank", "description": "A bank.", "field.address": "Address", "field.user": "User", "field.region": "Region", "field.password": "Password", "field.code": "Code", "ask.sms": "Code sent"}`
	bankFR = `{"name": "Banque", "description": "Une banque.", "field.address": "Adresse", "field.user": "Nom", "field.region": "Région", "field.password": "Mot de passe", "field.code": "Code", "ask.sms": "Code reçu"}`
)

// files makes a package.
func files(manifest, en, fr string) fstest.MapFS {
	return fstest.MapFS{
		"manifest.json":   {Data: []byte(manifest)},
		"strings/en.json": {Data: []byte(en)},
		"strings/fr.json": {Data: []byte(fr)},
		"bank.wasm":       {Data: []byte(wasm)},
	}
}

func compress(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestLoad(t *testing.T) {
	t.Parallel()
	p, err := program.Load(files(bank, bankEN, bankFR))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(wasm))
	if got, err := p.Wasm(); err != nil || string(got) != wasm || p.Manifest.ID != "my-bank" || p.Manifest.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("got %+v", p.Manifest)
	}
	for _, tc := range [][3]string{{"fr", "name", "Banque"}, {"en", "name", "Bank"}, {"de", "name", "Bank"}, {"fr", "other", ""}} {
		if got := p.Text(tc[0], tc[1]); got != tc[2] {
			t.Errorf("%s %s: got %q, want %q", tc[0], tc[1], got, tc[2])
		}
	}
}

func TestLoad_reads_a_compressed_module(t *testing.T) {
	t.Parallel()
	pack := files(bank, bankEN, bankFR)
	delete(pack, "bank.wasm")
	pack["bank.wasm.gz"] = &fstest.MapFile{Data: compress(t, []byte(wasm))}
	p, err := program.Load(pack)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Wasm(); err != nil || string(got) != wasm {
		t.Errorf("got %q, %v", got, err)
	}
	delete(pack, "bank.wasm.gz")
	if _, err := p.Wasm(); core.CodeOf(err) != core.Invalid {
		t.Errorf("without its file: got %v, want invalid", err)
	}
}

func TestLoad_refuses_a_package(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte("another"))
	for name, tc := range map[string]struct {
		change func(fstest.MapFS)
		want   string // in the error
	}{
		"without manifest": {func(f fstest.MapFS) { delete(f, "manifest.json") }, "manifest.json"},
		"without module":   {func(f fstest.MapFS) { delete(f, "bank.wasm") }, "module"},
		"without French":   {func(f fstest.MapFS) { delete(f, "strings/fr.json") }, "strings/fr.json"},
		"of another sha256": {func(f fstest.MapFS) {
			f["manifest.json"].Data = bytes.Replace(f["manifest.json"].Data, []byte(`"hosts"`), fmt.Appendf(nil, `"sha256": "%x", "hosts"`, sum), 1)
		}, "sha256"},
		"with a text for a module":      {func(f fstest.MapFS) { f["bank.wasm"].Data = []byte("#!/bin/sh") }, "module"},
		"with a module too large":       {func(f fstest.MapFS) { f["bank.wasm"].Data = append([]byte(wasm), make([]byte, protocol.MaxModule)...) }, "module"},
		"with a broken compressed file": {func(f fstest.MapFS) { delete(f, "bank.wasm"); f["bank.wasm.gz"] = &fstest.MapFile{Data: []byte("no")} }, "module"},
		"with a cut compressed file": {func(f fstest.MapFS) {
			delete(f, "bank.wasm")
			f["bank.wasm.gz"] = &fstest.MapFile{Data: compress(t, []byte(wasm))[:20]}
		}, "module"},
		"with a gzip bomb": {func(f fstest.MapFS) {
			delete(f, "bank.wasm")
			f["bank.wasm.gz"] = &fstest.MapFile{Data: compress(t, make([]byte, protocol.MaxModule+1))}
		}, "module"},
		"with a manifest too large": {func(f fstest.MapFS) {
			f["manifest.json"].Data = append(f["manifest.json"].Data, make([]byte, 1<<20)...)
		}, "manifest.json"},
		"with strings that are not":  {func(f fstest.MapFS) { f["strings/fr.json"].Data = []byte(`{"name": 1}`) }, "strings/fr.json"},
		"with a string twice":        {func(f fstest.MapFS) { f["strings/fr.json"].Data = []byte(`{"name": "a", "name": "b"}`) }, "strings/fr.json"},
		"with a string empty":        {replace("strings/fr.json", `"Code reçu"`, `""`), "ask.sms"},
		"with a string of two lines": {replace("strings/fr.json", `"Code reçu"`, `"a\nb"`), "ask.sms"},
		"with a label untranslated":  {replace("strings/fr.json", `"field.user": "Nom",`, ``), "field.user"},
		"with a label nowhere": {func(f fstest.MapFS) {
			replace("strings/en.json", `"field.user": "User",`, ``)(f)
			replace("strings/fr.json", `"field.user": "Nom",`, ``)(f)
		}, "field.user"},
		"with a prompt untranslated": {replace("strings/fr.json", `, "ask.sms": "Code reçu"`, ``), "ask.sms"},
		"with a prompt in one":       {replace("strings/fr.json", `"ask.sms"`, `"ask.x": "x", "ask.sms"`), "strings/fr.json"},
		"with a string for nothing":  {replace("manifest.json", `"interactive": ["otp"],`, ``), "ask.sms"},
	} {
		pack := files(bank, bankEN, bankFR)
		tc.change(pack)
		_, err := program.Load(pack)
		if core.CodeOf(err) != core.Invalid || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want invalid, naming %s", name, err, tc.want)
		}
	}
}

func replace(file, old, text string) func(fstest.MapFS) {
	return func(f fstest.MapFS) {
		if !bytes.Contains(f[file].Data, []byte(old)) {
			panic("not in " + file + ": " + old)
		}
		f[file].Data = bytes.Replace(f[file].Data, []byte(old), []byte(text), 1)
	}
}

// Each row changes one thing of a good manifest; the error names the member.
func TestLoad_names_the_member_that_is_wrong(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ old, text, want string }{
		{`"protocol": 1`, `"protocol": 2`, "protocol"},
		{`"connector"`, `"plugin"`, "kind"},
		{`"my-bank"`, `"My-Bank"`, "id"},
		{`"my-bank"`, `"my--bank"`, "id"},
		{`"my-bank"`, `"my-bank\n"`, "id"},
		{`"my-bank"`, `"../bank"`, "id"},
		{`"my-bank"`, `"` + strings.Repeat("a", 65) + `"`, "id"},
		{`"1.2.0-rc.1+5"`, `"1.2"`, "version"},
		{`"1.2.0-rc.1+5"`, `"v1.2.0"`, "version"},
		{`"1.2.0-rc.1+5"`, `"01.2.0"`, "version"},
		{`"name": "name"`, `"name": "My Bank"`, "name"},
		{`"description": "description"`, `"description": ""`, "description"},
		{`"Zoé"`, `"a\u0000"`, "authors[0]"},
		{`"Apache-2.0 OR MIT"`, `""`, "licence"},
		{`"runtime": "wasm"`, `"runtime": "native"`, "runtime"},
		{`"bank.wasm"`, `"../bank.wasm"`, "module"},
		{`"bank.wasm"`, `"bank.exe"`, "module"},
		{`"hosts"`, `"sha256": "ABC", "hosts"`, "sha256"},
		{`"www.bank.test", "*`, `"", "*`, "hosts[0]"},
		{`"*.api.bank.test:8443"`, `"www.bank.test"`, "hosts[1]"},
		{`"balance"`, `"transaction"`, "produces[1]"},
		{`"balance"`, `"secrets"`, "produces[1]"},
		{`["transaction", "balance"]`, `[]`, "produces"},
		{`"lan": true`, `"lan": false`, "lan"},
		{`"text/csv"`, `"csv"`, "accepts[0].media_type"},
		{`"text/csv"`, `"text/csv; charset=utf-8"`, "accepts[0].media_type"},
		{`".csv"`, `"csv"`, "accepts[0].extensions[0]"},
		{`[".csv"]`, `[]`, "accepts[0]"},
		{`{"header": "date;amount", "name": "(?i)bank"}`, `{}`, "accepts[0].detect[0].magic"},
		{`"date;amount"`, `" date"`, "accepts[0].detect[0].header"},
		{`"(?i)bank"`, `"(bank"`, "accepts[0].detect[0].name"},
		{`"(?i)bank"`, `"` + strings.Repeat("a", 1001) + `"`, "accepts[0].detect[0].name"},
		{`"header"`, `"match": "(?=a)", "header"`, "accepts[0].detect[0].match"},
		{`"header"`, `"magic": "0g", "header"`, "accepts[0].detect[0].magic"},
		{`"header"`, `"root": "<a>", "header"`, "accepts[0].detect[0].root"},
		{`"name": "user"`, `"name": "User"`, "fields[1].name"},
		{`"name": "user"`, `"name": "address"`, "fields[1].name"},
		{`"kind": "text"`, `"kind": "number"`, "fields[1].kind"},
		{`"label": "field.user"`, `"label": ""`, "fields[1].label"},
		{`["north", "south"]`, `[]`, "fields[2].options"},
		{`["north", "south"]`, `["north", "north"]`, "fields[2].options[1]"},
		{`"label": "field.user",`, `"label": "field.user", "options": ["a"],`, "fields[1].options"},
		{`"label": "field.user",`, `"label": "field.user", "reveal": true,`, "fields[1].use"},
		{`"reveal": true`, `"reveal": false`, "fields[4].use"},
		{`"reveal": true`, `"reveal": true, "account": true`, "fields[4].account"},
		{`"/login"`, `"login"`, "fields[3].use[0]"},
		{`"place": "form"`, `"place": "query"`, "fields[3].use[0]"},
		{`["otp"]`, `["password"]`, "interactive[0]"},
		{`"24h"`, `"1m"`, "schedule.every"},
		{`"24h"`, `"-24h"`, "schedule.every"},
		{`"24h"`, `"daily"`, "manifest.json"},
		{`"every": "24h", `, ``, "schedule.every"},
		{`"05:00"`, `"25:00"`, "schedule.not_before"},
		{`"08:30"`, `"8:30"`, "schedule.not_after"},
		{`268435456`, `268435457`, "limits.memory"},
		{`"2m"`, `"-1s"`, "limits.cpu"},
		{`5000}`, `5001}`, "limits.requests"},
		{`["en", "fr"]`, `["en"]`, "languages"},
		{`["en", "fr"]`, `["en", "fr", "../x"]`, "languages[2]"},
		{`"languages"`, `"language": "en", "languages"`, "language"},
		{`"languages"`, `"Languages": ["en"], "languages"`, "Languages"},
		{`"languages"`, `"ho\u017Fts": ["evil.test"], "languages"`, "ſ"},
		{`"label": "field.user"`, `"Label": "field.user"`, "Label"},
		{`"languages"`, `"hosts": [], "languages"`, "hosts"},
		{`"languages"`, `"languages": [], "languages"`, "languages"},
		{`"my-bank"`, `5`, "id"},
		{`"kind": "connector"`, `"kind": "app"`, "hosts"},
	} {
		pack := files(bank, bankEN, bankFR)
		replace("manifest.json", tc.old, tc.text)(pack)
		_, err := program.Load(pack)
		if core.CodeOf(err) != core.Invalid || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s → %s: got %v, want invalid, naming %s", tc.old, tc.text, err, tc.want)
		}
	}
}

// An app has no network, no secret, and brings nothing in.
func TestValidate_of_an_app(t *testing.T) {
	t.Parallel()
	app := func() protocol.Manifest {
		return protocol.Manifest{Protocol: protocol.Version, Kind: protocol.KindApp, ID: "charts", Version: "1.0.0", Name: "name", Description: "description", Licence: "MIT",
			Runtime: "wasm", Module: "charts.wasm", Languages: []string{"en", "fr"}, Packs: []string{"weather"}, Themes: []string{"energy"},
			Reads: []protocol.Read{{Type: "bill", Fields: []string{"time", "vendor", "amount", "currency"}, Period: "P24M", Granularity: protocol.Records, Purpose: "why"}}}
	}
	if err := program.Validate(app()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*protocol.Manifest){
		"hosts":    func(m *protocol.Manifest) { m.Hosts = []string{"www.bank.test"} },
		"produces": func(m *protocol.Manifest) { m.Produces = []string{"bill"} },
		"fields": func(m *protocol.Manifest) {
			m.Fields = []protocol.Field{{Name: "p", Kind: "secret", Label: "p", Reveal: true}}
		},
		"reads: an app":        func(m *protocol.Manifest) { m.Reads = nil },
		"reads[1].type":        func(m *protocol.Manifest) { m.Reads = append(m.Reads, m.Reads[0]) },
		"reads[0].type":        func(m *protocol.Manifest) { m.Reads[0].Type = "secret" },
		"reads[0].fields[0]":   func(m *protocol.Manifest) { m.Reads[0].Fields = []string{"provenance"} },
		"an amount needs its":  func(m *protocol.Manifest) { m.Reads[0].Fields = []string{"amount"} },
		"reads[0].period":      func(m *protocol.Manifest) { m.Reads[0].Period = "P1D" },
		"reads[0].granularity": func(m *protocol.Manifest) { m.Reads[0].Granularity = "hourly" },
		"reads[0].purpose":     func(m *protocol.Manifest) { m.Reads[0].Purpose = "" },
		"packs[0]":             func(m *protocol.Manifest) { m.Packs[0] = "../weather" },
		"themes[0]":            func(m *protocol.Manifest) { m.Themes[0] = "war" },
	} {
		m := app()
		change(&m)
		if err := program.Validate(m); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	m := app()
	m.Kind = protocol.KindConnector
	m.Produces = []string{"bill"}
	if err := program.Validate(m); err == nil || !strings.Contains(err.Error(), "hosts") {
		t.Errorf("a connector that reaches nothing: got %v", err)
	}
}

// The manifests that stand in this repository are valid, strings included.
func TestLoad_takes_the_connectors_of_this_repository(t *testing.T) {
	t.Parallel()
	const folder = "../../connectors"
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, entry := range entries {
		dir := folder + "/" + entry.Name()
		text, err := os.ReadFile(dir + "/manifest.json")
		if err != nil {
			continue // not a connector's folder
		}
		var m protocol.Manifest
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		pack := fstest.MapFS{"manifest.json": {Data: text}, m.Module: {Data: []byte(wasm)}}
		for _, language := range m.Languages {
			list, err := os.ReadFile(dir + "/strings/" + language + ".json")
			if err != nil {
				t.Fatal(err)
			}
			pack["strings/"+language+".json"] = &fstest.MapFile{Data: list}
		}
		if _, err := program.Load(pack); err != nil {
			t.Errorf("%s: %v", entry.Name(), err)
		}
		seen++
	}
	if seen == 0 {
		t.Error("found no connector")
	}
}

// FuzzLoad: whatever the bytes, a program that loads is within its bounds.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(bank), []byte(bankEN), []byte(wasm))
	f.Add([]byte(strings.Replace(bank, `"lan": true`, `"lan": null`, 1)), []byte(`{}`), []byte("\x1f\x8b"))
	f.Add([]byte(`{"id": "a", "ID": "b"}`), []byte(`[]`), []byte(""))
	f.Fuzz(func(t *testing.T, manifest, list, module []byte) {
		pack := files(string(manifest), string(list), string(list))
		pack["bank.wasm"].Data = module
		pack["bank.wasm.gz"] = &fstest.MapFile{Data: module}
		p, err := program.Load(pack)
		if err != nil {
			if core.CodeOf(err) != core.Invalid {
				t.Fatalf("got %v", err)
			}
			return
		}
		m := p.Manifest
		if err := program.Validate(m); err != nil || len(m.SHA256) != 64 || p.Text("fr", m.Name) == "" || p.Text("xx", m.Description) == "" {
			t.Fatalf("loaded %+v: %v", m, err)
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		pack["manifest.json"].Data = text
		if _, err := program.Load(pack); err != nil {
			t.Fatalf("written again, %s: %v", text, err)
		}
	})
}
