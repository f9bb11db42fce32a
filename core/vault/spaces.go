package vault

import (
	"errors"
	"maps"
	"slices"

	"github.com/domicile-home/domicile/core"
)

// maxSpaces bounds the sources of a home.
const maxSpaces = 10_000

// CreateSpace makes the space of a new source, with its own key.
func (t *Tx) CreateSpace() (core.SourceID, error) {
	if err := t.use(true); err != nil {
		return core.Own, err
	}
	if len(t.root.spaces) >= maxSpaces {
		return core.Own, core.E(core.Invalid, "create space", errors.New("too many sources"))
	}
	id := core.NewSourceID()
	for id == cacheRing {
		id = core.NewSourceID()
	}
	i, ok := t.root.find(id)
	if ok {
		return core.Own, core.E(core.Conflict, "create space", nil)
	}
	t.changeRing()
	t.ring[id] = t.s.newRingKey(ringSource, t.root.seq+1)
	t.root.spaces = slices.Insert(t.root.spaces, i, spaceRoot{id: id})
	return id, nil
}

// changeRing makes the keyring this transaction's own.
func (t *Tx) changeRing() {
	if !t.newRing {
		t.ring, t.newRing = maps.Clone(t.ring), true
	}
}
