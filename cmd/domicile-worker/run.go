package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"
)

// run executes a program from its compiled code. It returns the program's own
// exit status, or one of the worker's.
func run(set setup) (int, error) {
	if len(set.Seed) != len([32]byte{}) {
		return statusSetup, errors.New("no seed")
	}
	g := &guest{set: set, code: newCode()}
	if err := g.load(context.Background()); err != nil {
		return g.code.statusOf(statusInvalid), err
	}
	if err := closeCode(); err != nil {
		return statusSetup, err
	}
	return g.start()
}

// A guest is a program about to run.
type guest struct {
	set     setup
	code    *code
	rt      wazero.Runtime
	module  wazero.CompiledModule
	refused bool // it asked for more memory than it may have
}

// load puts the compiled program and what it may import in place.
func (g *guest) load(ctx context.Context) error {
	var err error
	if g.code, err = readCode(g.set); err != nil {
		return err
	}
	sketch, err := g.code.outline()
	if err != nil {
		return err
	}
	cache, err := cacheOf(g.code)
	if err != nil {
		return err
	}
	g.rt = wazero.NewRuntimeWithConfig(ctx, engine().WithCompilationCache(cache))
	if g.module, err = g.rt.CompileModule(ctx, sketch); err != nil {
		return err
	}
	_, err = wasi_snapshot_preview1.Instantiate(ctx, g.rt)
	return err
}

// start runs the program to its end.
func (g *guest) start() (status int, err error) {
	defer func() {
		if r := recover(); r != nil {
			status, err = g.failed(statusTrap), fmt.Errorf("stopped: %v", r)
		}
	}()
	ctx := experimental.WithMemoryAllocator(context.Background(),
		experimental.MemoryAllocatorFunc(func(_, most uint64) experimental.LinearMemory {
			return newLinear(uint64(g.set.Memory), most, &g.refused)
		}))
	_, err = g.rt.InstantiateModule(ctx, g.module, g.config())
	exit, ended := errors.AsType[*sys.ExitError](err)
	switch {
	case err == nil || ended && exit.ExitCode() == 0:
		return 0, nil
	case ended:
		return g.failed(statusProgram + int(min(exit.ExitCode(), maxStatus))), nil
	}
	return g.failed(statusTrap), err
}

// maxStatus is the highest exit status that a program can be told apart by.
const maxStatus = 99

// failed returns status, or the memory limit when that is what it ran into.
func (g *guest) failed(status int) int {
	if g.refused {
		return statusMemory
	}
	return status
}

// config gives the program its three streams, a clock and a random source, and
// nothing else: no file, no argument, no environment.
func (g *guest) config() wazero.ModuleConfig {
	c := newClock(g.set)
	return wazero.NewModuleConfig().WithName("program").
		WithStdin(&replies{r: os.Stdin, clock: c}).WithStdout(stream{os.Stdout}).WithStderr(&capped{w: os.Stderr}).
		WithWalltime(c.walltime, 1).WithNanotime(c.nanotime, 1).WithNanosleep(c.sleep).WithOsyield(runtime.Gosched).
		WithRandSource(rand.NewChaCha8([32]byte(g.set.Seed)))
}
