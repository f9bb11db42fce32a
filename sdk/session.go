package sdk

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// A Session is one run of a connector: what it was started with, and what it
// may ask of the home. It is for one goroutine.
type Session struct {
	home  *protocol.Caller
	start protocol.Start
	file  protocol.FileID // read last
	emit  emission
}

// Mode returns what the run is for. In mode check a connector signs in and
// returns; what it emits is dropped. In mode file it reads [Session.File].
func (s *Session) Mode() protocol.Mode { return s.start.Mode }

// Config returns the field name as the person filled it in, "" when they did
// not. A secret field shows as its placeholder, to be used in a request.
func (s *Session) Config(name string) string { return s.start.Config[name] }

// State decodes the state that an earlier run last saved into v, a pointer. On
// the first run it leaves v as it is. It returns [protocol.Internal] when the
// state does not fit v.
func (s *Session) State(v any) error {
	if len(s.start.State) == 0 {
		return nil
	}
	if err := json.Unmarshal(s.start.State, v); err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	return nil
}

// Now returns when the run started, on the person's clock. It does not advance.
func (s *Session) Now() time.Time { return s.start.Now }

// Zone returns the IANA name of the person's zone, such as "Europe/Paris".
func (s *Session) Zone() string { return s.start.Zone }

// Locale returns the person's language: "en" or "fr".
func (s *Session) Locale() string { return s.start.Locale }

// Limits returns the bounds of this run.
func (s *Session) Limits() protocol.Limits { return s.start.Limits }

// File returns the file to read in mode file, the zero File in other modes.
func (s *Session) File() File {
	if s.start.File == nil {
		return File{}
	}
	return *s.start.File
}

// Offers reports whether this home knows op. Ops are only ever added.
func (s *Session) Offers(op protocol.Op) bool { return slices.Contains(s.start.Ops, op) }
