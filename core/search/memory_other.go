//go:build !linux

package search

import "errors"

// canMerge says that segments can be merged without a file in clear. Here they
// are never merged: the index works, in more and smaller segments.
const canMerge = false

// A buffer is memory of the heap.
type buffer struct{ data []byte }

func newBuffer(size int) (buffer, error) { return buffer{make([]byte, size)}, nil }

func (b *buffer) free() { b.data = nil }

func (b *buffer) forget(int, int) error { return nil }

func writeToMemory(func(path string) error) (buffer, error) { return buffer{}, errors.ErrUnsupported }

func memoryOfMachine() int64 { return 0 }
