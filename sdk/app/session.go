package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// An App shows a view. Returning an error ends the run with that problem.
type App func(*Session) error

// Main runs a for the home on standard input and output, then exits: with 0
// when a returned nil, with 1 otherwise. It first points os.Stdout at standard
// error, which is the run's log, so that a stray print does no harm.
func Main(a App) {
	in, out := os.Stdin, os.Stdout
	os.Stdout = os.Stderr
	if err := a.Serve(in, out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Serve runs a once, its replies read from in and its requests written to out.
// It returns what a returned, after telling the home, or the reason why the home
// could not be spoken to.
func (a App) Serve(in io.Reader, out io.Writer) error {
	s := &Session{home: protocol.NewCaller(in, out)}
	if _, err := s.home.Call(protocol.OpStart, nil, nil, &s.start); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	err := a(s)
	if err == nil {
		return s.home.Broken()
	}
	return errors.Join(err, s.home.Fail(err))
}

// A Session is one run of an app: what it was started with, and what it may ask
// of the home.
type Session struct {
	home  *protocol.Caller
	start protocol.Start
}

// Mode returns view, action or background.
func (s *Session) Mode() protocol.Mode { return s.start.Mode }

// View returns which of its views the app is to show: "" is the first.
func (s *Session) View() string {
	if s.start.Show == nil {
		return ""
	}
	return s.start.Show.View
}

// Param returns what the person chose for name, "" for nothing.
func (s *Session) Param(name string) string {
	if s.start.Show == nil {
		return ""
	}
	return s.start.Show.Params[name]
}

// Config returns the field name of the manifest as the person filled it in.
func (s *Session) Config(name string) string { return s.start.Config[name] }

// Today returns midnight of the person's day, in their zone. It does not advance.
func (s *Session) Today() time.Time { return s.start.Now }

// Locale returns the person's language: "en" or "fr".
func (s *Session) Locale() string { return s.start.Locale }

// Granted returns what the app may read of t, and false for nothing.
func (s *Session) Granted(t record.Type) (protocol.Granted, bool) {
	for _, g := range s.start.Reads {
		if g.Type == t {
			return g, true
		}
	}
	return protocol.Granted{}, false
}

// Sees reports whether the app may read a field of t's records, one by one.
func (s *Session) Sees(t record.Type, field string) bool {
	g, ok := s.Granted(t)
	return ok && g.Granularity == protocol.Records && slices.Contains(g.Fields, field)
}

// State decodes what the app last saved into v, a pointer. Without any it leaves
// v as it is. A grant that was narrowed since has erased it.
func (s *Session) State(v any) error {
	if len(s.start.State) == 0 {
		return nil
	}
	if err := json.Unmarshal(s.start.State, v); err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	return nil
}

// Save keeps v as the app's state: any value that encodes as JSON, at most
// [protocol.MaxAppState] bytes.
func (s *Session) Save(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode state: %w", err)
	}
	_, err = s.home.Call(protocol.OpSave, protocol.SaveRequest{State: text}, nil, nil)
	return err
}

// A Row is a record as far as the app sees it, its data decoded into T, such as
// [record.Bill]. Fields that were not granted are zero.
type Row[T any] struct {
	ID     string      `json:"id"`
	Time   record.Time `json:"time,omitzero"`
	Title  string      `json:"title,omitempty"`
	Files  int         `json:"files,omitempty"`
	Source string      `json:"source,omitempty"`
	Data   T           `json:"data"`
}

// Rows yields the rows of t in where, the newest first, page by page. It needs a
// grant of records; an error ends it.
func Rows[T any](s *Session, t record.Type, where protocol.Where) iter.Seq2[Row[T], error] {
	return func(yield func(Row[T], error) bool) {
		request := protocol.QueryRequest{Type: t, Where: where}
		for {
			var page page[T]
			_, err := s.home.Call(protocol.OpQuery, request, nil, &page)
			if err == nil && page.err != nil {
				err = fmt.Errorf("read %s: %w", t, page.err)
			}
			if err != nil {
				yield(Row[T]{}, err)
				return
			}
			for _, row := range page.Rows {
				if !yield(row, nil) {
					return
				}
			}
			if request.After = page.Next; request.After == "" {
				return
			}
		}
	}
}

// A page is a protocol.QueryReply whose rows are decoded with it: one pass over
// the data less, where an app reads tens of thousands of rows for one view.
type page[T any] struct {
	Rows []Row[T] `json:"rows"`
	Next string   `json:"next"`
	err  error    // of data that is no T
}

// UnmarshalJSON keeps what is wrong with the data: the home was understood.
func (p *page[T]) UnmarshalJSON(text []byte) error {
	type plain page[T]
	p.err = json.Unmarshal(text, (*plain)(p))
	return nil
}

// All returns what Rows yields.
func All[T any](s *Session, t record.Type, where protocol.Where) (all []Row[T], err error) {
	for row, err := range Rows[T](s, t, where) {
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}

// Aggregate returns counts and sums by group, computed by the home.
func (s *Session) Aggregate(request protocol.AggregateRequest) ([]protocol.Group, error) {
	var reply protocol.AggregateReply
	_, err := s.home.Call(protocol.OpAggregate, request, nil, &reply)
	return reply.Groups, err
}

// Match joins the bills and the bank lines of two wheres, and says why. It needs
// a grant of records of both.
func (s *Session) Match(bills, transactions protocol.Where) (m protocol.Matches, err error) {
	answer, err := s.home.Call(protocol.OpMatch, protocol.MatchRequest{Bills: bills, Transactions: transactions}, nil, nil)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(answer, &m); err != nil {
		return m, fmt.Errorf("read matches: %w", err)
	}
	return m, nil
}

// Pack decodes a reference pack, which is JSON, into v, and says where it is
// from. It returns not_found when the home has none.
func (s *Session) Pack(name string, v any) (protocol.PackReply, error) {
	var reply protocol.PackReply
	content, err := s.home.Call(protocol.OpPack, protocol.PackRequest{Name: name}, nil, &reply)
	if err != nil {
		return reply, err
	}
	if err := json.Unmarshal(content, v); err != nil {
		return reply, fmt.Errorf("read pack %s: %w", name, err)
	}
	return reply, nil
}

// Show shows a view. The last one shown counts.
func (s *Session) Show(v view.View) error {
	if err := v.Check(); err != nil {
		return fmt.Errorf("show view: %w", err)
	}
	_, err := s.home.Call(protocol.OpView, protocol.ViewRequest{View: v}, nil, nil)
	return err
}

// Log writes a line to the app's log.
func (s *Session) Log(message string) error {
	_, err := s.home.Call(protocol.OpLog, protocol.LogRequest{Level: "info", Message: message}, nil, nil)
	return err
}
