//go:build unix

package main

import (
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// mapFile maps size bytes of a descriptor, then closes it.
func mapFile(fd, size int) ([]byte, error) {
	b, err := unix.Mmap(fd, 0, size, unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	return b, unix.Close(fd)
}

// A descriptor reads at a place of a file that other workers read too.
type descriptor int

// ReadAt implements io.ReaderAt.
func (d descriptor) ReadAt(p []byte, at int64) (int, error) {
	for n := 0; ; {
		m, err := unix.Pread(int(d), p[n:], at+int64(n))
		n += max(m, 0)
		switch {
		case n == len(p):
			return n, nil
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return n, err
		case m == 0:
			return n, io.ErrUnexpectedEOF
		}
	}
}

// A linear is the memory of a program: addresses for all of it are reserved at
// once, and pages become usable as it grows. So it never moves or is copied, and
// a refusal to grow is known.
type linear struct {
	all     []byte
	used    uint64
	refused *bool
}

// newLinear reserves limit bytes, or as many as the program can ever want. It
// returns a memory without room when there are none.
func newLinear(limit, most uint64, refused *bool) *linear {
	all, err := unix.Mmap(-1, 0, int(min(limit, most)), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		all = nil
	}
	return &linear{all: all, refused: refused}
}

// Reallocate implements experimental.LinearMemory.
func (l *linear) Reallocate(size uint64) []byte {
	if size > uint64(len(l.all)) {
		*l.refused = true
		return nil
	}
	if size > l.used {
		if err := unix.Mprotect(l.all[l.used:size], unix.PROT_READ|unix.PROT_WRITE); err != nil {
			*l.refused = true
			return nil
		}
		l.used = size
	}
	return l.all[:size:size]
}

// Free implements experimental.LinearMemory. The process ends with its program.
func (l *linear) Free() {}
