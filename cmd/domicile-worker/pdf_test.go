package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-pdf/fpdf"
	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// compiled holds pdfium's code, compiled once for all tests.
var compiled = sync.OnceValue(wazero.NewCompilationCache)

func samplePDF(tb testing.TB, text string) []byte {
	tb.Helper()
	p := fpdf.New("P", "mm", "A4", "")
	p.AddPage()
	p.SetFont("Helvetica", "", 11)
	p.Text(20, 20, text)
	var b bytes.Buffer
	if err := p.Output(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// TestPDF_guest_sees_no_file proves that pdfium cannot open a file of the
// machine, which it can with go-pdfium's own default.
func TestPDF_guest_sees_no_file(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "secret.pdf")
	if err := os.WriteFile(name, samplePDF(t, "secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	ours, err := newPDFPool(t.Context(), compiled())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := webassembly.Init(webassembly.Config{MaxTotal: 1,
		RuntimeConfig: wazero.NewRuntimeConfigCompiler().WithMemoryLimitPages(pdfMemoryPages).WithCompilationCache(compiled())})
	if err != nil {
		t.Fatal(err)
	}
	if !opens(t, theirs, name) {
		t.Fatal("the default opens no file either: this test proves nothing")
	}
	if opens(t, ours, name) {
		t.Error("the guest opened a file of the machine")
	}
}

func opens(tb testing.TB, pool pdfium.Pool, name string) bool {
	tb.Helper()
	defer pool.Close()
	instance, err := pool.GetInstance(time.Minute)
	if err != nil {
		tb.Fatal(err)
	}
	_, err = instance.OpenDocument(&requests.OpenDocument{FilePath: &name})
	return err == nil
}

func TestPDF_each_file_has_a_fresh_guest(t *testing.T) {
	t.Parallel()
	serve, err := openPDF(compiled())
	if err != nil {
		t.Fatal(err)
	}
	h := newHome(t, serve, samplePDF(t, strings.Repeat("first ", 10)))
	wants(t, h.call(request{Op: "page"}), protocol.Invalid)
	for _, text := range []string{"first", "second"} {
		h.file = samplePDF(t, text)
		wants(t, h.open(nil), "")
		got := h.call(request{Op: "page", Max: 100})
		if string(got.payload) != text+"\n" {
			t.Errorf("got %q, want %q", got.payload, text)
		}
	}
	cut := h.call(request{Op: "page", Max: 3})
	if string(cut.payload) != "sec" || !cut.OK.Truncated {
		t.Errorf("got %q, truncated %v", cut.payload, cut.OK.Truncated)
	}
	for _, q := range []request{{Op: "page", Index: 1, Max: 1}, {Op: "page", Index: -1}, {Op: "page", Max: -1}, {Op: "file"}, {Op: "file", Index: -1}, {Op: "frob"}} {
		wants(t, h.call(q), protocol.Invalid)
	}
	h.file = []byte("no PDF")
	wants(t, h.open(nil), protocol.InvalidFile)
	wants(t, h.call(request{Op: "page"}), protocol.Invalid)
	wants(t, h.call(request{Op: "close"}), "")
}

func TestPDF_memory_goes_back(t *testing.T) {
	t.Parallel()
	pool, err := newPDFPool(t.Context(), compiled())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	g, err := newPDFGuest(context.Background(), pool)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.malloc(200 << 20); err != nil {
		t.Errorf("200 MiB: %v", err)
	}
	if _, err := g.malloc(100 << 20); err == nil {
		t.Error("300 MiB were given")
	}
	if err := g.close(); err != nil {
		t.Fatal(err)
	}
}
