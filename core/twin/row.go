package twin

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// Keyspaces in the home's own space. A reference is a source and a seq, eight
// bytes each, big-endian.
const (
	rowsMember vault.Keyspace = 'J' // reference -> the thing that the record is of
	rowsApart  vault.Keyspace = 'X' // two references, and again the other way round -> when, in Unix milliseconds
	rowsAside  vault.Keyspace = 'H' // type, 0, source, number of a chunk -> who of 2048 records stands aside, and for which sources
)

const refSize = 16

func keyOf(ref core.Ref) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 2*refSize), ref.Source[:]...), uint64(ref.Seq))
}

func readKey(key []byte) (ref core.Ref, rest []byte, ok bool) {
	if len(key) < refSize {
		return ref, nil, false
	}
	copy(ref.Source[:], key)
	ref.Seq = core.Seq(binary.BigEndian.Uint64(key[8:]))
	return ref, key[refSize:], true
}

var errRow = core.E(core.Damaged, "read twins", errors.New("not a row of this format"))

// encode writes a thing:
//
//	1 | length of type | type | members: reference | when, Unix milliseconds uvarint | reasons uvarint, twice and one more when chosen
func (t Thing) encode() []byte {
	out := append([]byte{1, byte(len(t.Type))}, t.Type...)
	for _, m := range t.Members {
		out = append(out, keyOf(m.Ref)...)
		out = binary.AppendUvarint(out, uint64(max(0, m.At.UnixMilli())))
		why := uint64(m.Why) << 1
		if m.IsChosen {
			why |= 1
		}
		out = binary.AppendUvarint(out, why)
	}
	return out
}

// decode reads what encode wrote. It returns damaged.
func decode(b []byte) (t Thing, err error) {
	if len(b) < 2 || b[0] != 1 || len(b) < 2+int(b[1]) {
		return Thing{}, errRow
	}
	t.Type, b = record.Type(b[2:2+int(b[1])]), b[2+int(b[1]):]
	for len(b) > 0 {
		ref, rest, ok := readKey(b)
		at, n := binary.Uvarint(rest)
		if !ok || n <= 0 || len(t.Members) == MaxTwins {
			return Thing{}, errRow
		}
		why, size := binary.Uvarint(rest[n:])
		if size <= 0 || at > 1<<53 || Reasons(why>>1)&^AllReasons != 0 {
			return Thing{}, errRow
		}
		t.Members = append(t.Members, Member{ref, time.UnixMilli(int64(at)).UTC(), Reasons(why >> 1), why&1 == 1})
		b = rest[n+size:]
	}
	return t, nil
}
