package extract

import (
	"context"
	"errors"
	"io"

	"github.com/domicile-home/domicile/core/sandbox"
)

// Bounds of one archive.
const (
	MaxEntries   = 10_000
	MaxEntry     = 64 << 20  // bytes unpacked of one file
	MaxUnpacked  = 512 << 20 // bytes unpacked in all
	maxEntryName = 8192      // bytes, as the helper sends it
)

// Unzip hands the regular files of an archive to emit, in the order of the
// archive: zip, tar, compressed tar, or one gzipped file. Names are relative,
// slash-separated, different from each other and safe to use as names; links,
// devices and archives within are not followed. emit need not read to the end,
// must not keep r, and must not call Unzip of the same session; its error ends
// the walk and is returned.
//
// Beside the package's codes: an archive locked with a password is
// invalid_file; one that holds too many files or unpacks to too much is limit.
// What emit was given before an error came from the same archive and is to be
// dropped with it.
func (s *Session) Unzip(ctx context.Context, r io.ReaderAt, size int64, emit func(name string, r io.Reader) error) error {
	return s.use(ctx, sandbox.HelperArchive, r, size, func(k *talk) error {
		return (&walk{talk: k, names: names{}}).all(emit)
	})
}

// A walk goes through one archive.
type walk struct {
	*talk
	names names
	total int64
}

func (w *walk) all(emit func(string, io.Reader) error) error {
	if _, _, err := w.ask(request{Op: "open", Size: w.size}); err != nil {
		return err
	}
	for range MaxEntries + 1 {
		a, _, err := w.ask(request{Op: "next"})
		if err != nil || a.End {
			return err
		}
		if len(a.Name) > maxEntryName {
			return w.nonsense("it sent a name of %d bytes", len(a.Name))
		}
		if err := w.file(a.Name, emit); err != nil {
			return err
		}
	}
	return w.nonsense("it sent more than %d files", MaxEntries)
}

func (w *walk) file(name string, emit func(string, io.Reader) error) error {
	e := &entry{walk: w}
	err := emit(w.names.take(name), e)
	if e.err != nil && !errors.Is(e.err, io.EOF) {
		return e.err // whatever emit made of it
	}
	return err
}

// An entry reads one file of the archive.
type entry struct {
	*walk
	part []byte
	n    int64
	end  bool
	err  error // sticky
}

// Read implements io.Reader.
func (e *entry) Read(p []byte) (int, error) {
	for len(e.part) == 0 && e.err == nil {
		e.err = e.more()
	}
	if len(e.part) == 0 {
		return 0, e.err
	}
	n := copy(p, e.part)
	e.part = e.part[n:]
	return n, nil
}

// more asks for the next bytes. It returns io.EOF after the last.
func (e *entry) more() error {
	if e.end {
		return io.EOF
	}
	a, part, err := e.ask(request{Op: "read"})
	if err != nil {
		return err
	}
	e.n += int64(len(part))
	e.total += int64(len(part))
	if e.n > MaxEntry || e.total > MaxUnpacked || len(part) == 0 && !a.End {
		return e.nonsense("it sent %d bytes of a file, %d in all", e.n, e.total)
	}
	e.part, e.end = part, a.End
	return nil
}
