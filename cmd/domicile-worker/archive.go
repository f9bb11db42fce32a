package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// Bounds of one archive.
const (
	maxArchiveEntries = 10_000
	maxArchiveFile    = 64 << 20  // bytes unpacked of one entry
	maxArchiveTotal   = 512 << 20 // bytes unpacked in all
	maxArchiveIndex   = 16 << 20  // bytes read of a zip's directory
	maxArchiveName    = 4096      // bytes
	freeRatio         = 16 << 20  // bytes unpacked before the ratio counts
	maxRatio          = 200       // bytes unpacked for each byte of the archive
)

// An archiveReader answers the requests of mode archive:
//
//	open {size} → {kind: zip, tar, tar.gz or gz}
//	next        → {name} of the next regular file, or {end: true}
//	read        → {end}, payload: the next bytes of that file
//	close       → {}
//
// Names are sent as the archive has them, in UTF-8: the home cleans them.
type archiveReader struct {
	d       *dialogue
	entries entries   // nil when no archive is open
	current io.Reader // nil when no entry is being read
	seen    int       // entries
	entry   int64     // bytes read of the current one
	meter   meter
	buffer  []byte
}

// entries walks the regular files of an archive. next ends with io.EOF; the
// reader is valid until the following call.
type entries interface {
	next() (name string, r io.Reader, err error)
}

// serveArchive answers requests until the home closes the pipe.
func serveArchive(r *protocol.Reader, w *protocol.Writer) error {
	a := &archiveReader{d: &dialogue{r, w}, buffer: make([]byte, chunkSize)}
	return a.d.serve(softHeap, a.handle)
}

func (a *archiveReader) handle(q request) (any, []byte, error) {
	switch {
	case q.Op == "open":
		return a.open(q.Size)
	case q.Op == "close":
		a.entries, a.current = nil, nil
		return nil, nil, nil
	case q.Op == "next" && a.entries != nil:
		return a.next()
	case q.Op == "read" && a.current != nil:
		return a.read()
	}
	return nil, nil, refuse(protocol.Invalid, "op %q is out of place", q.Op)
}

func (a *archiveReader) open(size int64) (any, []byte, error) {
	file := newRemote(a.d, size)
	kind, list, err := openArchive(file, size)
	if err != nil {
		return nil, nil, err
	}
	a.entries, a.current, a.seen = list, nil, 0
	a.meter = meter{size: size}
	return map[string]string{"kind": kind}, nil, nil
}

func (a *archiveReader) next() (any, []byte, error) {
	name, r, err := a.entries.next()
	if errors.Is(err, io.EOF) {
		a.entries, a.current = nil, nil
		return map[string]bool{"end": true}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if a.seen++; a.seen > maxArchiveEntries {
		return nil, nil, refuse(protocol.Limit, "the archive holds more than %d files", maxArchiveEntries)
	}
	a.entry, a.current = 0, r
	return map[string]string{"name": name[:min(len(name), maxArchiveName)]}, nil, nil
}

func (a *archiveReader) read() (any, []byte, error) {
	n, end, err := fill(a.buffer, a.current)
	if err != nil {
		return nil, nil, err
	}
	if a.entry += int64(n); a.entry > maxArchiveFile {
		return nil, nil, refuse(protocol.Limit, "a file of the archive is larger than %d MiB", maxArchiveFile>>20)
	}
	if err := a.meter.count(n); err != nil {
		return nil, nil, err
	}
	if end {
		a.current = nil
	}
	return map[string]bool{"end": end}, a.buffer[:n], nil
}

// fill reads until p is full or r ends well. Unlike io.ReadFull it tells the
// end of r from an entry that was cut.
func fill(p []byte, r io.Reader) (n int, end bool, err error) {
	for n < len(p) {
		m, err := r.Read(p[n:])
		n += m
		if errors.Is(err, io.EOF) {
			return n, true, nil
		}
		if err != nil {
			return n, false, err
		}
	}
	return n, false, nil
}

// A meter stops bombs: it counts what comes out against what went in.
type meter struct {
	size  int64 // of the archive
	total int64 // unpacked
}

// count adds n unpacked bytes. It returns limit.
func (m *meter) count(n int) error {
	m.total += int64(n)
	switch {
	case m.total > maxArchiveTotal:
		return refuse(protocol.Limit, "the archive unpacks to more than %d MiB", maxArchiveTotal>>20)
	case m.total > freeRatio && m.total/maxRatio > m.size:
		return refuse(protocol.Limit, "the archive unpacks to more than %d times its size", maxRatio)
	}
	return nil
}

// A metered counts what is read through it, skipped entries of a compressed
// tar included.
type metered struct {
	r io.Reader
	m meter
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if over := m.m.count(n); over != nil {
		return n, over
	}
	return n, err
}

// openArchive recognises an archive by its content.
func openArchive(r io.ReaderAt, size int64) (kind string, list entries, err error) {
	head := make([]byte, min(size, tarBlock))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		list, err = openZip(r, size)
		return "zip", list, err
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}):
		return openGzip(io.NewSectionReader(r, 0, size), size)
	case isTar(head):
		return "tar", newTarEntries(io.NewSectionReader(r, 0, size)), nil
	}
	return "", nil, refuse(protocol.InvalidFile, "not a zip, tar or gzip archive")
}

// openGzip tells a compressed tar from a compressed file.
func openGzip(r io.Reader, size int64) (string, entries, error) {
	z, err := gzip.NewReader(bufio.NewReaderSize(r, 64<<10))
	if err != nil {
		return "", nil, err
	}
	name := z.Name
	unpacked := bufio.NewReaderSize(&metered{z, meter{size: size}}, 64<<10)
	head, err := unpacked.Peek(tarBlock)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", nil, err
	}
	if isTar(head) {
		return "tar.gz", newTarEntries(unpacked), nil
	}
	return "gz", &single{name: entryName(name), r: unpacked}, nil
}

// A single is the one file of a gzip stream. Its name may be empty.
type single struct {
	name string
	r    io.Reader
}

func (s *single) next() (string, io.Reader, error) {
	if s.r == nil {
		return "", nil, io.EOF
	}
	r := s.r
	s.r = nil
	return s.name, r, nil
}
