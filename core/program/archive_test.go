package program_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/sdk/record"
)

const appManifest = `{"protocol":1,"kind":"app","id":"hello","version":"1.0.0","name":"name","description":"name","licence":"Apache-2.0",
	"runtime":"wasm","module":"hello.wasm","reads":[{"type":"bill","fields":["amount","currency"],"granularity":"monthly","purpose":"why"}],"languages":["en","fr"]}`

func appPackage() fstest.MapFS {
	words := &fstest.MapFile{Data: []byte(`{"name":"Hello","why":"To say hello","more":"More"}`)}
	return fstest.MapFS{"manifest.json": {Data: []byte(appManifest)}, "strings/en.json": words, "strings/fr.json": words,
		"hello.wasm": {Data: []byte("\x00asm\x01\x00\x00\x00")}}
}

func seal(tb testing.TB, content []byte, id, version string) []byte {
	tb.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	file, err := signed.Seal(signed.Header{Format: program.Format, ID: id, Version: version, Date: record.Date(2026, 11, 28), Publisher: "Somebody", Licence: "Apache-2.0"}, content, key)
	if err != nil {
		tb.Fatal(err)
	}
	return file
}

func zipOf(tb testing.TB, files map[string]string) []byte {
	tb.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, content := range files {
		w, err := z.Create(name)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			tb.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func TestOpen_reads_what_Pack_wrote(t *testing.T) {
	t.Parallel()
	content, p, err := program.Pack(appPackage())
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := program.Pack(appPackage())
	if err != nil || !bytes.Equal(content, again) {
		t.Errorf("two archives of one package differ, %v", err)
	}
	got, h, err := program.Open(seal(t, content, "hello", "1.0.0"))
	if err != nil || got.Manifest.SHA256 != p.Manifest.SHA256 || h.Publisher != "Somebody" || !got.IsApp() {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestOpen_refuses_an_archive_that_is_no_package(t *testing.T) {
	t.Parallel()
	whole, _, err := program.Pack(appPackage())
	if err != nil {
		t.Fatal(err)
	}
	bomb := zipOf(t, map[string]string{"manifest.json": strings.Repeat(" ", 8<<20) + appManifest})
	for name, file := range map[string][]byte{
		"no archive":       seal(t, []byte("x"), "hello", "1.0.0"),
		"another id":       seal(t, whole, "other", "1.0.0"),
		"another version":  seal(t, whole, "hello", "1.0.1"),
		"a path":           seal(t, zipOf(t, map[string]string{"../manifest.json": appManifest}), "hello", "1.0.0"),
		"a script":         seal(t, zipOf(t, map[string]string{"manifest.json": appManifest, "install.sh": "rm"}), "hello", "1.0.0"),
		"no module":        seal(t, zipOf(t, map[string]string{"manifest.json": appManifest}), "hello", "1.0.0"),
		"a bomb":           seal(t, bomb, "hello", "1.0.0"),
		"a reference pack": []byte("{}\n{}"),
	} {
		if _, _, err := program.Open(file); core.CodeOf(err) != core.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
