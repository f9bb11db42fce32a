package connect

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const maxHead = 64 << 10 // bytes that recognise a file

// Import recognises a file, keeps it sealed and starts the run that reads it.
// The files of one connector are one source, made at the first import. Codes:
// invalid_file when it is empty or no connector recognises it, limit when it is too large,
// conflict when an import of the same kind is going on.
func (c *Connect) Import(ctx context.Context, name string, r io.Reader) (core.SourceID, core.RunID, error) {
	return c.ImportTable(ctx, name, "", r)
}

// ImportTable is Import of a file of which the person says which column is
// what, in the words of [protocol.Table]; "" for nothing. A run that would have
// to ask ends with invalid_file, and its problem proposes what to say.
func (c *Connect) ImportTable(ctx context.Context, name, columns string, r io.Reader) (core.SourceID, core.RunID, error) {
	if len(columns) > protocol.MaxTableSaid {
		return core.Own, 0, core.E(core.Invalid, "import", errors.New("too much is said of the columns"))
	}
	s, _, input, err := c.receive(ctx, name, r)
	if err != nil {
		return s.ID, 0, err
	}
	input.said = columns
	run, err := c.launch(ctx, s, Run{Trigger: ByImport, Mode: protocol.ModeFile}, input)
	if err != nil {
		err = errors.Join(err, input.staged.Discard(ctx))
	}
	return s.ID, run, err
}

// receive takes a file in, sealed, for the connector that recognises it.
func (c *Connect) receive(ctx context.Context, name string, r io.Reader) (Source, *program.Program, *runFile, error) {
	head := bufio.NewReaderSize(r, maxHead)
	start, err := head.Peek(maxHead)
	if err != nil && !errors.Is(err, io.EOF) {
		return Source{}, nil, nil, err
	}
	if len(start) == 0 {
		return Source{}, nil, nil, core.E(protocol.InvalidFile, "import", errors.New("the file is empty"))
	}
	p, accept, ok := program.Detect(c.Programs, name, start)
	if !ok {
		return Source{}, nil, nil, core.E(protocol.InvalidFile, "import", errors.New("no connector reads this kind of file"))
	}
	s, err := c.fileSource(ctx, p)
	if err != nil {
		return s, p, nil, err
	}
	spool := &session{c: c, source: s}
	input, err := spool.add(ctx, name, accept.MediaType, head, protocol.MaxFile)
	return s, p, input, err
}

// fileSource returns the source that p's files belong to.
func (c *Connect) fileSource(ctx context.Context, p *program.Program) (Source, error) {
	sources, err := c.Sources(ctx)
	if err != nil {
		return Source{}, err
	}
	for _, s := range sources {
		if s.Connector == p.Manifest.ID {
			return s, nil
		}
	}
	return c.keep(ctx, p, NewSource{Connector: p.Manifest.ID, isProvedLater: provedLater(p)})
}
