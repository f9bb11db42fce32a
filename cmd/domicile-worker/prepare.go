package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// prepare compiles the module on descriptor 3, or what a helper needs, and
// writes the compiled code on standard output. It runs nothing of it.
func prepare(set setup) (int, error) {
	code := newCode()
	cache, err := code.cache()
	if err != nil {
		return statusSetup, err
	}
	if err := compile(set, cache); err != nil {
		return statusInvalid, err
	}
	if err := code.encode(os.Stdout); err != nil {
		return statusSetup, fmt.Errorf("write compiled code: %w", err)
	}
	return 0, nil
}

func compile(set setup, cache wazero.CompilationCache) error {
	if set.Helper != "" {
		open, known := helpers()[set.Helper]
		if !known {
			return fmt.Errorf("unknown helper %q", set.Helper)
		}
		_, err := open(cache)
		return err
	}
	wasm, err := mapFile(fdWasm, set.Wasm)
	if err != nil {
		return fmt.Errorf("read module: %w", err)
	}
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, engine().WithCompilationCache(cache))
	module, err := rt.CompileModule(ctx, wasm)
	if err != nil {
		return err
	}
	return checkImports(ctx, rt, module)
}

// checkImports refuses a module that asks for a function that is not there.
func checkImports(ctx context.Context, rt wazero.Runtime, module wazero.CompiledModule) error {
	wasi, err := wasi_snapshot_preview1.NewBuilder(rt).Compile(ctx)
	if err != nil {
		return err
	}
	offered := wasi.ExportedFunctions()
	for _, f := range module.ImportedFunctions() {
		from, name, _ := f.Import()
		if from != wasi_snapshot_preview1.ModuleName || offered[name] == nil {
			return fmt.Errorf("imports %s.%s, which is not offered", from, name)
		}
	}
	if module.ExportedFunctions()["_start"] == nil {
		return errors.New("exports no _start: not a program")
	}
	return nil
}

// engine is how modules are compiled: always to machine code, never with
// checks for an end, which cost much and miss some loops. The parent kills.
func engine() wazero.RuntimeConfig {
	return wazero.NewRuntimeConfigCompiler().WithCloseOnContextDone(false).WithDebugInfoEnabled(false)
}
