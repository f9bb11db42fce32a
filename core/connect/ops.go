package connect

import (
	"context"
	"fmt"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// none is the "ok" member of a reply that says nothing more.
type none struct{}

func (s *session) emit(ctx context.Context, req protocol.EmitRequest, _ []byte) (any, []byte, error) {
	if err := s.room(req); err != nil {
		return nil, nil, err
	}
	batch := s.batch()
	batch.Forgotten = req.Forgotten
	size := 0
	for _, r := range req.Records {
		staged, err := s.stage(r)
		if err != nil {
			return nil, nil, err
		}
		size += len(staged.Record.Data)
		batch.Records = append(batch.Records, staged)
	}
	if s.bytes+size > protocol.MaxSaveBytes {
		return nil, nil, &protocol.Error{Code: protocol.Limit, Message: "more than 16 MiB between two saves"}
	}
	var counts ingest.Counts
	if s.mode != protocol.ModeCheck {
		var err error
		if counts, err = s.c.Ingest.Preview(ctx, batch); err != nil {
			return nil, nil, err
		}
	}
	if s.rehearsal != nil {
		s.rehearsal.see(req.Records, counts)
		s.emitted += len(req.Records)
		return protocol.EmitReply{Added: counts.Added, Updated: counts.Updated, Unchanged: counts.Unchanged, Forgotten: counts.Forgotten}, nil, nil
	}
	s.records = append(s.records, batch.Records...)
	s.forgotten = append(s.forgotten, batch.Forgotten...)
	s.bytes += size
	s.emitted += len(req.Records)
	return protocol.EmitReply{Added: counts.Added, Updated: counts.Updated, Unchanged: counts.Unchanged, Forgotten: counts.Forgotten}, nil, nil
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
	return s.c.Ingest.Stage(r, s.evidence, attached)
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

// question waits for the person, off the run's clock.
func (s *session) question(ctx context.Context, req protocol.AskRequest, payload []byte) (any, []byte, error) {
	prompt := s.p.Text(s.c.Locale, req.Prompt)
	if prompt == "" {
		return nil, nil, &protocol.Error{Code: protocol.Invalid, Message: "prompt is no string of the connector"}
	}
	if s.ask == nil {
		return nil, nil, &protocol.Error{Code: protocol.ActionNeeded, Message: "nobody is there to answer"}
	}
	const wait = 10 * time.Minute
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	resume := sandbox.Waiting(ctx)
	answer, err := s.ask(ctx, Question{Kind: req.Kind, Prompt: prompt, Args: req.Args, Options: req.Options, Image: payload})
	resume()
	if err != nil {
		return nil, nil, err
	}
	return protocol.AskReply{Answer: answer}, nil, nil
}

func (s *session) progress(_ context.Context, req protocol.ProgressRequest, _ []byte) (any, []byte, error) {
	if s.act != nil {
		s.act.update(func(r *Run) { r.Progress = Progress{req.Done, req.Total, clip(req.Message, maxMessage)} })
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
	return none{}, nil, nil
}

func (s *session) fail(_ context.Context, req protocol.FailRequest, _ []byte) (any, []byte, error) {
	if !req.Code.IsProblem() {
		return nil, nil, &protocol.Error{Code: protocol.Invalid, Message: fmt.Sprintf("no problem code %q", req.Code)}
	}
	s.problem = &Problem{Code: req.Code, Message: clip(s.secrets.scrub(req.Message), maxMessage), RetryAfter: max(0, req.RetryAfter)}
	return none{}, nil, nil
}

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
