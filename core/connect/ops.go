package connect

import (
	"context"
	"fmt"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// none is the "ok" member of a reply that says nothing more.
type none struct{}

func (s *session) emit(ctx context.Context, req protocol.EmitRequest, _ []byte) (any, []byte, error) {
	if err := s.room(req); err != nil {
		return nil, nil, err
	}
	staged, size, err := s.stageAll(req)
	if err != nil {
		return nil, nil, err
	}
	batch := s.batch()
	batch.Records, batch.Forgotten = staged, req.Forgotten
	if s.bytes+size > protocol.MaxSaveBytes {
		return nil, nil, &protocol.Error{Code: protocol.Limit, Message: "more than 16 MiB between two saves"}
	}
	var counts ingest.Counts
	if s.mode != protocol.ModeCheck {
		if counts, err = s.c.Ingest.Preview(ctx, batch); err != nil {
			return nil, nil, err
		}
	}
	if s.rehearsal != nil {
		s.rehearsal.see(req.Records, counts)
		s.emitted += len(req.Records)
	} else {
		s.hold(req, staged, size)
	}
	return protocol.EmitReply{Added: counts.Added, Updated: counts.Updated, Unchanged: counts.Unchanged, Forgotten: counts.Forgotten}, nil, nil
}

// stageAll checks the records of an emit and returns the bytes of their data.
func (s *session) stageAll(req protocol.EmitRequest) (all []ingest.Staged, size int, err error) {
	for _, r := range req.Records {
		staged, err := s.stage(r)
		if err != nil {
			return nil, 0, err
		}
		size += len(staged.Record.Data)
		all = append(all, staged)
	}
	return all, size, nil
}

// hold keeps what was emitted until the next save.
func (s *session) hold(req protocol.EmitRequest, staged []ingest.Staged, size int) {
	s.records = append(s.records, staged...)
	s.forgotten = append(s.forgotten, req.Forgotten...)
	s.bytes += size
	s.emitted += len(req.Records)
}

// room refuses an emit beyond the bounds of a run or of a save.
func (s *session) room(req protocol.EmitRequest) error {
	most := s.limits().Records
	switch {
	case most > 0 && s.emitted+len(req.Records) > most:
		return &protocol.Error{Code: protocol.Limit, Message: fmt.Sprintf("more than %d records in a run", most)}
	case len(s.records)+len(req.Records)+len(s.forgotten)+len(req.Forgotten) > protocol.MaxSaveRecords:
		return &protocol.Error{Code: protocol.Limit, Message: fmt.Sprintf("more than %d records between two saves", protocol.MaxSaveRecords)}
	}
	return nil
}

// stage checks one record and attaches its files.
func (s *session) stage(r record.Record) (ingest.Staged, error) {
	var attached []ingest.File
	for _, ref := range r.Files {
		f, ok := s.files.get(protocol.FileID(ref.File))
		if !ok {
			return ingest.Staged{}, &protocol.Error{Code: protocol.NotFound, Message: fmt.Sprintf("no file %q", ref.File)}
		}
		attached = append(attached, f.attach(ref.Name))
	}
	staged, err := s.c.Ingest.Stage(r, s.evidence, attached)
	staged.Part = s.part
	return staged, err
}

// batch is what a commit of this run begins with.
func (s *session) batch() ingest.Batch {
	b := ingest.Batch{Source: s.source.ID, Provenance: s.provenance(), Import: s.mode == protocol.ModeFile}
	for _, name := range s.p.Manifest.Produces {
		b.Produces = append(b.Produces, record.Type(name))
	}
	return b
}

func (s *session) save(ctx context.Context, req protocol.SaveRequest, _ []byte) (any, []byte, error) {
	if len(req.State) > protocol.MaxState {
		return nil, nil, &protocol.Error{Code: protocol.Limit, Message: "state over 1 MiB"}
	}
	if req.State != nil {
		s.state = req.State
	}
	return none{}, nil, s.commit(ctx, moreComes)
}

func (s *session) progress(_ context.Context, req protocol.ProgressRequest, _ []byte) (any, []byte, error) {
	if s.act != nil {
		s.act.update(func(r *Run) { r.Progress = Progress{req.Done, req.Total, clip(s.scrub(req.Message), maxMessage)} })
	}
	return none{}, nil, nil
}

const maxMessage = 500 // bytes of a progress or problem message

func (s *session) logLine(_ context.Context, req protocol.LogRequest, _ []byte) (any, []byte, error) {
	switch req.Level {
	case "debug", "info", "warn", "error":
	default:
		return nil, nil, &protocol.Error{Code: protocol.Invalid, Message: "level is debug, info, warn or error"}
	}
	s.log.add(s.c.Clock(), req.Level, s.secrets.scrub(req.Message))
	if req.Level == "warn" && s.mode == protocol.ModeFile {
		s.note(clip(s.scrub(req.Message), maxMessage))
	}
	return none{}, nil, nil
}

const maxRunNotes = 20 // of a run's row; the log has all

// note keeps a warning about a file where it is shown first.
func (s *session) note(text string) {
	if s.rehearsal != nil {
		s.rehearsal.note(text)
		return
	}
	if len(s.act.snapshot().Notes) < maxRunNotes {
		s.update(func(r *Run) { r.Notes = append(slices.Clip(r.Notes), text) })
	}
}

func (s *session) fail(_ context.Context, req protocol.FailRequest, _ []byte) (any, []byte, error) {
	if !req.Code.IsProblem() {
		return nil, nil, &protocol.Error{Code: protocol.Invalid, Message: fmt.Sprintf("no problem code %q", req.Code)}
	}
	s.problem = &Problem{Code: req.Code, Message: clip(s.scrub(req.Message), maxMessage), RetryAfter: max(0, req.RetryAfter), Columns: s.columns.proposal()}
	return none{}, nil, nil
}

// scrub takes the secrets, and what the person answered, out of text that is
// kept.
func (s *session) scrub(text string) string { return s.log.scrub(s.secrets.scrub(text)) }

func (s *session) runID() core.RunID {
	if s.act == nil {
		return 0
	}
	return s.act.snapshot().ID
}

// clip bounds text to n bytes, whole characters.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && text[n]&0xC0 == 0x80 {
		n--
	}
	return text[:n]
}
