package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/sdk/protocol"
)

type importCmd struct {
	Files  []string `arg:"" help:"The files to read." type:"path"`
	DryRun bool     `help:"Keep nothing; needs no home."`
	JSON   bool     `help:"Records as one JSON object a line on standard output, problems on standard error."`
}

// Run imports each file; a refused one does not stop the others.
func (c importCmd) Run(s *session) error {
	each := c.keep
	if c.DryRun {
		shared, err := s.shared()
		if err != nil {
			return err
		}
		defer shared.Close()
		each = func(s *session, _ *door, file string) error { return c.try(s, shared, file) }
	}
	var d *door
	if !c.DryRun {
		var err error
		if d, err = s.open(); err != nil {
			return err
		}
		defer d.close()
	}
	refused := false
	for _, file := range c.Files {
		if err := each(s, d, file); err != nil {
			if s.ctx.Err() != nil {
				return err
			}
			refused = true
			c.complain(s, file, err)
		}
	}
	if refused {
		return errStatus(exitRefused)
	}
	return nil
}

// A problemLine is what standard error says of a file that was refused.
type problemLine struct {
	File    string    `json:"file"`
	Code    core.Code `json:"code"`
	Message string    `json:"message"`
}

func (c importCmd) complain(s *session, file string, err error) {
	if !c.JSON {
		fmt.Fprintf(s.err, "%s: %v\n", plain(file), err)
		return
	}
	message := err.Error()
	if e, ok := errors.AsType[*core.Error](err); ok && e.Err != nil {
		message = e.Err.Error()
	}
	json.NewEncoder(s.err).Encode(problemLine{file, core.CodeOf(err), message})
}

// keep imports one file into the home.
func (c importCmd) keep(s *session, d *door, file string) error {
	r, err := s.importFile(d, file)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.printRun(d, r)
	}
	fmt.Fprintf(s.out, "%s: ", plain(filepath.Base(file)))
	return ended(s, r, false)
}

// importFile sends one file and follows its run to a good end.
func (s *session) importFile(d *door, file string) (connect.Run, error) {
	f, err := os.Open(file)
	if err != nil {
		return connect.Run{}, core.E(protocol.InvalidFile, "read file", err)
	}
	defer f.Close()
	r, err := s.follow(d, "/import"+query("name", filepath.Base(file)), f, false)
	if err == nil && r.Problem != nil {
		err = core.E(r.Problem.Code, "import", errors.New(r.Problem.Message))
	}
	return r, err
}

// printRun prints the records that a run brought, in their order.
func (s *session) printRun(d *door, r connect.Run) error {
	return d.records(s.ctx, r, func(r core.Record) error { return printRecord(s.out, r) })
}
