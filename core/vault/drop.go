package vault

import (
	"crypto/rand"
	"errors"
	"maps"
	"slices"

	"github.com/domicile-home/domicile/core"
)

// DropSpace drops a source with everything in it: its key is destroyed, and
// with the keyring's key the means to read older copies of it. The journal
// tells followers (OpDropped). What the space leaves in the file, unreadable,
// is removed by Sweep. [Vault.Shred] does the whole. It returns NotFound,
// Invalid for the home's own space, and Conflict when this transaction has
// changed the space.
//
// Sealers taken before are of no more use: ask for new ones.
func (t *Tx) DropSpace(id core.SourceID) error {
	if err := t.use(true); err != nil {
		return err
	}
	if id == core.Own {
		return core.E(core.Invalid, "drop space", errors.New("the home's own space stays"))
	}
	s, err := t.Space(id)
	if err != nil {
		return err
	}
	if len(s.tree.dirty) > 0 || s.state != nil && s.state.changed {
		return core.E(core.Conflict, "drop space", errors.New("the space was changed in the same transaction"))
	}
	t.UseBallast()
	left, err := s.leftovers()
	if err != nil {
		return err
	}
	if err := t.noteDrop(id, left); err != nil {
		return err
	}
	i, _ := t.root.find(id)
	t.root.spaces = slices.Delete(t.root.spaces, i, i+1)
	delete(t.spaces, id)
	t.changeRing()
	delete(t.ring, id)
	t.ring[cacheRing] = t.s.newRingKey(ringCache, t.root.seq+1)
	return t.renewRingKey()
}

// noteDrop writes the drop to the journal and its leftovers to the home's own
// space.
func (t *Tx) noteDrop(id core.SourceID, left leftovers) error {
	own, err := t.Space(core.Own)
	if err != nil {
		return err
	}
	change := t.nextChange()
	name := appendOrdered([]byte{byte(spaceChange)}, uint64(change))
	if err := own.tree.putItem(name, append([]byte{byte(OpDropped)}, id[:]...)); err != nil {
		return err
	}
	return own.tree.putItem(appendOrdered([]byte{byte(spaceGarbage)}, uint64(change)), left.encode())
}

// renewRingKey draws a new key for the keyring and wraps it in the header.
func (t *Tx) renewRingKey() error {
	t.krk = t.s.mem.key(keySize)
	rand.Read(t.krk)
	h := t.header
	if h == nil {
		copied := *t.v.currentHeader()
		h = &copied
	}
	seal(h.krk[:0], t.s.wrapper(), t.krk, h.vault.aad(sealWrap))
	h.sign(t.s.header)
	return t.setHeader(h)
}

// leftovers are the ids of what a dropped space has in the file.
type leftovers struct{ pages, values []extent }

func (l leftovers) encode() []byte {
	return appendExtents(appendExtents([]byte(nil), l.pages), l.values)
}

func decodeLeftovers(b []byte) (l leftovers, err error) {
	p := parser{b: string(b)}
	l.pages, l.values = p.extents(), p.extents()
	if p.bad || p.b != "" {
		return leftovers{}, core.E(core.Damaged, "sweep", errors.New("not leftovers of this format"))
	}
	return l, nil
}

// leftovers walks the space for all it has in the file, and takes its files
// out of the list of twins. A damaged page is passed over: a source that cannot
// be read can still be dropped.
func (s *Space) leftovers() (leftovers, error) {
	ids := struct{ pages, values map[uint64]bool }{make(map[uint64]bool), make(map[uint64]bool)}
	s.tree.walk(s.tree.root, 0, func(r ref, p page, err error) {
		ids.pages[r.id] = true
		if err != nil || !p.isLeaf() {
			return
		}
		for i := range p.count() {
			if c := p.cell(i); c.isRef {
				at, _ := readOutside(c.value)
				ids.values[at.id] = true
			}
		}
	})
	note := func(extents []extent) {
		for _, e := range extents {
			for i := range e.count {
				ids.values[e.first+i] = true
			}
		}
	}
	if err := s.noteFiles(note); err != nil && core.CodeOf(err) != core.Damaged {
		return leftovers{}, err
	}
	return leftovers{toExtents(ids.pages), toExtents(ids.values)}, nil
}

// noteFiles calls note with the extents of every file, staged ones too.
func (s *Space) noteFiles(note func([]extent)) error {
	var twin error
	err := s.eachFile(0, func(id core.FileID, f *fileRecord) bool {
		note(f.extents)
		twin = s.dropTwin(id, f.sum)
		return twin == nil
	})
	return errors.Join(err, twin, s.eachStaged(func(_ []byte, st stagedRecord) error {
		note(st.extents)
		return nil
	}))
}

func toExtents(ids map[uint64]bool) (extents []extent) {
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		extents = grown(extents, id)
	}
	return extents
}

// walk calls f with every page under r, parents first. A page that cannot be
// read is passed with the error and without what is below.
func (t *tree) walk(r ref, depth int, f func(ref, page, error)) {
	if r == (ref{}) {
		return
	}
	p, err := t.load(r)
	if err == nil && depth >= maxDepth {
		err = errDepth
	}
	f(r, p, err)
	if err != nil || p.isLeaf() {
		return
	}
	for i := range p.count() {
		t.walk(p.child(i), depth+1, f)
	}
}

// A stagedRecord notes the chunks of a file that was not put yet.
type stagedRecord struct {
	session [8]byte
	extents []extent
}

func decodeStaged(b []byte) (st stagedRecord, err error) {
	p := parser{b: string(b)}
	copy(st.session[:], p.take(8))
	st.extents = p.extents()
	if p.bad || p.b != "" {
		return st, core.E(core.Damaged, "read staged file", errors.New("not a staged file of this format"))
	}
	return st, nil
}

// eachStaged calls f with the space's staged files.
func (s *Space) eachStaged(f func(name []byte, st stagedRecord) error) error {
	c := s.scan(spaceStaged, Range{})
	for {
		ok, err := c.next()
		if err != nil || !ok {
			return err
		}
		value, err := c.tree.resolve(c.cell)
		if err != nil {
			return err
		}
		st, err := decodeStaged(value)
		if err != nil {
			return err
		}
		if err := f(c.key, st); err != nil {
			return err
		}
	}
}
