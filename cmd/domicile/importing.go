package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/sdk/protocol"
)

type importCmd struct {
	Files   []string `arg:"" help:"The files to read."`
	Columns string   `placeholder:"ROLE=HEADING,…" help:"Of a table that no connector knows: which column is what. Without it, what it seems to be is printed."`
	DryRun  bool     `help:"Keep nothing; needs no home."`
	JSON    bool     `help:"Records as one JSON object a line on standard output, problems and rows left out on standard error."`
}

// Run imports each file; a refused one does not stop the others.
func (c importCmd) Run(s *session) error {
	s.jsonErrors = c.JSON
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
		err := each(s, d, file)
		if err == nil {
			continue
		}
		if s.ctx.Err() != nil || !isOfFile(err) {
			return err
		}
		refused = true
		c.complain(s, file, err)
	}
	if !refused {
		return nil
	}
	if !c.JSON {
		fmt.Fprintln(s.err, nextSteps()[protocol.InvalidFile])
	}
	return errStatus(exitRefused)
}

// isOfFile reports whether err says something of one file, and nothing of the
// home: the next file may fare better.
func isOfFile(err error) bool {
	switch core.CodeOf(err) {
	case core.Locked, core.Damaged, core.Forbidden, core.Unauthenticated:
		return false
	}
	return true
}

// A problemLine is what standard error says of a file that was refused.
type problemLine struct {
	File    string    `json:"file"`
	Code    core.Code `json:"code"`
	Message string    `json:"message"`
	Columns string    `json:"columns,omitempty"` // what to give as --columns, as far as the file tells
}

// A noteLine is what standard error says of a file that is read all the same.
type noteLine struct {
	File string `json:"file"`
	Note string `json:"note"`
}

func (c importCmd) complain(s *session, file string, err error) {
	if !c.JSON {
		fmt.Fprintf(s.err, "%s: %s\n", plain(file), plain(err.Error()))
		if said := proposal(err); said != "" {
			fmt.Fprintf(s.err, "It seems to be: --columns %s\n", quoted(plain(said)))
		}
		return
	}
	message := protocol.Text(err)
	if e, ok := errors.AsType[*core.Error](err); ok && e.Err != nil {
		message = protocol.Text(e.Err)
	}
	s.errorLine(problemLine{file, core.CodeOf(err), message, proposal(err)})
}

func (s *session) errorLine(line any) {
	enc := json.NewEncoder(s.err)
	enc.SetEscapeHTML(false)
	enc.Encode(line)
}

// argColumns is the argument of an error that says which column of a table
// seems to be what.
const argColumns = "columns"

func proposal(err error) string {
	if e, ok := errors.AsType[*core.Error](err); ok {
		return e.Args[argColumns]
	}
	return ""
}

// quoted is text as a shell takes it.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// tell says what was left out of a file.
func (c importCmd) tell(s *session, file string, r connect.Run) {
	for _, note := range r.Notes {
		if c.JSON {
			s.errorLine(noteLine{file, note})
		} else {
			fmt.Fprintf(s.err, "%s: %s\n", plain(file), plain(note))
		}
	}
}

// keep imports one file into the home.
func (c importCmd) keep(s *session, d *door, file string) error {
	r, err := s.importFile(d, file, c.Columns)
	if err != nil {
		return err
	}
	c.tell(s, file, r)
	if c.JSON {
		return s.printRun(d, r)
	}
	fmt.Fprintf(s.out, "%s: ", plain(file))
	return ended(s, r, false)
}

// importFile sends one file, and what was said of its columns, and follows its
// run to a good end.
func (s *session) importFile(d *door, file, columns string) (connect.Run, error) {
	f, err := openFile(file)
	if err != nil {
		return connect.Run{}, err
	}
	defer f.Close()
	r, err := s.follow(d, "/import"+query("name", filepath.Base(file), "columns", columns), f, false)
	if err == nil && r.Problem != nil {
		err = &core.Error{Code: r.Problem.Code, Args: map[string]string{argColumns: r.Problem.Columns}, Err: errors.New(r.Problem.Message)}
	}
	return r, err
}

// openFile opens a file to import. What cannot be read is refused like what
// cannot be understood.
func openFile(name string) (*os.File, error) {
	f, err := os.Open(name)
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err // the line names the file already
	}
	if err != nil {
		return nil, core.E(protocol.InvalidFile, "", err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.Join(core.E(protocol.InvalidFile, "", errors.New("is a folder; give the files in it")), f.Close())
	}
	return f, nil
}

// printRun prints the records that a run brought, in their order.
func (s *session) printRun(d *door, r connect.Run) error {
	return d.records(s.ctx, r, func(one core.Record) error {
		if d.scratch {
			one.Ref = core.Ref{}
		}
		return printRecord(s.out, one)
	})
}
