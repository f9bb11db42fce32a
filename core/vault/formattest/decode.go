package formattest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// A fault ends the reading; Read returns it.
type fault struct{ error }

func check(ok bool, format string, args ...any) {
	if !ok {
		panic(fault{fmt.Errorf(format, args...)})
	}
}

func must[T any](value T, err error) T {
	check(err == nil, "%w", err)
	return value
}

// A decoder takes fields from the beginning of b.
type decoder struct{ b []byte }

func (d *decoder) take(n uint64) []byte {
	check(n <= uint64(len(d.b)), "%d bytes where %d should be", len(d.b), n)
	field := d.b[:n:n]
	d.b = d.b[n:]
	return field
}

func (d *decoder) u8() byte     { return d.take(1)[0] }
func (d *decoder) u16() uint16  { return binary.BigEndian.Uint16(d.take(2)) }
func (d *decoder) u32() uint32  { return binary.BigEndian.Uint32(d.take(4)) }
func (d *decoder) u64() uint64  { return binary.BigEndian.Uint64(d.take(8)) }
func (d *decoder) text() string { return string(d.take(d.uvarint())) }
func (d *decoder) end()         { check(len(d.b) == 0, "%d bytes too many", len(d.b)) }
func (d *decoder) zeros()       { check(len(bytes.Trim(d.b, "\x00")) == 0, "not padded with zeros") }

func (d *decoder) uvarint() uint64 {
	n, size := binary.Uvarint(d.b)
	check(size > 0, "not a uvarint")
	d.take(uint64(size))
	return n
}

// ordered reads a number whose bytes sort as numbers do.
func (d *decoder) ordered() (n uint64) {
	digits := d.take(uint64(d.u8()))
	check(len(digits) <= 8 && (len(digits) == 0 || digits[0] != 0), "not an ordered number")
	for _, c := range digits {
		n = n<<8 | uint64(c)
	}
	return n
}

// short reads a length in a cell.
func (d *decoder) short() uint64 {
	n := uint64(d.u8())
	if n < 0x80 {
		return n
	}
	return (n&0x7f)<<8 | uint64(d.u8())
}

// extents returns the ids of extents, one by one.
func (d *decoder) extents() (ids []uint64) {
	for range d.uvarint() {
		first, count := d.uvarint(), d.uvarint()
		check(count <= 1<<32, "an extent of %d", count)
		for i := range count {
			ids = append(ids, first+i)
		}
	}
	return ids
}

func u64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// ordered writes what decoder.ordered reads.
func ordered(n uint64) string {
	size := (bits.Len64(n) + 7) / 8
	return string(append([]byte{byte(size)}, u64(n)[8-size:]...))
}

// SizeClass is what n bytes are padded to.
func SizeClass(n uint64) uint64 {
	power := uint64(256)
	if n <= power {
		return power
	}
	for power*2 < n {
		power *= 2
	}
	return (n + power/8 - 1) / (power / 8) * (power / 8)
}
