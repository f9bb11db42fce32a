// Package sandbox starts one confined worker process for one program and
// exchanges frames with it. It knows frames, no record.
//
// The worker is untrusted from the moment it has read its setup: each frame it
// sends is validated here, policy lives here, and it is killed at its limits.
// What it may ask of the kernel is decided by its own filter (see
// cmd/domicile-worker), which it loads before it sees an untrusted byte.
//
// Nothing is kept on disk in the clear: the worker, the programs and their
// compiled code are started from sealed memory (memfd), which has no name, dies
// with the process and is bounded by no mount; a directory in /dev/shm would
// outlive a killed home and is 64 MB in a container.
package sandbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Config says how a Box works. Only Worker must be given.
type Config struct {
	Worker  []byte        // the program cmd/domicile-worker, for this machine
	Slots   int           // workers of a kind that may compute at once; 0: 2, or 1 under 2 GiB of memory
	Compile time.Duration // for compiling one program; 0: a minute, three on ARM
	Trusted [][32]byte    // SHA-256 of the modules that may run where the system has no filter
}

// A Box starts workers. All homes of a process share one. Its methods may be
// used from several goroutines.
type Box struct {
	trusted map[[32]byte]bool
	compile time.Duration
	target  target
	starter *starter
	shelf   *shelf
	crew    crew
	rooms   map[Slot]room
}

// New returns a Box. It returns [core.Invalid] when c.Worker is no worker and
// [protocol.Unavailable] when this system cannot confine one: without seccomp,
// only programs named in c.Trusted may run.
func New(c Config) (*Box, error) {
	const op = "open sandbox"
	target, err := targetOf(c.Worker)
	if err != nil {
		return nil, core.E(core.Invalid, op, err)
	}
	if err := hasFilter(); err != nil && len(c.Trusted) == 0 {
		return nil, core.E(protocol.Unavailable, op, err)
	}
	starter, err := newStarter(c.Worker)
	if err != nil {
		return nil, core.E(protocol.Unavailable, op, err)
	}
	b := &Box{compile: compileTime(c.Compile), target: target, starter: starter, shelf: newShelf(maxShelf),
		crew: crew{alive: map[*process]bool{}}, trusted: map[[32]byte]bool{}}
	for _, hash := range c.Trusted {
		b.trusted[hash] = true
	}
	n := slots(c.Slots)
	b.rooms = map[Slot]room{SlotRun: newRoom(n), SlotView: newRoom(n), SlotHelper: newRoom(n), slotCompile: newRoom(1)}
	return b, nil
}

// A target is what compiled code is bound to, beside the module and the
// processor, which wazero looks after.
type target struct {
	program string // wazero's version and the architecture
	helper  string // those of everything in the worker: it brings its modules itself
}

// targetOf reads the target from the worker itself.
func targetOf(worker []byte) (target, error) {
	const wazero = "github.com/tetratelabs/wazero"
	info, err := buildinfo.Read(bytes.NewReader(worker))
	if err != nil {
		return target{}, fmt.Errorf("read worker: %w", err)
	}
	for _, dep := range info.Deps {
		if dep.Path == wazero {
			build := sha256.Sum256([]byte(info.String()))
			return target{program: dep.Version + " " + runtime.GOARCH, helper: hex.EncodeToString(build[:])}, nil
		}
	}
	return target{}, errors.New("the worker runs no wasm")
}

func compileTime(given time.Duration) time.Duration {
	switch {
	case given > 0:
		return given
	case runtime.GOARCH == "amd64":
		return time.Minute
	}
	return 3 * time.Minute
}

func slots(given int) int {
	const small = 2 << 30
	switch memory := totalMemory(); {
	case given > 0:
		return given
	case memory > 0 && memory < small:
		return 1
	}
	return 2
}

// Close ends the Box. Runs and helpers still under way are killed.
func (b *Box) Close() error {
	b.crew.dismiss()
	b.shelf.close()
	return b.starter.close()
}

// start starts a worker, which dies with ctx and with the Box.
func (b *Box) start(ctx context.Context, j job) (*process, error) {
	p, err := b.starter.start(j)
	if err != nil {
		return nil, core.E(protocol.Unavailable, "start worker", err)
	}
	b.crew.join(ctx, p)
	return p, nil
}
