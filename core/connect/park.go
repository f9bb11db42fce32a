package connect

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A run that waits for an answer is kept in its source's own space before it
// waits: what cannot be told from its frames under keyParked, and the frames.
// Whatever ends the wait in memory, a minute, a lock or a crash, the answer
// resumes the run by replaying them.
const (
	runFrames vault.Keyspace = 'F' // number of the exchange (u32 big endian) -> exchange
	keyParked                = "parked"
)

// Bounds of a question.
const (
	maxFrames    = 16 << 20       // bytes of frames that a run may have to be parked
	maxQuestions = 20             // of one run
	answerWithin = 24 * time.Hour // then the run fails
)

// parked is a run that waits, beside its row and its frames.
type parked struct {
	Run     core.RunID          `json:"run"`
	Seed    [32]byte            `json:"seed"`
	Start   time.Time           `json:"start"`           // of the program's clock
	Ask     protocol.AskRequest `json:"ask"`             // the request to be answered
	Given   string              `json:"given,omitempty"` // SHA-256 of its payload, hex
	Image   []byte              `json:"image,omitempty"` // as the home encoded it
	Until   time.Time           `json:"until"`
	Cookies json.RawMessage     `json:"cookies,omitempty"`
	Carry   fetch.Carry         `json:"carry"`
	Files   []parkedFile        `json:"files,omitempty"`
	Logged  int64               `json:"logged"`            // bytes of standard error that are in the log
	Problem *Problem            `json:"problem,omitempty"` // reported before the question
	// Answered says that the run goes on: only its files still matter.
	Answered bool `json:"answered,omitempty"`
}

// A parkedFile is a file of the run, kept as a file of the vault meanwhile.
type parkedFile struct {
	protocol.File
	In   core.FileID `json:"in"`
	Ours bool        `json:"ours"` // nothing but the run refers to it
}

// A tape holds the exchanges of a run that may be parked.
type tape struct {
	exchanges []sandbox.Exchange
	size      int
	full      bool // over maxFrames: it was given up
}

// record implements sandbox.Options.Record.
func (t *tape) record(e sandbox.Exchange) error {
	if t.full {
		return nil
	}
	t.size += len(e.Request.Line) + len(e.Request.Payload) + len(e.Reply.Line) + len(e.Reply.Payload)
	if t.size > maxFrames {
		t.full, t.exchanges = true, nil
		return nil
	}
	t.exchanges = append(t.exchanges, e)
	return nil
}

// park writes the run as it waits for the answer to ask, which the person reads
// as q, in one transaction.
func (s *session) park(ctx context.Context, ask protocol.AskRequest, q Question) error {
	row := s.act.snapshot()
	waits(q)(&row)
	p := parked{Run: row.ID, Seed: s.seed, Start: s.began, Ask: ask, Given: q.given, Image: q.Image, Until: q.Until, Problem: s.problem}
	if s.client != nil {
		cookies, err := s.jar.State()
		if err != nil {
			return err
		}
		p.Cookies, p.Carry = cookies, s.client.Carry()
	}
	for _, f := range s.files.byID {
		if err := f.staged.Flush(); err != nil {
			return err
		}
	}
	now := s.c.Clock()
	err := s.c.Vault.Update(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(s.source.ID)
		if err != nil {
			return err
		}
		p.Files = nil
		for _, f := range s.files.byID {
			kept, err := keepParked(space, f, now)
			if err != nil {
				return err
			}
			kept.Ours = kept.Ours || slices.ContainsFunc(s.kept, func(k parkedFile) bool { return k.Ours && k.In == kept.In })
			p.Files = append(p.Files, kept)
		}
		if err := s.tape.write(space); err != nil {
			return err
		}
		p.Logged, err = s.writeRun(space, row)
		if err != nil {
			return err
		}
		return putJSON(space, keyParked, p)
	})
	if err != nil {
		return err
	}
	s.log.done()
	s.hops.done()
	s.parked = &p
	return nil
}

// keepParked makes a file of the run one of the vault's.
func keepParked(space *vault.Space, f *runFile, now time.Time) (parkedFile, error) {
	id, err := space.PutFile(f.staged)
	if err != nil {
		return parkedFile{}, err
	}
	info, err := space.File(id)
	return parkedFile{File: f.File, In: id, Ours: info.Uses == 0 && !info.Added.Before(now.UTC())}, err
}

// unpark forgets the parked run: from here on it can only be run again.
func (s *session) unpark(ctx context.Context) error {
	err := s.c.inSpace(ctx, s.source.ID, func(space *vault.Space) error {
		if err := dropParked(space); err != nil {
			return err
		}
		if len(s.parked.Files) > 0 {
			if err := putJSON(space, keyParked, parked{Run: s.parked.Run, Files: s.parked.Files, Answered: true}); err != nil {
				return err
			}
		}
		return writeRun(space, s.act.snapshot())
	})
	if err == nil {
		s.kept, s.parked = s.parked.Files, nil
	}
	return err
}

// dropParked removes what park wrote, the row and the files apart.
func dropParked(space *vault.Space) error {
	var keys [][]byte
	for entry, err := range space.Scan(runFrames, vault.Range{}) {
		if err != nil {
			return err
		}
		keys = append(keys, append([]byte(nil), entry.Key...))
	}
	for _, key := range keys {
		if err := space.Delete(runFrames, key); err != nil {
			return err
		}
	}
	return space.Delete(settings, []byte(keyParked))
}

// dropKept removes the files that were kept for a parked run and that no
// record took.
func dropKept(space *vault.Space, files []parkedFile) error {
	for _, f := range files {
		if !f.Ours {
			continue
		}
		switch err := space.RemoveFile(f.In); core.CodeOf(err) {
		case "", core.Conflict, core.NotFound: // a record has it, or had and lost it
		default:
			return err
		}
	}
	return nil
}

// readParked returns the run that waits in space and its exchanges, or nil.
func readParked(space *vault.Space) (*parked, []sandbox.Exchange, error) {
	p, err := parkedIn(space)
	if err != nil || p == nil {
		return nil, nil, err
	}
	var all []sandbox.Exchange
	for entry, err := range space.Scan(runFrames, vault.Range{}) {
		if err != nil {
			return nil, nil, err
		}
		e, err := parseExchange(entry.Value)
		if err != nil {
			return nil, nil, core.E(core.Damaged, "read parked run", err)
		}
		all = append(all, e)
	}
	return p, all, nil
}

func parkedIn(space *vault.Space) (*parked, error) {
	text, err := optional(space, keyParked)
	if err != nil || text == nil {
		return nil, err
	}
	p := new(parked)
	if err := json.Unmarshal(text, p); err != nil {
		return nil, core.E(core.Damaged, "read parked run", err)
	}
	return p, nil
}

func (t *tape) write(space *vault.Space) error {
	for i, e := range t.exchanges {
		if err := space.Put(runFrames, binary.BigEndian.AppendUint32(nil, uint32(i)), appendExchange(nil, e)); err != nil {
			return err
		}
	}
	return nil
}

// appendExchange appends the form of an exchange at rest: the time, then each
// part after its length; a payload's length is one more, 0 for none.
func appendExchange(dst []byte, e sandbox.Exchange) []byte {
	dst = binary.AppendUvarint(dst, uint64(e.At))
	for _, f := range []protocol.Frame{e.Request, e.Reply} {
		dst = append(binary.AppendUvarint(dst, uint64(len(f.Line))), f.Line...)
		if f.Payload == nil {
			dst = binary.AppendUvarint(dst, 0)
			continue
		}
		dst = append(binary.AppendUvarint(dst, uint64(len(f.Payload))+1), f.Payload...)
	}
	return dst
}

var errExchange = errors.New("not an exchange")

// parseExchange reads what appendExchange wrote.
func parseExchange(b []byte) (e sandbox.Exchange, err error) {
	at, n := binary.Uvarint(b)
	if n <= 0 || at > 1<<62 {
		return e, errExchange
	}
	e.At, b = time.Duration(at), b[n:]
	for _, f := range []*protocol.Frame{&e.Request, &e.Reply} {
		if f.Line, b, err = cutPart(b, 0); err != nil {
			return e, err
		}
		if f.Payload, b, err = cutPart(b, 1); err != nil {
			return e, err
		}
	}
	if len(b) > 0 {
		return e, fmt.Errorf("%w: %d bytes too many", errExchange, len(b))
	}
	return e, nil
}

// cutPart cuts one part off b. With more 1, its length is one more than it is
// and 0 stands for nil.
func cutPart(b []byte, more uint64) (part, rest []byte, err error) {
	size, n := binary.Uvarint(b)
	if n <= 0 {
		return nil, nil, errExchange
	}
	b = b[n:]
	if size < more {
		return nil, b, nil
	}
	if size -= more; size > uint64(len(b)) {
		return nil, nil, errExchange
	}
	return append([]byte{}, b[:size]...), b[size:], nil
}

// putJSON writes a setting.
func putJSON(space *vault.Space, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return space.Put(settings, []byte(key), text)
}
