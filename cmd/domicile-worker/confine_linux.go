package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/elastic/go-seccomp-bpf"
	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// Bounds of the worker beside those of its setup.
const (
	maxOpen      = 16      // descriptors
	maxThreads   = 8 << 10 // of the user, all processes together: the kernel knows no other count
	maxAddresses = 16 << 30
	fdSelf       = 5 // the worker's own program; the parent lets no other descriptor through
)

// confine takes from the worker all that no mode needs. It returns an error when
// the filter is not in force; Landlock, which some kernels lack, is a second lock.
func confine(set setup) error {
	if err := unix.Close(fdSelf); err != nil && !errors.Is(err, unix.EBADF) {
		return fmt.Errorf("close its program: %w", err)
	}
	volunteerForOOM()
	_ = unix.Setpriority(unix.PRIO_PGRP, 0, set.Nice) // of all threads: the group is the worker's own
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("forbid tracing: %w", err)
	}
	if err := limitResources(set); err != nil {
		return err
	}
	_ = landlock.V11.BestEffort().Restrict()
	return load(confinement(os.Getpid()), true, func() bool {
		return errors.Is(unix.Uname(&unix.Utsname{}), unix.EPERM)
	})
}

// closeCode refuses executable memory from here on. Each mode calls it before
// it looks at the first untrusted byte, or runs the first foreign instruction.
func closeCode() error {
	return load(noMoreCode(), false, func() bool {
		_, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
		return errors.Is(err, unix.EPERM)
	})
}

// load puts a policy in force on all threads and proves it: the kernel reports
// a thread that it could not reach as success.
func load(p seccomp.Policy, first bool, inForce func() bool) error {
	if err := seccomp.LoadFilter(seccomp.Filter{NoNewPrivs: first, Flag: seccomp.FilterFlagTSync, Policy: p}); err != nil {
		return err
	}
	if !inForce() {
		return errors.New("the filter is not in force")
	}
	return nil
}

// volunteerForOOM makes the kernel end a worker rather than the home. It does so
// past package os, which would start watching the file for readiness.
func volunteerForOOM() {
	fd, err := unix.Open("/proc/self/oom_score_adj", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	_, _ = unix.Write(fd, []byte("1000"))
	_ = unix.Close(fd)
}

func limitResources(set setup) error {
	for _, l := range []struct {
		name     string
		resource int
		max      uint64
	}{
		{"data", unix.RLIMIT_DATA, uint64(set.Data)},
		{"cpu", unix.RLIMIT_CPU, uint64(set.CPU)},
		{"addresses", unix.RLIMIT_AS, maxAddresses},
		{"files", unix.RLIMIT_NOFILE, maxOpen},
		{"file size", unix.RLIMIT_FSIZE, 0},
		{"core", unix.RLIMIT_CORE, 0},
		{"locked memory", unix.RLIMIT_MEMLOCK, 0},
		{"threads", unix.RLIMIT_NPROC, maxThreads},
	} {
		if err := lower(l.resource, l.max); err != nil {
			return fmt.Errorf("limit %s: %w", l.name, err)
		}
	}
	return nil
}

// lower sets a limit, or keeps it where it is lower already.
func lower(resource int, most uint64) error {
	var now unix.Rlimit
	if err := unix.Getrlimit(resource, &now); err != nil {
		return err
	}
	most = min(most, now.Max)
	return unix.Setrlimit(resource, &unix.Rlimit{Cur: most, Max: most})
}
