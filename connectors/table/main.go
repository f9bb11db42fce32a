// Command table reads the tables of bank lines that people download as text,
// which banks call CSV: rows of cells between commas, semicolons, tabs or bars,
// in the order that each bank likes.
//
// It shows what the table looks like and what each column seems to be, and the
// person says which is what; a table with the same headings is then read
// without asking. A row that cannot be read is left out and told by its line,
// and the others come in. Nothing that may be read in two ways is guessed: the
// order of day and month and the sign before the decimals are decided by all
// values together, or asked. docs/formats.md says what becomes what.
package main

import (
	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func main() { sdk.Main(run) }

// run reads the file of the run: once to know its columns, once to emit.
func run(s *sdk.Session) error {
	if s.Mode() != protocol.ModeFile {
		return sdk.Fail(protocol.Internal, "this connector reads files only")
	}
	src, err := open(s.Open(s.File()))
	if err != nil {
		return err
	}
	t, err := look(src)
	if err != nil {
		return err
	}
	var past memory
	if err := s.State(&past); err != nil {
		return err
	}
	m, err := agree(s, t, &past)
	if err != nil {
		return err
	}
	if err := emit(s, src, t, m); err != nil {
		return err
	}
	past.keep(t, m)
	return s.Save(past)
}
