package sdk

import (
	"fmt"
	"os"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// A Question is for the person. Prompt is a key of the connector's strings;
// Args fill its {name} places.
type Question struct {
	Kind    protocol.AskKind // AskText unless given
	Prompt  string
	Args    map[string]string
	Options []string // AskChoice
	Image   []byte   // AskImage: a JPEG or a PNG, at most [protocol.MaxAskImage]
	Again   bool     // AskImage: the connector can offer another, for the answer ""
}

// Ask puts q to the person and waits for the answer, a day if need be: the
// home may end the connector meanwhile and replay it up to here. The manifest
// names the kind under interactive. It returns [protocol.ActionNeeded] when
// nobody answers and [protocol.Blocked] for a kind that is not declared.
//
// What a person sees of Image is drawn anew by the home, in a process that can
// do nothing else, and smaller where it is large: nothing of the bytes goes
// further. One that is no JPEG or PNG is refused with [protocol.InvalidFile],
// one that is too large with [protocol.Limit].
func (s *Session) Ask(q Question) (string, error) {
	if q.Kind == "" {
		q.Kind = protocol.AskText
	}
	var out protocol.AskReply
	_, err := s.home.Call(protocol.OpAsk,
		protocol.AskRequest{Kind: q.Kind, Prompt: q.Prompt, Args: q.Args, Options: q.Options, Again: q.Again}, q.Image, &out)
	return out.Answer, err
}

// Columns asks which column of a file's table is what, and returns the answer
// in the form of t.Said. The connector checks it, and asks again with Faults
// when it cannot be taken. Prompt is a key of the connector's strings. The
// manifest names [protocol.AskColumns] under interactive. It returns
// [protocol.InvalidFile] when nobody says more.
func (s *Session) Columns(prompt string, t protocol.Table) (string, error) {
	var out protocol.AskReply
	_, err := s.home.Call(protocol.OpAsk, protocol.AskRequest{Kind: protocol.AskColumns, Prompt: prompt, Table: &t}, nil, &out)
	return out.Answer, err
}

// TOTP returns a placeholder for the present one-time code of a secret field
// of kind totp, to be used in a request. It returns [protocol.NotFound].
func (s *Session) TOTP(field string) (string, error) {
	var out protocol.TOTPReply
	_, err := s.home.Call(protocol.OpTOTP, protocol.TOTPRequest{Secret: field}, nil, &out)
	return out.Placeholder, err
}

// Secret returns the placeholder of the secret field name, which the home
// fills in the requests that the manifest declares.
func Secret(name string) string { return protocol.Placeholder(name) }

// Bearer returns the value of the header Authorization that carries the access
// token of the sign-in described by the manifest's oauth. The home fills the
// token in, at the hosts declared there, and renews it. Without a good sign-in
// such a request is refused with [protocol.AuthExpired] or
// [protocol.ConsentExpired]: return that error, and the person is asked to sign
// in again.
func Bearer() string { return "Bearer " + protocol.Placeholder(protocol.OAuthToken) }

// Progress tells the person how far the run is; a total of 0 means unknown.
func (s *Session) Progress(done, total int) {
	s.tell(protocol.OpProgress, protocol.ProgressRequest{Done: done, Total: total})
}

// Logf adds a line to the run's log, which only the person reads.
func (s *Session) Logf(format string, args ...any) { s.log("info", format, args) }

// Warnf adds a line that stands out to the run's log.
func (s *Session) Warnf(format string, args ...any) { s.log("warn", format, args) }

func (s *Session) log(level, format string, args []any) {
	s.tell(protocol.OpLog, protocol.LogRequest{Level: level, Message: fmt.Sprintf(format, args...)})
}

// tell sends what needs no answer. A refusal is no reason to stop the run; if
// the home is gone, the next call says so.
func (s *Session) tell(op protocol.Op, body any) {
	if _, err := s.home.Call(op, body, nil, nil); err != nil && s.home.Broken() == nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", op, err)
	}
}
