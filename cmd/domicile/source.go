package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/ingest"
)

type sourceCmds struct {
	List   sourceListCmd   `cmd:"" help:"Print the sources and how they are."`
	Add    sourceAddCmd    `cmd:"" help:"Add a source: checks that signing in works, then keeps it."`
	Run    sourceRunCmd    `cmd:"" help:"Run a source now and follow it."`
	Answer sourceAnswerCmd `cmd:"" help:"Answer the question for which a source's run waits."`
	Remove sourceRemoveCmd `cmd:"" help:"Destroy a source: its records, files and credentials."`
	Undo   sourceUndoCmd   `cmd:"" help:"Take back what a run or an import brought."`
}

type sourceListCmd struct {
	JSON bool `help:"One JSON object a line."`
}

// A sourceLine is a source as the API lists it.
type sourceLine struct {
	connect.Source
	Records int          `json:"records"`
	Last    *connect.Run `json:"last,omitempty"`
}

func (c sourceListCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	var sources []json.RawMessage
	if err := d.call(s.ctx, "GET", "/sources", nil, &sources); err != nil {
		return err
	}
	for _, text := range sources {
		if c.JSON {
			fmt.Fprintf(s.out, "%s\n", text)
			continue
		}
		var line sourceLine
		if err := json.Unmarshal(text, &line); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s  %-20s %6d records  %s\n", line.ID, plain(line.Label), line.Records, stateOf(line.Last))
	}
	if len(sources) == 0 && !c.JSON {
		fmt.Fprintln(s.out, "No source yet. Add one with: domicile source add CONNECTOR, or import a file.")
	}
	return nil
}

func stateOf(last *connect.Run) string {
	switch {
	case last == nil:
		return "never ran"
	case last.Question != nil:
		return "waits for an answer: " + plain(last.Question.Prompt)
	case last.Problem != nil:
		return fmt.Sprintf("%s: %s", last.State, last.Problem.Code)
	default:
		return fmt.Sprintf("%s, %d new", last.State, last.Counts.Added)
	}
}

// fieldFlags are what a person fills in, on the command line.
type fieldFlags struct {
	Field  map[string]string `help:"A field of the connector." placeholder:"NAME=VALUE" mapsep:"none"`
	Secret []string          `help:"A secret field; its value is asked for, or taken from DOMICILE_SECRET_NAME." placeholder:"NAME" sep:"none"`
	Allow  []netip.AddrPort  `help:"An exact address and port that this source may reach, for developers." placeholder:"ADDRESS:PORT"`
}

// secrets reads each named secret.
func (f fieldFlags) secrets(s *session) (map[string]string, error) {
	values := map[string]string{}
	for _, name := range f.Secret {
		variable := "DOMICILE_SECRET_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if value := s.getenv(variable); value != "" {
			values[name] = value
			continue
		}
		value, err := s.typed(name+": ", variable)
		if err != nil {
			return nil, err
		}
		values[name] = string(value)
	}
	return values, nil
}

// A newSource is what the API takes to add a source.
type newSource struct {
	Connector string            `json:"connector"`
	Label     string            `json:"label,omitempty"`
	Config    map[string]string `json:"config,omitempty"`
	Secrets   map[string]string `json:"secrets,omitempty"`
	Allowed   []netip.AddrPort  `json:"allowed,omitempty"`
}

type sourceAddCmd struct {
	Connector string `arg:"" help:"The connector's id; domicile connector list prints them."`
	Label     string `help:"Your own name for it."`
	fieldFlags
}

func (c sourceAddCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	secrets, err := c.secrets(s)
	if err != nil {
		return err
	}
	var added connect.Source
	err = d.addSource(s.ctx, newSource{c.Connector, c.Label, c.Field, secrets, c.Allow}, &added)
	if err != nil {
		return err
	}
	if added.Adding { // its first run proves it
		last, err := s.firstRun(d, added)
		if err != nil {
			return err
		}
		if last.Problem != nil || last.State == connect.Cancelled {
			fmt.Fprintln(s.err, "The source was not added; nothing of it was kept.")
		} else {
			fmt.Fprintf(s.out, "%s  %s\n", added.ID, plain(added.Label))
		}
		return ended(s, last, false)
	}
	_, err = fmt.Fprintf(s.out, "%s  %s\nRun it now with: domicile source run %s\n", added.ID, plain(added.Label), added.ID)
	return err
}

// addSource adds a source; each thing that may be wrong with it has its next
// step.
func (d *door) addSource(ctx context.Context, n newSource, added *connect.Source) error {
	err := d.call(ctx, "POST", "/sources", n, added)
	args := map[string]string{}
	if e, ok := errors.AsType[*core.Error](err); ok {
		args = e.Args
	}
	if field := args["field"]; field != "" {
		return hint(err, core.Invalid, "Give it with: --field %s=VALUE, or, when it is a secret: --secret %s", field, field)
	}
	err = hint(err, core.NotFound, "domicile connector list prints the connectors.")
	return hint(err, core.Conflict, "Run it with: domicile source run %s", args["source"])
}

// ofSource returns the API's path below a source, and what makes clear that
// there is none.
func ofSource(id, rest string) (path string, explain func(error) error, err error) {
	const next = "domicile source list prints the sources."
	if _, err := core.ParseSourceID(id); err != nil {
		return "", nil, &hinted{core.E(core.Invalid, "find source", fmt.Errorf("%q is no id of a source", id)), next}
	}
	explain = func(err error) error {
		if core.CodeOf(err) == core.NotFound {
			return &hinted{core.E(core.NotFound, "find source", fmt.Errorf("there is no %s", id)), next}
		}
		return err
	}
	return "/sources/" + id + rest, explain, nil
}

type sourceAnswerCmd struct {
	Source string `arg:"" help:"The source's id."`
	JSON   bool   `help:"Each change of the run as a JSON object a line."`
}

func (c sourceAnswerCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	var line sourceLine
	if err := d.call(s.ctx, "GET", "/sources/"+c.Source, nil, &line); err != nil {
		return err
	}
	if line.Last == nil || line.Last.Question == nil {
		return core.E(core.NotFound, "answer", errors.New("this source asks nothing"))
	}
	last, err := s.rejoin(d, line.ID, line.Last.ID, c.JSON)
	if err != nil {
		return err
	}
	return ended(s, last, c.JSON)
}

type sourceRunCmd struct {
	Source string `arg:"" help:"The source's id."`
	JSON   bool   `help:"Each change of the run as a JSON object a line."`
}

func (c sourceRunCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	path, explain, err := ofSource(c.Source, "/runs")
	if err != nil {
		return err
	}
	last, err := s.follow(d, path, nil, c.JSON)
	if err != nil {
		return explain(err)
	}
	return ended(s, last, c.JSON)
}

// ended prints how a run ended, or returns its problem.
func ended(s *session, r connect.Run, quiet bool) error {
	if r.Problem != nil {
		return core.E(r.Problem.Code, fmt.Sprintf("run %d", r.ID), errors.New(plain(r.Problem.Message)))
	}
	if quiet {
		return nil
	}
	_, err := fmt.Fprintf(s.out, "%s: %d new, %d changed, %d unchanged, %d gone (run %d of %s)\n",
		r.State, r.Counts.Added, r.Counts.Updated, r.Counts.Unchanged, r.Counts.Forgotten, r.ID, r.Source)
	return err
}

type sourceRemoveCmd struct {
	Source string `arg:"" help:"The source's id."`
	Yes    bool   `help:"Do not ask."`
}

func (c sourceRemoveCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	path, explain, err := ofSource(c.Source, "")
	if err != nil {
		return err
	}
	var line sourceLine
	if err := d.call(s.ctx, "GET", path, nil, &line); err != nil {
		return explain(err)
	}
	if !c.Yes {
		answer, err := s.line(fmt.Sprintf("Destroy %q and its %d records for ever? Type yes: ", plain(line.Label), line.Records))
		if err != nil || answer != "yes" {
			return errors.Join(err, core.E(core.Invalid, "remove source", errors.New("nothing was removed")))
		}
	}
	return d.call(s.ctx, "DELETE", path, nil, nil)
}

type sourceUndoCmd struct {
	Source string `arg:"" help:"The source's id."`
	Number uint64 `arg:"" name:"run" help:"The run's number."`
}

func (c sourceUndoCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	path, _, err := ofSource(c.Source, fmt.Sprintf("/runs/%d/undo", c.Number))
	if err != nil {
		return err
	}
	var counts ingest.Counts
	if err := d.call(s.ctx, "POST", path, nil, &counts); err != nil {
		return hint(err, core.NotFound, "domicile source list prints the sources; an import and a run print their number.")
	}
	_, err = fmt.Fprintf(s.out, "undone: %d gone, %d as they were\n", counts.Forgotten, counts.Updated)
	return err
}
