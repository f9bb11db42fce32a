package pack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/core/vault"
)

// rows is the keyspace of this room, in the home's own space: the first byte says
// what follows, the pack's id is the rest.
const (
	rows vault.Keyspace = 'p'

	rowHeld    = 'h' // Held, as JSON
	rowContent = 'c' // the file
)

// maxHeld bounds how many packs a home keeps.
const maxHeld = 200

// Held is a pack that the home keeps.
type Held struct {
	signed.Header
	Added time.Time `json:"added"`
	Size  int       `json:"size"`           // bytes of the content
	Feed  *Feed     `json:"feed,omitempty"` // where it is fetched from; nil: it came as a file
}

// A Shelf holds the packs of one home. It is safe for concurrent use.
type Shelf struct {
	vault  *vault.Vault
	ledger *ledger.Ledger
	now    core.Clock
	known  func(context.Context) ([]string, error)
}

// New returns the shelf in a vault. Known tells the names and numbers of the
// person, which no pack may hold.
func New(v *vault.Vault, l *ledger.Ledger, now core.Clock, known func(context.Context) ([]string, error)) *Shelf {
	return &Shelf{v, l, now, known}
}

// Add keeps a pack in the place of an earlier version, which goes on to be
// fetched if it was. Adding the one that is there changes nothing. Codes: invalid
// for a file that is no pack or names the person, conflict for an older version
// or date, another file of the same version, or another signer than the first;
// [signed.Why] tells them apart.
func (s *Shelf) Add(ctx context.Context, file []byte) (held Held, err error) {
	p, err := s.open(ctx, file)
	if err != nil {
		return Held{}, err
	}
	err = s.vault.Update(ctx, func(tx *vault.Tx) error {
		old, err := s.admit(tx, p)
		if err != nil {
			return err
		}
		held, err = s.keep(tx, p, old, file)
		return err
	})
	return held, err
}

// open reads a file that is offered, which must not name the person.
func (s *Shelf) open(ctx context.Context, file []byte) (Pack, error) {
	p, err := Open(file)
	if err != nil {
		return Pack{}, err
	}
	words, err := s.known(ctx)
	if err != nil {
		return Pack{}, err
	}
	if err := p.Names(words); err != nil {
		return Pack{}, refusal(core.Invalid, WhyNames, err)
	}
	return p, nil
}

// Why a pack is refused, beside the words of package signed.
const (
	WhyNames = "names" // it holds a name or a number of the person's
	WhyRoom  = "room"  // the home keeps as many as it may
	WhyOther = "other" // another pack than the one that its address gave until now
)

func refusal(code core.Code, why string, err error) error {
	return &core.Error{Code: code, Op: "add pack", Args: map[string]string{signed.Why: why}, Err: err}
}

// admit returns what p would take the place of, the zero Held for nothing. It
// writes nothing. It returns conflict.
func (s *Shelf) admit(tx *vault.Tx, p Pack) (old Held, err error) {
	own, err := tx.Space(core.Own)
	if err != nil {
		return Held{}, err
	}
	old, err = readHeld(own, p.ID)
	switch {
	case core.CodeOf(err) == core.NotFound:
		return Held{}, hasRoom(own)
	case err != nil || old.is(p):
		return old, err
	}
	return old, p.Follows(old.Header)
}

// is reports whether p is what is held.
func (h Held) is(p Pack) bool {
	return bytes.Equal(h.Key, p.Key) && h.SHA256 == p.SHA256 && h.Version == p.Version
}

// keep writes a pack that was admitted.
func (s *Shelf) keep(tx *vault.Tx, p Pack, old Held, file []byte) (Held, error) {
	if old.is(p) {
		return old, nil
	}
	held := Held{p.Header, s.now().UTC(), len(p.Content), old.Feed}
	own, err := tx.Space(core.Own)
	if err != nil {
		return Held{}, err
	}
	if err := own.Put(rows, key(rowContent, held.ID), file); err != nil {
		return Held{}, err
	}
	if err := putHeld(own, held); err != nil {
		return Held{}, err
	}
	return held, s.ledger.Add(tx, ledger.Entry{Kind: ledger.PackAdded, What: held.ID + " " + held.Version, Module: held.SHA256})
}

func hasRoom(own *vault.Space) error {
	n := 0
	for _, err := range own.Scan(rows, vault.Range{Prefix: []byte{rowHeld}}) {
		if err != nil {
			return err
		}
		if n++; n >= maxHeld {
			return refusal(core.Conflict, WhyRoom, fmt.Errorf("over %d packs", maxHeld))
		}
	}
	return nil
}

func putHeld(own *vault.Space, held Held) error {
	text, err := json.Marshal(held)
	if err != nil {
		return err
	}
	return own.Put(rows, key(rowHeld, held.ID), text)
}

// Get returns a pack, its signature checked anew. Codes: not_found, damaged.
func (s *Shelf) Get(ctx context.Context, id string) (p Pack, err error) {
	var file []byte
	err = s.vault.View(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		file, err = own.Get(rows, key(rowContent, id))
		return err
	})
	if err != nil {
		return Pack{}, err
	}
	if p, err = Open(file); err != nil || p.ID != id {
		return Pack{}, core.E(core.Damaged, "read pack", err)
	}
	return p, nil
}

// List returns what is held, by id.
func (s *Shelf) List(ctx context.Context) (all []Held, err error) {
	err = s.vault.View(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		for row, err := range own.Scan(rows, vault.Range{Prefix: []byte{rowHeld}}) {
			if err != nil {
				return err
			}
			var held Held
			if err := json.Unmarshal(row.Value, &held); err != nil {
				return core.E(core.Damaged, "list packs", err)
			}
			all = append(all, held)
		}
		return nil
	})
	return all, err
}

// Remove forgets a pack, who signs it and where it is fetched from. It returns
// not_found.
func (s *Shelf) Remove(ctx context.Context, id string) error {
	return s.vault.Update(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		held, err := readHeld(own, id)
		if err != nil {
			return err
		}
		if err := errors.Join(own.Delete(rows, key(rowHeld, id)), own.Delete(rows, key(rowContent, id))); err != nil {
			return err
		}
		return s.ledger.Add(tx, ledger.Entry{Kind: ledger.PackRemoved, What: held.ID + " " + held.Version, Module: held.SHA256})
	})
}

func key(row byte, id string) []byte { return append([]byte{row}, id...) }

// readHeld returns what is held of a pack, or not_found.
func readHeld(own *vault.Space, id string) (held Held, err error) {
	text, err := own.Get(rows, key(rowHeld, id))
	if err != nil {
		return Held{}, err
	}
	if err := json.Unmarshal(text, &held); err != nil {
		return Held{}, core.E(core.Damaged, "read pack", err)
	}
	return held, nil
}
