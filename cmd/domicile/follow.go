package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/domicile-home/domicile/core/connect"
)

// follow starts a run by posting body to path and follows it to its end,
// answering its questions on the terminal.
func (s *session) follow(d *door, path string, body io.Reader, asJSON bool) (last connect.Run, err error) {
	shown, asked := connect.Progress{}, false
	err = d.stream(s.ctx, path, body, func(line json.RawMessage) error {
		last = connect.Run{}
		if err := json.Unmarshal(line, &last); err != nil {
			return err
		}
		if asJSON {
			fmt.Fprintf(s.out, "%s\n", line)
		} else if last.Progress != shown && s.isWatched() {
			shown = last.Progress
			fmt.Fprintf(s.err, "%d/%d %s\n", shown.Done, shown.Total, plain(shown.Message))
		}
		if last.Question == nil {
			asked = false
			return nil
		}
		if asked {
			return nil
		}
		asked = true
		return s.answer(d, last)
	})
	return last, err
}

// isWatched reports whether a person sees standard error: scripts read it.
func (s *session) isWatched() bool {
	f, ok := s.err.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (s *session) answer(d *door, r connect.Run) error {
	fmt.Fprintln(s.err, "The connector asks (never type the home's password):")
	answer, err := s.line(plain(r.Question.Prompt) + " ")
	if err != nil {
		return err
	}
	return d.call(s.ctx, "POST", fmt.Sprintf("/sources/%s/runs/%d/answer", r.Source, r.ID), map[string]string{"answer": answer}, nil)
}
