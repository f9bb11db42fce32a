package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Bounds of saved searches.
const (
	MaxSaved     = 100
	MaxSavedName = 60  // characters
	MaxSavedText = 500 // characters
)

// savedRows is the keyspace of saved searches in the home's own space: name ->
// Saved as JSON.
const savedRows vault.Keyspace = 'Q'

// A Saved is a search that the person keeps under a name.
type Saved struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Searches are the saved searches of a home. It is safe for concurrent use and
// keeps nothing in memory. Make one with [NewSearches].
type Searches struct{ vault *vault.Vault }

// NewSearches returns the searches kept in a vault.
func NewSearches(v *vault.Vault) *Searches { return &Searches{v} }

// List returns the saved searches by name. It returns locked and damaged.
func (s *Searches) List(ctx context.Context) (all []Saved, err error) {
	err = s.vault.View(ctx, func(tx *vault.Tx) error {
		_, all, err = readSaved(tx)
		return err
	})
	return all, err
}

// Save keeps a search in place of any of that name; without a name, under its
// text. It returns invalid for what is empty or too long, and limit when there
// are too many.
func (s *Searches) Save(ctx context.Context, one Saved) error {
	const op = "save search"
	one.Text = strings.TrimSpace(one.Text)
	if one.Name = printable(one.Name); one.Name == "" {
		one.Name = clipped(printable(one.Text), MaxSavedName)
	}
	if one.Name == "" || utf8.RuneCountInString(one.Name) > MaxSavedName || !utf8.ValidString(one.Text) || utf8.RuneCountInString(one.Text) > MaxSavedText {
		return core.E(core.Invalid, op, errors.New("empty or too long"))
	}
	value, err := json.Marshal(one)
	if err != nil {
		return core.E(core.Invalid, op, err)
	}
	return s.vault.Update(ctx, func(tx *vault.Tx) error {
		own, all, err := readSaved(tx)
		if err != nil {
			return err
		}
		isNew := true
		for _, other := range all {
			isNew = isNew && other.Name != one.Name
		}
		if isNew && len(all) >= MaxSaved {
			return core.E(protocol.Limit, op, fmt.Errorf("over %d searches", MaxSaved))
		}
		return own.Put(savedRows, []byte(one.Name), value)
	})
}

// Forget drops the search of a name, if there is one.
func (s *Searches) Forget(ctx context.Context, name string) error {
	return s.vault.Update(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		if len(name) > MaxSavedName*utf8.UTFMax {
			return nil
		}
		return own.Delete(savedRows, []byte(name))
	})
}

func readSaved(tx *vault.Tx) (own *vault.Space, all []Saved, err error) {
	if own, err = tx.Space(core.Own); err != nil {
		return nil, nil, err
	}
	for row, err := range own.Scan(savedRows, vault.Range{}) {
		if err != nil {
			return own, nil, err
		}
		var one Saved
		if err := json.Unmarshal(row.Value, &one); err != nil || one.Name != string(row.Key) {
			return own, nil, core.E(core.Damaged, "read searches", fmt.Errorf("row: %v", err))
		}
		all = append(all, one)
	}
	return own, all, nil
}

// printable returns a name without what a page could not show.
func printable(name string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(name, "")))
}

func clipped(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return strings.TrimSpace(string(runes[:most]))
	}
	return text
}
