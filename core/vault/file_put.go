package vault

import (
	"errors"

	"github.com/domicile-home/domicile/core"
)

// PutFile makes a staged file one of the source's, in the transaction that
// writes the records referring to it. A file the source has already keeps its
// id, and the staged bytes go. It returns Invalid for a file of another source
// or one discarded, and Locked for one staged before the last Lock.
func (s *Space) PutFile(f *StagedFile) (core.FileID, error) {
	if err := s.t.use(true); err != nil {
		return 0, err
	}
	st := f.stage
	switch {
	case st.s != s.t.s:
		return 0, core.E(core.Locked, "put file", nil)
	case st.source != s.id:
		return 0, core.E(core.Invalid, "put file", errors.New("the file is of another source"))
	}
	if id := st.putAs(); id != 0 {
		return id, nil
	}
	if id, ok := s.t.staged[st]; ok {
		return id, nil
	}
	if st.hasEnded() {
		return 0, core.E(core.Invalid, "put file", errors.New("the file was discarded"))
	}
	id, err := s.sameFile(st)
	if err != nil {
		return 0, err
	}
	if id != 0 {
		return id, s.useTwin(st, id)
	}
	return s.addFile(st)
}

func (st *stage) putAs() core.FileID {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.file
}

func (st *stage) hasEnded() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.ended
}

// sameFile returns the file of the source that has st's content, or 0.
func (s *Space) sameFile(st *stage) (core.FileID, error) {
	value, found, err := s.tree.get(s.hashName(st.record.sum))
	if err != nil || !found {
		return 0, err
	}
	id, rest, ok := readOrdered(value)
	if !ok || len(rest) > 0 {
		return 0, errFile
	}
	return core.FileID(id), nil
}

// useTwin puts file id in st's place.
func (s *Space) useTwin(st *stage, id core.FileID) error {
	twin, err := s.file(id)
	if err != nil {
		return err
	}
	if len(st.record.extents) > 0 {
		s.t.freeChunks(st.record.extents)
		if _, err := s.tree.deleteItem(s.stagedName(st)); err != nil {
			return err
		}
	}
	s.put(st, id, *twin)
	return nil
}

// put notes that st is file id, and that it is so for good once committed.
func (s *Space) put(st *stage, id core.FileID, record fileRecord) {
	if s.t.staged == nil {
		s.t.staged = make(map[*stage]core.FileID)
	}
	s.t.staged[st] = id
	s.t.after = append(s.t.after, func() {
		st.mu.Lock()
		defer st.mu.Unlock()
		st.record, st.waiting, st.file = record, nil, id
	})
}

// addFile gives st an id and writes its record.
func (s *Space) addFile(st *stage) (core.FileID, error) {
	state, err := s.counters()
	if err != nil {
		return 0, err
	}
	state.file++
	state.changed = true
	id := core.FileID(state.file)
	record := st.record
	record.extents, record.added = st.place(s.t), s.t.v.o.Clock().UnixNano()
	if err := s.tree.putItem(s.fileName(id), record.encode()); err != nil {
		return 0, err
	}
	if err := s.tree.putItem(s.hashName(record.sum), appendOrdered(nil, uint64(id))); err != nil {
		return 0, err
	}
	if len(st.record.extents) > 0 {
		if _, err := s.tree.deleteItem(s.stagedName(st)); err != nil {
			return 0, err
		}
	}
	s.put(st, id, record)
	return id, s.addTwin(id, record.sum)
}
