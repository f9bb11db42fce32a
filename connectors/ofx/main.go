// Command ofx reads OFX files, which banks also call QFX or Money: versions 1
// (SGML) and 2 (XML), of bank, card and investment accounts.
//
// A file is read twice. The first reading checks all of it; the second emits.
// So a file is read whole or refused with the tag, the value and the line that
// stand in the way, and nothing of a refused file is kept. docs/formats.md
// says what becomes what.
package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func main() { sdk.Main(run) }

// run reads the file of the run.
func run(s *sdk.Session) error {
	if s.Mode() != protocol.ModeFile {
		return sdk.Fail(protocol.Internal, "this connector reads files only")
	}
	file := s.Open(s.File())
	charset, err := sniff(file)
	if errors.Is(err, errUTF16) {
		return refuse(0, "%v", err)
	}
	if err != nil {
		return fmt.Errorf("read the file: %w", err)
	}
	v, err := look(from(file), charset)
	if err != nil {
		return err
	}
	e := newEmitter(s, v)
	if err := e.accounts(); err != nil {
		return err
	}
	v.notes.tell(s)
	_, err = parse(from(file), charset, e.visit)
	if err == nil {
		s.Progress(v.total, v.total)
	}
	return err
}

// from returns a reader of the whole of r.
func from(r *io.SectionReader) io.Reader { return io.NewSectionReader(r, 0, r.Size()) }
