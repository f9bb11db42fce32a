package search

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/blevesearch/vellum"
)

// A stemTable knows the terms of a dictionary by their stems. It is a
// transducer from stem to a place in a list of forms; a form is written as the
// length of what it shares with its stem, the length of the rest, the rest.
type stemTable struct {
	places *vellum.FST
	forms  []byte
}

var errStems = errors.New("malformed stems")

// makeStems returns the stem table of a dictionary as bytes: the length of the
// transducer, the transducer, the forms.
func makeStems(d *dictionary) ([]byte, error) {
	var pairs, stems []string // stem, 0, term
	err := d.each(nil, nil, func(term string) error {
		stems = appendStems(stems[:0], term)
		for _, stem := range stems {
			pairs = append(pairs, stem+"\x00"+term)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(pairs)
	table := bytes.NewBuffer(make([]byte, 8))
	places, err := vellum.New(table, nil)
	if err != nil {
		return nil, fmt.Errorf("write stems: %w", err)
	}
	var forms []byte
	for len(pairs) > 0 && err == nil {
		stem, _, _ := strings.Cut(pairs[0], "\x00")
		n := 1
		for n < len(pairs) && strings.HasPrefix(pairs[n], stem+"\x00") {
			n++
		}
		err = places.Insert([]byte(stem), uint64(len(forms)))
		forms = appendForms(forms, stem, pairs[:n])
		pairs = pairs[n:]
	}
	if err := errors.Join(err, places.Close()); err != nil {
		return nil, fmt.Errorf("write stems: %w", err)
	}
	binary.LittleEndian.PutUint64(table.Bytes(), uint64(table.Len()-8))
	return append(table.Bytes(), forms...), nil
}

func appendForms(forms []byte, stem string, pairs []string) []byte {
	forms = binary.AppendUvarint(forms, uint64(len(pairs)))
	for _, pair := range pairs {
		term, shared := pair[len(stem)+1:], 0
		for shared < len(stem) && shared < len(term) && stem[shared] == term[shared] {
			shared++
		}
		forms = binary.AppendUvarint(forms, uint64(shared))
		forms = binary.AppendUvarint(forms, uint64(len(term)-shared))
		forms = append(forms, term[shared:]...)
	}
	return forms
}

// openStems reads what makeStems made.
func openStems(data []byte) (*stemTable, error) {
	if len(data) < 8 || binary.LittleEndian.Uint64(data) > uint64(len(data)-8) {
		return nil, errStems
	}
	end := 8 + binary.LittleEndian.Uint64(data)
	places, err := vellum.Load(data[8:end:end])
	if err != nil {
		return nil, fmt.Errorf("open stems: %w", err)
	}
	return &stemTable{places, data[end:]}, nil
}

// each calls fn for the terms that have stem as one of their stems. The term
// is valid until fn returns.
func (t *stemTable) each(stem string, fn func(term []byte) error) error {
	place, ok, err := t.places.Get([]byte(stem))
	if err != nil {
		return fmt.Errorf("read stems: %w", err)
	}
	if !ok || place > uint64(len(t.forms)) {
		return nil
	}
	list := t.forms[place:]
	term := make([]byte, 0, maxTermBytes)
	for count := number(&list); count > 0; count-- {
		shared, rest := number(&list), number(&list)
		if shared > uint64(len(stem)) || rest > uint64(len(list)) {
			return errStems
		}
		term = append(append(term[:0], stem[:shared]...), list[:rest]...)
		list = list[rest:]
		if err := fn(term); err != nil {
			return err
		}
	}
	return nil
}

// number cuts a number off list.
func number(list *[]byte) uint64 {
	n, size := binary.Uvarint(*list)
	*list = (*list)[max(size, 0):]
	return n
}
