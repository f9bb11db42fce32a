package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// follow starts a run by posting body to path and follows it to its end,
// answering its questions on the terminal.
func (s *session) follow(d *door, path string, body io.Reader, asJSON bool) (connect.Run, error) {
	f := follower{session: s, door: d, asJSON: asJSON}
	err := d.lines(s.ctx, "POST", path, body, f.see)
	return f.last, err
}

// rejoin follows a run that goes on, or waits, as follow does.
func (s *session) rejoin(d *door, source core.SourceID, run core.RunID, asJSON bool) (connect.Run, error) {
	f := follower{session: s, door: d, asJSON: asJSON}
	err := d.lines(s.ctx, "GET", fmt.Sprintf("/sources/%s/runs/%d/follow", source, run), nil, f.see)
	return f.last, err
}

// firstRun follows the run of a source that is being added, or starts one.
func (s *session) firstRun(d *door, added connect.Source) (connect.Run, error) {
	if added.Adding {
		return s.rejoin(d, added.ID, added.LastRun, false)
	}
	return s.follow(d, "/sources/"+added.ID.String()+"/runs", nil, false)
}

// A follower prints a run as it goes on.
type follower struct {
	*session
	door   *door
	asJSON bool
	last   connect.Run
	shown  connect.Progress
	asked  bool // the open question
}

func (f *follower) see(line json.RawMessage) error {
	f.last = connect.Run{}
	if err := json.Unmarshal(line, &f.last); err != nil {
		return err
	}
	if f.asJSON {
		fmt.Fprintf(f.out, "%s\n", line)
	} else if f.last.Progress != f.shown && f.isWatched() {
		f.shown = f.last.Progress
		fmt.Fprintf(f.err, "%d/%d %s\n", f.shown.Done, f.shown.Total, plain(f.shown.Message))
	}
	if f.last.Question == nil || f.asked {
		f.asked = f.last.Question != nil
		return nil
	}
	f.asked = true
	return f.answer(f.door, f.last)
}

// isWatched reports whether a person sees standard error: scripts read it.
func (s *session) isWatched() bool {
	f, ok := s.err.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// answer asks on the terminal. Where nobody types, the run is left to wait.
func (s *session) answer(d *door, r connect.Run) error {
	fmt.Fprintln(s.err, "The connector asks (never type the home's password):")
	if r.Question.Kind == protocol.AskImage {
		fmt.Fprintf(s.err, "Its picture is on the home's page /sources/%s.\n", r.Source)
	}
	answer, err := s.line(plain(r.Question.Prompt) + " ")
	if err != nil {
		fmt.Fprintln(s.err)
		return core.E(protocol.ActionNeeded, fmt.Sprintf("run %d", r.ID), errors.New("it waits for an answer until "+
			r.Question.Until.Local().Format(time.DateTime)+"; give it with: domicile source answer "+r.Source.String()))
	}
	return d.call(s.ctx, "POST", fmt.Sprintf("/sources/%s/runs/%d/answer", r.Source, r.ID), map[string]string{"answer": answer}, nil)
}
