package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/match"
)

type matchCmd struct {
	File string `arg:"" help:"{\"bills\":[…],\"transactions\":[…]}, or - for the standard input."`
	JSON bool   `help:"One JSON document, with the evidence of each pair."`
}

func (c matchCmd) Run(s *session) error {
	in, err := c.read(s)
	if err != nil {
		return err
	}
	answer, err := match.Match(s.ctx, in)
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(s.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(answer)
	}
	for _, p := range answer.Pairs {
		if _, err := fmt.Fprintf(s.out, "%s  %s  %s: %s\n", plain(fmt.Sprint(p.Bills)), plain(fmt.Sprint(p.Transactions)), p.Kind, plain(p.Explanation)); err != nil {
			return err
		}
	}
	for _, u := range answer.Unmatched {
		if _, err := fmt.Fprintf(s.out, "%s  %s: %s\n", plain(u.Bill), u.Reason, plain(u.Explanation)); err != nil {
			return err
		}
	}
	return nil
}

// read reads the file, or the standard input.
func (c matchCmd) read(s *session) (in match.Input, err error) {
	var from io.Reader = s.in
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return in, core.E(core.NotFound, "match", err)
		}
		defer f.Close()
		from = f
	}
	return match.Read(from)
}
