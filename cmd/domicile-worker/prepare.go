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
	compile := compileProgram
	if set.Helper != "" {
		compile = compileHelper
	}
	code, err := compile(set)
	if err != nil {
		return statusInvalid, err
	}
	if err := code.encode(os.Stdout); err != nil {
		return statusSetup, fmt.Errorf("write compiled code: %w", err)
	}
	return 0, nil
}

func compileHelper(set setup) (*code, error) {
	open, known := helpers()[set.Helper]
	if !known {
		return nil, fmt.Errorf("unknown helper %q", set.Helper)
	}
	code := newCode()
	cache, err := cacheOf(code)
	if err != nil {
		return nil, err
	}
	_, err = open(cache)
	return code, err
}

// compileProgram returns the code of a program under the key of its outline,
// and the outline.
func compileProgram(set setup) (*code, error) {
	wasm, err := mapFile(fdWasm, set.Wasm)
	if err != nil {
		return nil, fmt.Errorf("read module: %w", err)
	}
	whole := newCode()
	if err := compileWith(whole, wasm); err != nil {
		return nil, err
	}
	module, err := whole.only()
	if err != nil {
		return nil, err
	}
	sketch, err := outline(wasm)
	if err != nil {
		return nil, err
	}
	a := &alias{module: module}
	if err := compileWith(a, sketch); err != nil {
		return nil, fmt.Errorf("compile outline: %w", err)
	}
	code := newCode()
	code.modules[a.asked] = module
	code.put(outlineKey, sketch)
	return code, nil
}

// compileWith compiles a program into s, or takes its code from there.
func compileWith(s store, wasm []byte) error {
	cache, err := cacheOf(s)
	if err != nil {
		return err
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
