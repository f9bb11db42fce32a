// Package sdktest plays the home to a connector in tests: [Host] answers its
// requests from memory, makes its HTTP requests for real, and keeps what it
// saves from one run to the next. It is no sandbox and no vault: a connector
// that passes here is tried confined by the home's own tests.
package sdktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// A Program speaks the protocol until it ends. Returning nil stands for exit
// status 0. A connector's is its Serve method.
type Program func(in io.Reader, out io.Writer) error

// A Host is a home for one source of one connector. The zero Host is ready:
// mode pull, nothing filled in, on 2026-03-15 in Paris, in French. A function
// that is nil makes the op unknown to the connector. A Host runs one program
// at a time.
type Host struct {
	Mode    protocol.Mode     // pull unless given
	Config  map[string]string // fields that are no secret
	Secrets map[string]string // secret fields: shown as placeholders, filled in requests, scrubbed from replies
	Now     time.Time
	Zone    string
	Locale  string
	Input   *protocol.File // mode file: see AddFile
	Client  *http.Client   // nil means one with a cookie jar, kept between runs

	Select  func(html []byte, queries map[string]protocol.Query) (map[string][]map[string]string, error)
	PDFText func(pdf []byte) (pages []string, err error)
	Unzip   func(archive []byte) ([]Entry, error)
	Answer  func(protocol.AskRequest) (string, error)

	// See, unless nil, answers questions of kind image: it is given the picture.
	See func(q protocol.AskRequest, picture image.Image) (string, error)

	// Intercept, unless nil, sees every request first. Returning true makes
	// its frame the reply.
	Intercept func(op protocol.Op, f protocol.Frame) (protocol.Frame, bool)

	State   json.RawMessage // as last saved
	records []record.Record // committed, in the order of arrival
	index   map[record.Key]int
	files   []file
}

// An Entry is a file within an archive.
type Entry struct {
	Name string
	Data []byte
}

type file struct {
	about protocol.File
	data  []byte
}

// A Result is how a run ended.
type Result struct {
	Err      error           // what the program returned; nil commits what was emitted last
	Problem  *protocol.Error // what it told with op fail, or nil
	Counts   protocol.EmitReply
	Saves    int // with and without state
	Requests int // HTTP
	Log      []string
}

// Code returns the code of the problem, "" for none.
func (r Result) Code() protocol.Code {
	if r.Problem == nil {
		return ""
	}
	return r.Problem.Code
}

// Run runs p once, to its end. Its error says how p broke the protocol, as when
// it emits data that do not fit their type; how the run went is in the Result.
func (h *Host) Run(p Program) (Result, error) {
	if err := h.prepare(); err != nil {
		return Result{}, err
	}
	fromHost, toProgram := io.Pipe()
	fromProgram, toHost := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := p(fromHost, toHost)
		toHost.Close()
		fromHost.Close()
		ended <- err
	}()
	r := &run{host: h}
	broken := r.serve(protocol.NewReader(fromProgram), protocol.NewWriter(toProgram))
	toProgram.Close()
	fromProgram.Close()
	r.result.Err = <-ended
	if broken == nil && r.result.Err == nil && h.mode() != protocol.ModeCheck {
		r.commit()
	}
	return r.result, broken
}

func (h *Host) prepare() error {
	if h.index == nil {
		h.reindex()
	}
	if h.Client != nil {
		return nil
	}
	jar, err := cookiejar.New(nil)
	h.Client = &http.Client{Jar: jar}
	return err
}

// Records returns the records committed so far, in the order of arrival.
func (h *Host) Records() []record.Record { return slices.Clone(h.records) }

// Data decodes the data of every committed record of type t.
func Data[T any](h *Host, t record.Type) ([]T, error) {
	var all []T
	for _, r := range h.records {
		if r.Type != t {
			continue
		}
		var v T
		if err := json.Unmarshal(r.Data, &v); err != nil {
			return nil, fmt.Errorf("%s %q: %w", r.Type, r.ID, err)
		}
		all = append(all, v)
	}
	return all, nil
}

// AddFile gives the home a file, such as the Input of mode file.
func (h *Host) AddFile(name, mediaType string, data []byte) *protocol.File {
	f := protocol.File{ID: protocol.FileID(fmt.Sprintf("f%d", len(h.files)+1)), Name: name, MediaType: mediaType, Size: int64(len(data))}
	h.files = append(h.files, file{f, data})
	return &f
}

// FileData returns the bytes of a file, such as one attached to a record.
func (h *Host) FileData(id protocol.FileID) ([]byte, bool) {
	for _, f := range h.files {
		if f.about.ID == id {
			return f.data, true
		}
	}
	return nil, false
}

func (h *Host) mode() protocol.Mode {
	if h.Mode == "" {
		return protocol.ModePull
	}
	return h.Mode
}

func (h *Host) ops() []protocol.Op {
	return slices.DeleteFunc(protocol.Ops(), func(op protocol.Op) bool {
		return op == protocol.OpSelect && h.Select == nil || op == protocol.OpPDFText && h.PDFText == nil ||
			op == protocol.OpUnzip && h.Unzip == nil || op == protocol.OpAsk && h.Answer == nil && h.See == nil
	})
}

func (h *Host) start() protocol.Start {
	s := protocol.Start{Protocol: protocol.Version, Ops: h.ops(), Mode: h.mode(), Config: map[string]string{},
		State: h.State, Now: h.Now, Zone: h.Zone, Locale: h.Locale, File: h.Input, Limits: protocol.DefaultLimits()}
	for name, value := range h.Config {
		s.Config[name] = value
	}
	for name := range h.Secrets {
		s.Config[name] = protocol.Placeholder(name)
	}
	if s.Zone == "" {
		s.Zone = "Europe/Paris"
	}
	if s.Locale == "" {
		s.Locale = "fr"
	}
	if s.Now.IsZero() {
		s.Now = time.Date(2026, 3, 15, 9, 0, 0, 0, time.FixedZone("", 3600))
	}
	return s
}

// scrub replaces every secret in text by its placeholder.
func (h *Host) scrub(text string) string {
	for name, value := range h.Secrets {
		if value != "" {
			text = strings.ReplaceAll(text, value, protocol.Placeholder(name))
		}
	}
	return text
}

// problem makes the "error" of a reply out of err.
func problem(err error, otherwise protocol.Code) *protocol.Error {
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		return e
	}
	return &protocol.Error{Code: otherwise, Message: protocol.Text(err)}
}
