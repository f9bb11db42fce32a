package connect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// recall puts the session where it stood when its run was parked. What the
// program said and heard tells most of it: the exchanges are gone through as
// they were, without doing again what they did outside.
func (s *session) recall(ctx context.Context) error {
	var past []sandbox.Exchange
	err := s.c.Vault.View(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(s.source.ID)
		if err != nil {
			return err
		}
		if s.parked, past, err = readParked(space); err != nil || s.parked == nil {
			return err
		}
		return s.recallLines(tx)
	})
	if err != nil {
		return err
	}
	if s.parked == nil || s.parked.Run != s.runID() {
		return core.E(core.Damaged, "resume run", fmt.Errorf("run %d is not kept", s.runID()))
	}
	s.seed, s.began, s.problem, s.total = s.parked.Seed, s.parked.Start, s.parked.Problem, s.act.snapshot().Counts
	if s.jar, err = fetch.NewJar(s.parked.Cookies); err != nil {
		return err
	}
	for _, f := range s.parked.Files {
		if err := s.recallFile(ctx, f); err != nil {
			return err
		}
	}
	s.tape.exchanges = nil
	for _, e := range past {
		if err := s.recallExchange(e); err != nil {
			return fmt.Errorf("resume run: %w", err)
		}
		if err := s.tape.record(e); err != nil {
			return err
		}
	}
	s.log.add(s.c.Clock(), "info", fmt.Sprintf("answered; %d exchanges are replayed", len(past)))
	return nil
}

// recallLines lets the log and the list of connections count on.
func (s *session) recallLines(tx *vault.Tx) error {
	lines, err := readLines[LogLine](tx, s.source.ID, runLines, s.runID())
	if err != nil {
		return err
	}
	hops, err := readLines[fetch.Hop](tx, s.source.ID, runHops, s.runID())
	if err != nil {
		return err
	}
	s.hops.next = uint32(len(hops))
	s.log.resume(lines, s.parked.Logged)
	return nil
}

func (s *session) recallFile(ctx context.Context, f parkedFile) error {
	staged, err := s.c.Vault.Restage(ctx, s.source.ID, f.In)
	if err != nil {
		return err
	}
	s.files.put(&runFile{File: f.File, staged: staged})
	return nil
}

// recallExchange does to the session what the exchange did.
func (s *session) recallExchange(e sandbox.Exchange) error {
	var head struct {
		Op protocol.Op `json:"op"`
	}
	if err := json.Unmarshal(e.Request.Line, &head); err != nil {
		return err
	}
	var reply struct {
		OK json.RawMessage `json:"ok"`
	}
	if err := json.Unmarshal(e.Reply.Line, &reply); err != nil || reply.OK == nil {
		return err // refused: nothing was done
	}
	switch head.Op {
	case protocol.OpStart:
		s.started = true
	case protocol.OpHTTP:
		return s.recallHTTP(reply.OK, e.Reply.Payload)
	case protocol.OpEmit:
		return s.recallEmit(e.Request.Line)
	case protocol.OpSave:
		s.records, s.forgotten, s.bytes = nil, nil, 0 // state and records are in the vault
	case protocol.OpPDFText:
		return s.recallText(e.Request.Line, reply.OK)
	case protocol.OpTOTP:
		s.codes++
	case protocol.OpAsk:
		return s.recallAnswer(e.Request.Line, reply.OK)
	}
	return nil
}

func (s *session) recallHTTP(ok json.RawMessage, payload []byte) error {
	var reply protocol.HTTPReply
	if err := json.Unmarshal(ok, &reply); err != nil {
		return err
	}
	if reply.File == nil {
		sum := sha256.Sum256(payload)
		s.evidence = hex.EncodeToString(sum[:])
		return nil
	}
	f, err := s.file(reply.File.ID)
	if err != nil {
		return err
	}
	s.evidence = f.staged.SHA256()
	return nil
}

func (s *session) recallEmit(line []byte) error {
	var req protocol.EmitRequest
	if err := json.Unmarshal(line, &req); err != nil {
		return err
	}
	staged, size, err := s.stageAll(req)
	if err != nil {
		return err
	}
	s.hold(req, staged, size)
	return nil
}

func (s *session) recallText(line []byte, ok json.RawMessage) error {
	var req protocol.FileRequest
	var reply protocol.PDFTextReply
	if err := json.Unmarshal(line, &req); err != nil {
		return err
	}
	if err := json.Unmarshal(ok, &reply); err != nil {
		return err
	}
	f, err := s.file(req.File)
	if err != nil {
		return err
	}
	f.text = reply.Pages
	return nil
}

func (s *session) recallAnswer(line []byte, ok json.RawMessage) error {
	var req protocol.AskRequest
	var reply protocol.AskReply
	if err := json.Unmarshal(line, &req); err != nil {
		return err
	}
	if err := json.Unmarshal(ok, &reply); err != nil {
		return err
	}
	s.asked++
	s.log.hide(req.Kind, reply.Answer)
	return nil
}
