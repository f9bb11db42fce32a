package ingest

import (
	"encoding/binary"
	"errors"
	"strconv"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// place returns the stored record that r is, if there is one, and gives r an
// id when it came without.
func (w *writer) place(r *incoming) (core.Record, bool, error) {
	if r.ID != "" {
		return w.byID(r.Type, r.ID)
	}
	key := r.line.composite()
	nth, err := w.show(shownKey{r.part, key})
	if err != nil {
		return core.Record{}, false, err
	}
	equals, err := w.equals(key)
	if err != nil {
		return core.Record{}, false, err
	}
	if nth <= len(equals) {
		old, err := w.bySeq(equals[nth-1])
		r.ID = old.ID
		return old, err == nil, err
	}
	r.ID, err = w.freeID(key, len(equals)+1)
	r.counted = true
	return core.Record{}, false, err
}

// A shownKey is an equal line as one part of a run shows it.
type shownKey struct {
	part string
	line compositeKey
}

// show counts one more record of key in this run and returns how many that
// makes.
func (w *writer) show(key shownKey) (int, error) {
	n, known := w.shown[key]
	if !known {
		value, err := w.Get(rowsRun, w.equalShown(key))
		if err != nil && core.CodeOf(err) != core.NotFound {
			return 0, err
		}
		if err == nil {
			var size int
			if n, size = binary.Uvarint(value); size != len(value) {
				return 0, core.E(core.Damaged, "count equal records", errors.New("not a number"))
			}
		}
	}
	w.shown[key] = n + 1
	return int(n + 1), nil
}

// freeID returns an id of the home for the nth record of key. An undone run may
// have left an id of a higher number in use.
func (w *writer) freeID(key compositeKey, nth int) (string, error) {
	for ; ; nth++ {
		id := homeID + key.text() + "-" + strconv.Itoa(nth)
		if _, taken, err := w.byID(record.TypeTransaction, id); err != nil || !taken {
			return id, err
		}
	}
}

// lineOf reads a stored transaction, as its source says.
func lineOf(r core.Record) (bankLine, error) {
	if r.Deleted || r.Type != record.TypeTransaction {
		return bankLine{}, nil
	}
	r, err := asSent(r)
	if err != nil {
		return bankLine{}, err
	}
	data, err := parseData(r.Data)
	if err != nil {
		return bankLine{}, core.E(core.Damaged, "read transaction", err)
	}
	return bankLineOf(r.Time, data), nil
}
