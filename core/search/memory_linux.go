package search

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// canMerge says that segments can be merged without a file in clear.
const canMerge = true

// A buffer is memory outside the heap: it is given back at once when freed, a
// core dump leaves it out, and it does not raise the collector's target.
type buffer struct{ data []byte }

// newBuffer returns size bytes. The zero buffer is empty.
func newBuffer(size int) (buffer, error) {
	if size == 0 {
		return buffer{}, nil
	}
	data, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return buffer{}, fmt.Errorf("reserve %d bytes of memory: %w", size, err)
	}
	_ = unix.Madvise(data, unix.MADV_DONTDUMP) // older kernels refuse; it is a second lock
	return buffer{data}, nil
}

// free gives the memory back. Nothing may refer to it any more.
func (b *buffer) free() {
	if b.data != nil {
		_ = unix.Munmap(b.data) // fails only for memory that is not ours
		b.data = nil
	}
}

// forget gives back the memory of the bytes from start, a multiple of the
// size of a page, to end: they read as zeros until they are written again.
func (b *buffer) forget(start, end int) error {
	if start >= end {
		return nil
	}
	if err := unix.Madvise(b.data[start:end], unix.MADV_DONTNEED); err != nil {
		return fmt.Errorf("give memory back: %w", err)
	}
	return nil
}

// writeToMemory has write fill a file that exists only in memory and returns
// its bytes.
func writeToMemory(write func(path string) error) (buffer, error) {
	fd, err := unix.MemfdCreate("index", unix.MFD_CLOEXEC)
	if err != nil {
		return buffer{}, fmt.Errorf("make a file in memory: %w", err)
	}
	file := os.NewFile(uintptr(fd), "index")
	defer file.Close()
	if err := write(fmt.Sprintf("/proc/self/fd/%d", fd)); err != nil {
		return buffer{}, err
	}
	info, err := file.Stat()
	if err != nil {
		return buffer{}, fmt.Errorf("measure a file in memory: %w", err)
	}
	data, err := unix.Mmap(fd, 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return buffer{}, fmt.Errorf("map a file in memory: %w", err)
	}
	_ = unix.Madvise(data, unix.MADV_DONTDUMP)
	return buffer{data}, nil
}

// memoryOfMachine returns the bytes of memory of this machine, 0 when unknown.
func memoryOfMachine() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0
	}
	return int64(info.Totalram) * int64(info.Unit)
}
