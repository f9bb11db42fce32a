package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// entryName returns a name in composed UTF-8. What is not UTF-8 was written in
// code page 850, the one of Western European archivers that do not say.
func entryName(name string) string {
	if !utf8.ValidString(name) {
		decoded, err := charmap.CodePage850.NewDecoder().String(name)
		if err != nil {
			decoded = strings.ToValidUTF8(name, "_")
		}
		name = decoded
	}
	return norm.NFC.String(name)
}

// isResource reports whether name is a shadow file that macOS adds to zips.
func isResource(name string) bool { return strings.HasPrefix(name, "__MACOSX/") }

// zipEntries walks a zip in the order of its directory.
type zipEntries struct {
	r     io.ReaderAt
	files []*zip.File
	open  io.ReadCloser
	used  []span // of the entries read so far, by start
}

// A span is a range of the archive that one entry's data takes.
type span struct{ start, end int64 }

// openZip reads the directory. It refuses encrypted archives as a whole.
func openZip(r io.ReaderAt, size int64) (*zipEntries, error) {
	if file, ok := r.(*remote); ok {
		file.budget = maxArchiveIndex
		defer func() { file.budget = -1 }()
	}
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, err
	}
	if len(z.File) > maxArchiveEntries {
		return nil, refuse(protocol.Limit, "the archive holds more than %d files", maxArchiveEntries)
	}
	e := &zipEntries{r: r}
	for _, f := range z.File {
		if !f.Mode().IsRegular() || strings.HasSuffix(f.Name, "/") || isResource(f.Name) {
			continue
		}
		if f.Flags&1 != 0 {
			return nil, refuse(protocol.InvalidFile, "the archive is locked with a password")
		}
		if f.Method != zip.Store && f.Method != zip.Deflate {
			return nil, refuse(protocol.InvalidFile, "the archive uses a compression that the home does not read (method %d)", f.Method)
		}
		e.files = append(e.files, f)
	}
	return e, nil
}

func (e *zipEntries) next() (string, io.Reader, error) {
	if e.open != nil {
		e.open.Close() // what is left of the entry was not wanted, its checksum neither
		e.open = nil
	}
	if len(e.files) == 0 {
		return "", nil, io.EOF
	}
	f := e.files[0]
	e.files = e.files[1:]
	if err := e.claim(f); err != nil {
		return "", nil, err
	}
	r, err := f.Open()
	if err != nil {
		return "", nil, err
	}
	e.open = r
	return entryName(zipName(f)), r, nil
}

// claim refuses an entry whose data another entry has already: bombs unpack
// the same bytes over and over.
func (e *zipEntries) claim(f *zip.File) error {
	start, err := f.DataOffset()
	if err != nil {
		return err
	}
	s := span{start, start + int64(f.CompressedSize64)}
	if s.start == s.end {
		return nil
	}
	if s.end < s.start {
		return refuse(protocol.InvalidFile, "an entry of the archive has no end")
	}
	i, _ := slices.BinarySearchFunc(e.used, s, func(a, b span) int { return int(min(1, max(-1, a.start-b.start))) })
	if i > 0 && e.used[i-1].end > s.start || i < len(e.used) && e.used[i].start < s.end {
		return refuse(protocol.InvalidFile, "entries of the archive overlap")
	}
	e.used = slices.Insert(e.used, i, s)
	return nil
}

// zipName prefers the Unicode path of extra field 0x7075 (APPNOTE 4.6.9).
func zipName(f *zip.File) string {
	const unicodePath, headerLength = 0x7075, 4
	for extra := f.Extra; len(extra) >= headerLength; {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[headerLength:]; n > len(extra) {
			break
		}
		if id == unicodePath && n > 5 && utf8.Valid(extra[5:n]) {
			return string(extra[5:n])
		}
		extra = extra[n:]
	}
	return strings.ReplaceAll(f.Name, `\`, "/")
}

// tarBlock is the size of a tar's header.
const tarBlock = 512

// isTar reports whether head starts with a tar header whose checksum holds.
func isTar(head []byte) bool {
	if len(head) < tarBlock {
		return false
	}
	field := strings.TrimSpace(string(bytes.Trim(head[148:156], " \x00")))
	want, err := strconv.ParseInt(field, 8, 64)
	if err != nil {
		return false
	}
	sum := int64(8 * ' ')
	for i, c := range head[:tarBlock] {
		if i < 148 || i >= 156 {
			sum += int64(c)
		}
	}
	return sum == want
}

type tarEntries struct {
	r       *tar.Reader
	skipped int
}

func newTarEntries(r io.Reader) *tarEntries { return &tarEntries{r: tar.NewReader(r)} }

func (e *tarEntries) next() (string, io.Reader, error) {
	for {
		h, err := e.r.Next()
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return "", nil, err
		}
		if h.Typeflag == tar.TypeReg && !strings.HasSuffix(h.Name, "/") {
			return entryName(h.Name), e.r, nil
		}
		if e.skipped++; e.skipped > maxArchiveEntries {
			return "", nil, refuse(protocol.Limit, "the archive holds more than %d entries", maxArchiveEntries)
		}
	}
}
