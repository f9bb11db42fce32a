package extract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Bounds of what a helper may ask for while it reads one file.
const (
	maxRange   = 256 << 10 // bytes at once
	readFactor = 8         // times the size of the file, all ranges together,
	readSlack  = 64 << 20  // and so many bytes more
	maxMessage = 300       // bytes of a helper's words in an error
)

// A request is one frame to a helper; its main package has the same.
type request struct {
	Op      string                    `json:"op"`
	Size    int64                     `json:"size,omitempty"`
	Index   int                       `json:"index,omitempty"`
	Offset  int64                     `json:"offset,omitempty"`
	Max     int                       `json:"max,omitempty"`
	Queries map[string]protocol.Query `json:"queries,omitempty"`
	Payload *int                      `json:"payload,omitempty"`
}

// An answer is a helper's reply: all that any of them says.
type answer struct {
	Want *struct {
		Offset int64 `json:"offset"`
		Length int64 `json:"length"`
	} `json:"want"`
	Pages     int    `json:"pages"`
	Files     int    `json:"files"`
	Width     int    `json:"width"`
	Height    int    `json:"height"`
	Truncated bool   `json:"truncated"`
	Damaged   bool   `json:"damaged"`
	Name      string `json:"name"`
	Size      int64  `json:"size"`
	End       bool   `json:"end"`
}

// A caller is a helper: it sends a frame and returns the reply.
type caller interface {
	Call(ctx context.Context, request protocol.Frame) (protocol.Frame, error)
}

// A talk is the exchange with one helper about one file. The helper is not
// trusted: what cannot come from ours ends it.
type talk struct {
	ctx    context.Context
	op     string
	helper caller
	file   io.ReaderAt
	size   int64
	left   int64         // bytes that it may still ask for
	heard  bool          // it has answered
	broken bool          // nothing more can be asked
	worked time.Duration // in its calls
}

func newTalk(ctx context.Context, op string, helper caller, file io.ReaderAt, size int64) *talk {
	return &talk{ctx: ctx, op: op, helper: helper, file: file, size: size, left: readFactor*size + readSlack}
}

// ask sends q and hands out the ranges of the file that the helper wants until
// it answers.
func (k *talk) ask(q request) (answer, []byte, error) {
	a, payload, err := k.exchange(q, nil)
	for err == nil && a.Want != nil {
		var part []byte
		if part, err = k.part(a.Want.Offset, a.Want.Length); err != nil {
			k.broken = true // it still waits for its bytes
			return answer{}, nil, err
		}
		n := len(part)
		a, payload, err = k.exchange(request{Op: "bytes", Payload: &n}, part)
	}
	return a, payload, err
}

// part reads a range of the file.
func (k *talk) part(offset, length int64) ([]byte, error) {
	if offset < 0 || length <= 0 || length > maxRange || offset > k.size-length {
		return nil, k.nonsense("it asked for %d bytes at %d of %d", length, offset, k.size)
	}
	if k.left -= length; k.left < 0 {
		return nil, core.E(protocol.Limit, k.op, errors.New("the file makes its reader go over it again and again"))
	}
	part := make([]byte, length)
	if n, err := k.file.ReadAt(part, offset); n < len(part) {
		return nil, fmt.Errorf("%s: read file: %w", k.op, err)
	}
	return part, nil
}

// exchange sends one frame and reads one.
func (k *talk) exchange(q request, payload []byte) (answer, []byte, error) {
	if k.broken {
		return answer{}, nil, core.E(protocol.Internal, k.op, errors.New("its helper has ended"))
	}
	line, err := json.Marshal(q)
	if err != nil {
		return answer{}, nil, core.E(core.Invalid, k.op, err)
	}
	if len(line) > protocol.MaxLine {
		return answer{}, nil, core.E(core.Invalid, k.op, fmt.Errorf("a request of %d bytes", len(line)))
	}
	start := time.Now()
	f, err := k.helper.Call(k.ctx, protocol.Frame{Line: line, Payload: payload})
	k.worked += time.Since(start)
	if err != nil {
		k.broken = true
		return answer{}, nil, k.ended(err)
	}
	k.heard = true
	return k.decode(f)
}

// ended classifies the end of the helper: once it was at work, what broke it
// was the file.
func (k *talk) ended(err error) error {
	if k.heard && core.CodeOf(err) == protocol.Internal && k.ctx.Err() == nil {
		return core.E(protocol.InvalidFile, k.op, fmt.Errorf("the file broke its reader: %w", err))
	}
	return err
}

// decode reads an answer or the error it holds.
func (k *talk) decode(f protocol.Frame) (answer, []byte, error) {
	var reply struct {
		OK    *answer         `json:"ok"`
		Error *protocol.Error `json:"error"`
	}
	if err := json.Unmarshal(f.Line, &reply); err != nil {
		return answer{}, nil, k.nonsense("it answered %v", err)
	}
	switch {
	case reply.Error != nil:
		return answer{}, nil, k.refusal(reply.Error)
	case reply.OK == nil:
		return answer{}, nil, k.nonsense("it answered nothing")
	}
	return *reply.OK, f.Payload, nil
}

// refusal is what a helper says of the file or of the request.
func (k *talk) refusal(e *protocol.Error) error {
	code := e.Code
	switch code {
	case protocol.InvalidFile, protocol.Limit, core.Invalid, protocol.Internal:
	default:
		code = protocol.InvalidFile
	}
	return core.E(code, k.op, errors.New(plainText(e.Message)))
}

// nonsense ends a helper that does what ours cannot do: a file has taken it over.
func (k *talk) nonsense(format string, args ...any) error {
	k.broken = true
	return core.E(protocol.InvalidFile, k.op, fmt.Errorf("the file broke its reader: "+format, args...))
}

// plainText bounds a helper's words and strips what a log or page could not show.
func plainText(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text[:min(len(text), maxMessage)], ""))
	return strings.TrimSpace(text)
}
