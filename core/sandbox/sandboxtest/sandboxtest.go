// Package sandboxtest builds the real worker and real programs for tests.
package sandboxtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/domicile-home/domicile/core/sandbox"
)

const workerPath = "github.com/domicile-home/domicile/cmd/domicile-worker"

// Worker returns the worker, built once a test process.
func Worker(tb testing.TB) []byte {
	tb.Helper()
	b, err := worker()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

var worker = sync.OnceValues(func() ([]byte, error) { return build(workerPath) })

// Wasm returns the program of a package, by import path or by a directory that
// starts with "./", built for WASI as a connector is.
func Wasm(tb testing.TB, pkg string) []byte {
	tb.Helper()
	once, _ := programs.LoadOrStore(pkg, sync.OnceValues(func() ([]byte, error) {
		return build(pkg, "GOOS=wasip1", "GOARCH=wasm")
	}))
	b, err := once.(func() ([]byte, error))()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

var programs sync.Map // by package, a function that builds it once

// Box returns a Box with the real worker, closed with the test.
func Box(tb testing.TB) *sandbox.Box {
	tb.Helper()
	b, err := sandbox.New(sandbox.Config{Worker: Worker(tb)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := b.Close(); err != nil {
			tb.Error(err)
		}
	})
	return b
}

// build builds a main package and returns its bytes.
func build(pkg string, env ...string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "domicile-build-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "program")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, pkg)
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build %s: %w\n%s", pkg, err, text)
	}
	return os.ReadFile(out)
}
