package vault

import (
	"errors"

	"github.com/domicile-home/domicile/core"
)

// An origin is a connector with its version and module. Records name it by
// number, for a run's records all have the same.
type originKey struct {
	space core.SourceID
	id    uint64
}

var errOrigin = core.E(core.Damaged, "read provenance", errors.New("a record's connector is missing"))

func originOf(p core.Provenance) core.Provenance {
	return core.Provenance{Connector: p.Connector, Version: p.Version, Module: p.Module}
}

// originID returns the number of p's origin, giving one out when it is new.
func (s *Space) originID(p core.Provenance) (uint64, error) {
	if s.origins == nil {
		if err := s.loadOrigins(); err != nil {
			return 0, err
		}
	}
	p = originOf(p)
	if id, ok := s.origins[p]; ok {
		return id, nil
	}
	state, err := s.counters()
	if err != nil {
		return 0, err
	}
	state.origin++
	state.changed = true
	s.origins[p] = state.origin
	value := appendText(appendText(appendText(nil, p.Connector), p.Version), p.Module)
	return state.origin, s.tree.putItem(s.name(spaceOrigin, appendOrdered(nil, state.origin)), value)
}

func (s *Space) loadOrigins() error {
	s.origins = make(map[core.Provenance]uint64)
	c := s.tree.keyRange([]byte{byte(spaceOrigin)}, false)
	for {
		ok, err := c.next()
		if err != nil || !ok {
			return err
		}
		value, err := c.tree.resolve(c.cell)
		if err != nil {
			return err
		}
		id, rest, ok := readOrdered(c.key[1:])
		p, err := readOrigin(value)
		if !ok || len(rest) > 0 || err != nil {
			return errOrigin
		}
		s.origins[p] = id
	}
}

func readOrigin(value []byte) (o core.Provenance, err error) {
	p := parser{b: string(value)}
	o.Connector, o.Version, o.Module = p.text(), p.text(), p.text()
	if p.bad || p.b != "" {
		return o, errOrigin
	}
	return o, nil
}

// originFor returns origin id. What a view has read is kept until Lock: an
// origin never changes.
func (s *Space) originFor(id uint64) (core.Provenance, error) {
	key := originKey{s.id, id}
	if o, ok := s.t.s.origin(key); ok {
		return o, nil
	}
	value, found, err := s.tree.get(s.name(spaceOrigin, appendOrdered(nil, id)))
	if err != nil {
		return core.Provenance{}, err
	}
	if !found {
		return core.Provenance{}, errOrigin
	}
	o, err := readOrigin(value)
	if err == nil && !s.t.writable {
		s.t.s.keepOrigin(key, o)
	}
	return o, err
}

func (s *session) origin(key originKey) (core.Provenance, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.origins[key]
	return o, ok
}

func (s *session) keepOrigin(key originKey, o core.Provenance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.origins[key] = o
}
