package main

import (
	"testing"

	"github.com/elastic/go-seccomp-bpf/arch"
)

func TestConfinement_names_system_calls_of_every_processor(t *testing.T) {
	t.Parallel()
	for _, group := range append(confinement(1).Syscalls, noMoreCode().Syscalls...) {
		names := group.Names
		for _, n := range group.NamesWithCondtions {
			names = append(names, n.Name)
		}
		for _, name := range names {
			for _, a := range []*arch.Info{arch.X86_64, arch.AARCH64} {
				if _, ok := a.SyscallNames[name]; !ok {
					t.Errorf("%s has no %s", a.Name, name)
				}
			}
		}
	}
}
