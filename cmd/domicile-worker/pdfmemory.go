//go:build unix

package main

import (
	"context"

	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/unix"
)

// A returned is a linear memory that goes back to the system with its instance:
// a helper has one instance after the other.
type returned struct{ *linear }

// Free implements experimental.LinearMemory.
func (r returned) Free() {
	if r.all != nil {
		_ = unix.Munmap(r.all) // what cannot be unmapped stays until the helper ends
	}
	r.all = nil
}

// withPDFMemory makes the instances of ctx take limit bytes of linear memory at
// most.
func withPDFMemory(ctx context.Context, limit uint64) context.Context {
	return experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(func(_, most uint64) experimental.LinearMemory {
		return returned{newLinear(limit, most, new(bool))}
	}))
}
