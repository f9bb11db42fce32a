package main

import (
	"encoding/json"
	"errors"
	"io"
	"runtime"

	"golang.org/x/sys/unix"
)

// probe attacks the worker's own confinement and writes what came of it, a line
// of JSON an attack. No attack harms anything when it succeeds.
func probe(w io.Writer, set setup) (int, error) {
	if !set.Unconfined {
		if err := closeCode(); err != nil {
			return statusSetup, err
		}
	}
	for _, a := range append(attacks(set.Parent), attack{"go on working", keepGoing}) {
		err := a.try()
		line, marshal := json.Marshal(map[string]any{"name": a.name, "blocked": isBlocked(err), "detail": detail(err)})
		if marshal != nil {
			return statusHelper, marshal
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return statusHelper, err
		}
	}
	return 0, nil
}

// isBlocked reports whether the filter answered, which is before the kernel
// looks at anything else.
func isBlocked(err error) bool { return errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) }

func detail(err error) string {
	if err == nil {
		return "allowed"
	}
	return err.Error()
}

// keepGoing shows that a worker whose attacks failed still works: memory,
// threads, the scheduler. There is nothing to block.
func keepGoing() error {
	done := make(chan []byte)
	for range 8 {
		go func() {
			runtime.LockOSThread()
			done <- make([]byte, 1<<20)
		}()
	}
	for range 8 {
		<-done
	}
	runtime.GC()
	return unix.EPERM
}
