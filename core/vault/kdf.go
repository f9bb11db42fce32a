package vault

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"

	"golang.org/x/crypto/argon2"
	"golang.org/x/sys/unix"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Params is the cost of turning a password into a key with Argon2id. The zero
// Params stands for [DefaultParams].
type Params struct {
	Time    uint32 // passes over the memory, at most 16
	Memory  uint32 // KiB, at most 1 GiB and a quarter of the machine's memory
	Threads uint8
}

const (
	maxTime   = 16
	maxMemory = 1 << 20 // KiB
	saltSize  = 16
	// freeAbove is from where a derivation's memory is given back at once, in KiB.
	freeAbove = 16 << 10
)

// DefaultParams returns RFC 9106's second recommended option: 3 passes over
// 64 MiB, 4 threads. It takes 0.2 s on a server and about 1 s on a small board.
func DefaultParams() Params { return Params{Time: 3, Memory: 64 << 10, Threads: 4} }

// check refuses what no home writes, as Damaged, and what this machine cannot
// bear, as protocol.Limit.
func (p Params) check() error {
	if p.Time == 0 || p.Threads == 0 || p.Memory < 8*uint32(p.Threads) || p.Time > maxTime || p.Memory > maxMemory {
		return core.E(core.Damaged, "derive key", errors.New("the cost of the password is outside the limits"))
	}
	if quarter := machineMemory() / 4; uint64(p.Memory)<<10 > quarter {
		return core.E(protocol.Limit, "derive key", fmt.Errorf("the password needs %d MiB, more than a quarter of this machine's memory", p.Memory>>10))
	}
	return nil
}

func machineMemory() uint64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return math.MaxUint64
	}
	return uint64(info.Totalram) * uint64(info.Unit)
}

// A Gate lets one Argon2 derivation run at a time. Vaults of one process share
// one, so that ten unlocks do not take ten times the memory.
type Gate struct{ token chan struct{} }

// NewGate returns an open gate.
func NewGate() *Gate { return &Gate{token: make(chan struct{}, 1)} }

// argon derives a key from a password.
func (g *Gate) argon(ctx context.Context, dst []byte, password core.Secret, salt []byte, p Params) error {
	if err := p.check(); err != nil {
		return err
	}
	select {
	case g.token <- struct{}{}:
		defer func() { <-g.token }()
	case <-ctx.Done():
		return ctx.Err()
	}
	pass := []byte(password)
	key := argon2.IDKey(pass, salt, p.Time, p.Memory, p.Threads, uint32(len(dst)))
	copy(dst, key)
	clear(key)
	clear(pass)
	if p.Memory >= freeAbove {
		debug.FreeOSMemory()
	}
	return nil
}
