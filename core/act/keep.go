package act

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// rows is the keyspace of this room, in the home's own space; the first byte
// says what follows.
const (
	rows vault.Keyspace = 'e'

	rowReceipt = 'r' // ID -> Receipt
	rowTime    = 't' // when it was signed, ID -> nothing
)

// Bounds of a page of receipts.
const (
	DefaultPage = 50
	MaxPage     = 200
)

// A Cursor stands in the list of receipts, "" at its beginning.
type Cursor string

// Get returns a receipt as it stands now. Codes: not_found, locked, damaged.
func (a *Acts) Get(ctx context.Context, id ID) (r Receipt, err error) {
	err = a.Vault.View(ctx, func(tx *vault.Tx) error {
		r, err = a.read(tx, id)
		return err
	})
	return r, err
}

// Settle returns the receipt when nothing is on its way any more, or as it is
// when ctx ends. Its codes are those of Get.
func (a *Acts) Settle(ctx context.Context, id ID) (Receipt, error) {
	if ended := a.inSending(id); ended != nil {
		select {
		case <-ended:
		case <-ctx.Done():
		}
	}
	return a.Get(context.WithoutCancel(ctx), id)
}

// List returns receipts, the newest first, after a cursor, at most size of them
// (0: DefaultPage), and the cursor of those that follow, "" at the end. Codes:
// invalid for a cursor that is none, locked, damaged.
func (a *Acts) List(ctx context.Context, after Cursor, size int) (all []Receipt, next Cursor, err error) {
	if size <= 0 {
		size = DefaultPage
	}
	size = min(size, MaxPage)
	r := vault.Range{Prefix: []byte{rowTime}, Reverse: true}
	if after != "" {
		at, id, ok := strings.Cut(string(after), "-")
		stamp, err := time.Parse("20060102T150405.000000000", at)
		of, err2 := ParseID(id)
		if err != nil || err2 != nil || !ok {
			return nil, "", core.E(core.Invalid, "list receipts", errors.New("not a cursor"))
		}
		r.To = timed(stamp, of)
	}
	err = a.Vault.View(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		for row, err := range own.Scan(rows, r) {
			if err != nil {
				return err
			}
			if len(all) == size {
				last := all[size-1]
				next = Cursor(last.At.UTC().Format("20060102T150405.000000000") + "-" + last.ID.String())
				return nil
			}
			if len(row.Key) < len(ID{}) {
				return errRow
			}
			receipt, err := a.read(tx, ID(row.Key[len(row.Key)-len(ID{}):]))
			if err != nil {
				return err
			}
			all = append(all, receipt)
		}
		return nil
	})
	return all, next, err
}

// timed is the key of a receipt by its time.
func timed(at time.Time, id ID) []byte {
	key := binary.BigEndian.AppendUint64([]byte{rowTime}, uint64(at.UnixNano())^1<<63)
	return append(key, id[:]...)
}

func keyOf(id ID) []byte { return append([]byte{rowReceipt}, id[:]...) }

var errRow = core.E(core.Damaged, "read receipt", errors.New("not a row of this format"))

// read reads a receipt and says whether it is on its way.
func (a *Acts) read(tx *vault.Tx, id ID) (r Receipt, err error) {
	own, err := tx.Space(core.Own)
	if err != nil {
		return r, err
	}
	text, err := own.Get(rows, keyOf(id))
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil || r.ID != id {
		return Receipt{}, errRow
	}
	if r.State == Signed {
		if r.State = Unknown; a.inSending(id) != nil {
			r.State = Sending
		}
	}
	return r, nil
}

// write keeps a receipt. One that is on its way is kept as signed: who reads it
// after a crash does not know what came of it.
func write(tx *vault.Tx, r Receipt) error {
	own, err := tx.Space(core.Own)
	if err != nil {
		return err
	}
	if r.State == Sending || r.State == Unknown {
		r.State = Signed
	}
	text, err := json.Marshal(r)
	if err != nil {
		return core.E(protocol.Internal, "write receipt", err)
	}
	if err := own.Put(rows, timed(r.At, r.ID), nil); err != nil {
		return err
	}
	return own.Put(rows, keyOf(r.ID), text)
}
