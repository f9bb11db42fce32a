package vault

import (
	"encoding/binary"
	"math/bits"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
)

// appendOrdered appends n so that the bytes sort as the numbers do: how many
// bytes follow, then those, big-endian, without leading zeros.
func appendOrdered(dst []byte, n uint64) []byte {
	size := (bits.Len64(n) + 7) / 8
	dst = append(dst, byte(size))
	for i := size - 1; i >= 0; i-- {
		dst = append(dst, byte(n>>(8*i)))
	}
	return dst
}

// readOrdered reads what appendOrdered wrote and returns the rest.
func readOrdered(b []byte) (n uint64, rest []byte, ok bool) {
	if len(b) == 0 || b[0] > 8 || len(b) <= int(b[0]) && b[0] > 0 || b[0] > 0 && b[1] == 0 {
		return 0, nil, false
	}
	size := int(b[0])
	for _, c := range b[1 : 1+size] {
		n = n<<8 | uint64(c)
	}
	return n, b[1+size:], true
}

// A moment is where a record stands in time: its own civil date, then the
// instant. The zero moment is that of records without a date.
type moment [8]byte

const (
	dateSize = 4
	// momentBias keeps instants positive whatever their zone: a civil date's
	// midnight in UTC is less than two days from any of its instants.
	momentBias = 48 * time.Hour
)

// momentOf returns t's moment. A time known to the day or less comes before
// the instants of its first day.
func momentOf(t record.Time) (m moment) {
	if t.IsZero() {
		return m
	}
	y, month, d := t.Civil()
	copy(m[:], date(y, month, d))
	if t.Precision() >= record.Minute {
		since := t.Instant(time.UTC).Sub(time.Date(y, month, d, 0, 0, 0, 0, time.UTC)) + momentBias
		binary.BigEndian.PutUint32(m[dateSize:], uint32(since.Milliseconds()))
	}
	return m
}

// date returns a civil date as four bytes in order.
func date(year int, month time.Month, day int) []byte {
	return []byte{byte(year >> 8), byte(year), byte(month), byte(day)}
}

// firstDate and lastDate bound the days that t covers.
func firstDate(t record.Time) []byte { return date(t.Civil()) }

func lastDate(t record.Time) []byte {
	y, m, d := t.Civil()
	switch t.Precision() {
	case record.Year:
		m, d = 12, 31
	case record.Month:
		d = 31
	}
	return date(y, m, d)
}
