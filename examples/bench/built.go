package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/domicile-home/domicile/core/program"
)

// The names of what build makes in a directory.
const (
	builtWorker    = "domicile-worker"
	builtNative    = "benchnative"
	builtConnector = "ondine"
)

// build builds the worker, the connector and the native reference from this
// module's sources, once a run.
func (b *bench) build(ctx context.Context) error {
	if _, err := os.Stat(b.path(builtWorker)); err == nil {
		return nil
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	if err := goBuild(ctx, root, "./cmd/domicile-worker", b.path(builtWorker)); err != nil {
		return err
	}
	if err := goBuild(ctx, root, "./examples/bench/benchnative", b.path(builtNative)); err != nil {
		return err
	}
	return buildProgram(ctx, filepath.Join(root, "connectors", builtConnector), b.path(builtConnector))
}

// moduleRoot returns the directory of this module's sources.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("run me inside the module: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

func goBuild(ctx context.Context, dir, pkg, out string, env ...string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, pkg)
	cmd.Dir, cmd.Env = dir, append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, text)
	}
	return nil
}

// buildProgram makes the package of a connector or an app: manifest, strings,
// module.
func buildProgram(ctx context.Context, from, to string) error {
	if err := os.CopyFS(filepath.Join(to, "strings"), os.DirFS(filepath.Join(from, "strings"))); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(from, "manifest.json"))
	if err != nil {
		return err
	}
	var manifest struct {
		Module string `json:"module"`
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(to, "manifest.json"), text, 0o600); err != nil {
		return err
	}
	return goBuild(ctx, from, ".", filepath.Join(to, manifest.Module), "GOOS=wasip1", "GOARCH=wasm")
}

// loadBuilt returns what build made in dir.
func loadBuilt(dir string) (worker []byte, connector *program.Program, err error) {
	worker, err = os.ReadFile(filepath.Join(dir, builtWorker))
	if err != nil {
		return nil, nil, errors.Join(errors.New("nothing is built"), err)
	}
	connector, err = program.Load(os.DirFS(filepath.Join(dir, builtConnector)))
	return worker, connector, err
}
