package connect

import (
	"context"
	"encoding/json"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Whether a commit is a run's last.
const (
	moreComes = false
	runEnds   = true
)

// commit writes what was emitted since the last save, with the cursor, the
// cookies, the log and the run's row, in one transaction.
func (s *session) commit(ctx context.Context, last bool) error {
	if s.mode == protocol.ModeCheck || s.rehearsal != nil {
		return nil
	}
	b := s.batch()
	b.Records, b.Forgotten, b.Last = s.records, s.forgotten, last
	b.Extra = func(space *vault.Space, counts ingest.Counts) error {
		total := s.total
		total.Add(counts)
		s.update(func(r *Run) { r.Counts = total })
		return s.writeBeside(space)
	}
	counts, err := s.c.Ingest.Commit(ctx, b)
	if err != nil {
		s.update(func(r *Run) { r.Counts = s.total })
		return err
	}
	s.log.done()
	s.hops.done()
	s.records, s.forgotten, s.bytes = nil, nil, 0
	s.total.Add(counts)
	s.source.Adding = false // proved
	return nil
}

func (s *session) provenance() core.Provenance {
	m := s.p.Manifest
	return core.Provenance{Run: s.runID(), Connector: m.ID, Version: m.Version, Module: m.SHA256, At: s.c.Clock().UTC()}
}

// writeBeside writes what belongs to the run into the commit of its records.
func (s *session) writeBeside(space *vault.Space) error {
	if s.state != nil {
		if err := space.Put(settings, []byte(keyState), s.state); err != nil {
			return err
		}
	}
	if s.client != nil {
		cookies, err := s.jar.State()
		if err != nil {
			return err
		}
		if err := space.Put(settings, []byte(keyCookies), cookies); err != nil {
			return err
		}
	}
	if err := s.keepInput(space); err != nil {
		return err
	}
	if err := s.prove(space); err != nil {
		return err
	}
	_, err := s.writeRun(space, s.act.snapshot())
	return err
}

// keepInput makes the imported file a file of the vault, once.
func (s *session) keepInput(space *vault.Space) error {
	if s.input == nil || s.act.snapshot().File != nil {
		return nil
	}
	f := s.files.byID[s.input.ID]
	id, err := space.PutFile(f.staged)
	if err != nil {
		return err
	}
	s.update(func(r *Run) {
		r.File = &core.FileRef{File: id, Name: f.Name, MediaType: f.MediaType, Size: f.Size}
	})
	return nil
}

// writeRun writes r, the row, and the pending lines. It returns how much of the
// program's standard error is in them.
func (s *session) writeRun(space *vault.Space, r Run) (logged int64, err error) {
	if logged, err = s.log.write(space, r.ID); err != nil {
		return 0, err
	}
	if err := s.hops.write(space, runHops, r.ID); err != nil {
		return 0, err
	}
	return logged, writeRun(space, r)
}

func writeRun(space *vault.Space, r Run) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return space.Put(runRows, runKey(r.ID), text)
}
