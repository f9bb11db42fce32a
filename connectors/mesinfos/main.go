// Command mesinfos reads the data sets of the MesInfos pilots, in which French
// companies gave their customers' data back: JSON files of calls, bills,
// contracts, meter readings and bank operations, as Cozy exported them.
//
// A file is read twice. The first reading checks all of it; the second emits.
// So a file is read whole or refused with the line and the reason, and nothing
// of a refused file is kept. A date that cannot be read does not refuse a
// file: what is known of it is kept, its text stays under extra, and the log
// says so. docs/formats.md lists the sets, those that are refused included.
package main

import (
	"io"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func main() { sdk.Main(run) }

// progressEvery is how many rows go by between two signs of progress.
const progressEvery = 500

// run reads the file of the run.
func run(s *sdk.Session) error {
	if s.Mode() != protocol.ModeFile {
		return sdk.Fail(protocol.Internal, "this connector reads files only")
	}
	file := s.Open(s.File())
	first := newReading(nil)
	if err := first.all(file); err != nil {
		return err
	}
	if first.rows == 0 {
		return refuse(0, "the file holds no data")
	}
	if err := first.book.check(&first.notes); err != nil {
		return err
	}
	first.notes.tell(s)
	if first.records > 0 {
		if err := second(s, file, first.rows); err != nil {
			return err
		}
	}
	if err := first.book.emit(s.Emit); err != nil {
		return err
	}
	s.Progress(first.rows, first.rows)
	return nil
}

// second reads the file again and emits what is no point of a series.
func second(s *sdk.Session, file *io.SectionReader, rows int) error {
	r := newReading(func(r sdk.Record) error { return s.Emit(r) })
	r.progress = func(done int) { s.Progress(done, rows) }
	return r.all(io.NewSectionReader(file, 0, file.Size()))
}

// A reading is one pass over a file.
type reading struct {
	emit     func(sdk.Record) error // nil in the first pass, which only checks
	progress func(done int)
	sets     []set
	rows     int
	records  int   // that are no series
	book     *book // series: gathered in the first pass
	notes    notes
	seen     map[string]int  // ids made here, to tell equal rows apart
	accounts map[string]bool // bank accounts emitted
}

func newReading(emit func(sdk.Record) error) *reading {
	return &reading{emit: emit, sets: sets(), book: newBook(), seen: map[string]int{}, accounts: map[string]bool{}}
}

// all reads every row of a file.
func (r *reading) all(file io.Reader) error {
	rows := newSplitter(file)
	for {
		row, err := rows.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.take(row); err != nil {
			return err
		}
		if r.rows++; r.progress != nil && r.rows%progressEvery == 0 {
			r.progress(r.rows)
		}
	}
}

// take reads one row by the set it belongs to.
func (r *reading) take(row row) error {
	for _, set := range r.sets {
		if !set.is(row.object) {
			continue
		}
		if set.read == nil {
			return refuse(row.line, "this belongs to the set of %s, which no record type holds yet", set.name)
		}
		return set.read(r, row)
	}
	return refuse(row.line, "this belongs to no MesInfos set that is known%s", docType(row.object))
}

// add emits a record, in the second pass.
func (r *reading) add(rec sdk.Record) error {
	if r.records++; r.emit == nil {
		return nil
	}
	return r.emit(rec)
}

// isFirst reports whether this is the pass that checks and gathers.
func (r *reading) isFirst() bool { return r.emit == nil }
