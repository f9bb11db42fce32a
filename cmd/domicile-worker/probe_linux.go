package main

import (
	"encoding/json"
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// probe attacks the worker's own confinement and writes what came of it, a line
// of JSON an attack. No attack harms anything when it succeeds.
func probe(w io.Writer) (int, error) {
	if err := closeCode(); err != nil {
		return statusSetup, err
	}
	for _, a := range attacks() {
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

// An attack is one thing that a worker must not be able to do.
type attack struct {
	name string
	try  func() error
}

func attacks() []attack {
	return []attack{
		{"open a file", func() error {
			fd, err := unix.Open("/etc/hostname", unix.O_RDONLY, 0)
			if err == nil {
				return unix.Close(fd)
			}
			return err
		}},
	}
}
