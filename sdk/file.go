package sdk

import (
	"fmt"
	"io"
	"strings"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// A File is a file that the home holds for the run: the one to read, a
// download, an entry of an archive. Its id means nothing in another run.
type File = protocol.File

// turnTo sends what was emitted of the file read before: the home counts equal
// records file by file.
func (s *Session) turnTo(f File) error {
	if s.file == f.ID {
		return nil
	}
	s.file = f.ID
	return s.flush()
}

// window is how much of a file one op read_file brings, in bytes.
const window = 1 << 20

// Open returns a reader over f, which fetches it as needed in parts of 1 MiB.
// Reading returns the home's [protocol.Error].
func (s *Session) Open(f File) *io.SectionReader {
	return io.NewSectionReader(&fileReader{session: s, file: f}, 0, f.Size)
}

// ReadFile returns all of f.
func (s *Session) ReadFile(f File) ([]byte, error) {
	data, err := io.ReadAll(s.Open(f))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.ID, err)
	}
	return data, nil
}

// fileReader keeps the part of a file last fetched.
type fileReader struct {
	session *Session
	file    File
	offset  int64
	part    []byte
}

// ReadAt implements io.ReaderAt.
func (r *fileReader) ReadAt(p []byte, offset int64) (int, error) {
	n := 0
	for n < len(p) {
		at := offset + int64(n)
		if at >= r.file.Size {
			return n, io.EOF
		}
		if err := r.fetch(at); err != nil {
			return n, err
		}
		n += copy(p[n:], r.part[at-r.offset:])
	}
	return n, nil
}

// fetch makes sure that part holds the byte at offset.
func (r *fileReader) fetch(offset int64) error {
	if r.session.file == r.file.ID && offset >= r.offset && offset < r.offset+int64(len(r.part)) {
		return nil
	}
	if err := r.session.turnTo(r.file); err != nil {
		return err
	}
	start := offset - offset%window
	part, err := r.session.home.Call(protocol.OpReadFile,
		protocol.ReadFileRequest{File: r.file.ID, Offset: start, Length: window}, nil, nil)
	if err != nil {
		return err
	}
	if offset >= start+int64(len(part)) {
		return io.ErrUnexpectedEOF
	}
	r.offset, r.part = start, part
	return nil
}

// A PDF is what a PDF document says.
type PDF struct {
	Pages []string // the text of each page
	Files []File   // embedded files, such as an e-invoice's XML
}

// Text returns the text of all pages, each ended by a newline.
func (p PDF) Text() string {
	var text strings.Builder
	for _, page := range p.Pages {
		text.WriteString(page)
		text.WriteByte('\n')
	}
	return text.String()
}

// PDFText returns the text and the embedded files of a PDF. It returns
// [protocol.InvalidFile] for what is no PDF, [protocol.NotFound] and
// [protocol.Limit].
func (s *Session) PDFText(f File) (PDF, error) {
	var out protocol.PDFTextReply
	if err := s.turnTo(f); err != nil {
		return PDF{}, err
	}
	_, err := s.home.Call(protocol.OpPDFText, protocol.FileRequest{File: f.ID}, nil, &out)
	return PDF{Pages: out.Pages, Files: out.Files}, err
}

// Unzip returns the files within an archive: zip, tar, tar.gz or gz. Names are
// cleaned, slash-separated and relative. It returns [protocol.InvalidFile],
// [protocol.NotFound] and [protocol.Limit].
func (s *Session) Unzip(f File) ([]File, error) {
	var out protocol.UnzipReply
	if err := s.turnTo(f); err != nil {
		return nil, err
	}
	_, err := s.home.Call(protocol.OpUnzip, protocol.FileRequest{File: f.ID}, nil, &out)
	return out.Files, err
}

// A Query selects rows of an HTML document by CSS and, in each, fields:
//
//	sdk.Query{Rows: "table.bills tr", Fields: map[string]string{"total": "td.total", "pdf": "a@href", "id": "@data-id"}}
type Query = protocol.Query

// Queries are questions to one HTML document, by a name of your choice.
type Queries map[string]Query

// A Selection answers [Queries]: under each name, a map a row from field to
// text, white space folded. A field without a match is absent.
type Selection map[string][]map[string]string

// First returns the first row of the query name; nil, which reads as empty,
// when there is none.
func (s Selection) First(name string) map[string]string {
	if len(s[name]) == 0 {
		return nil
	}
	return s[name][0]
}

// Select answers queries about f, an HTML document, which the connector then
// needs no parser for. It returns [protocol.InvalidFile], [protocol.NotFound],
// [protocol.Limit], and [protocol.Invalid] for a selector that does not parse.
func (s *Session) Select(f File, queries Queries) (Selection, error) {
	if err := s.turnTo(f); err != nil {
		return nil, err
	}
	return s.selectIn(protocol.SelectRequest{File: f.ID, Queries: queries}, nil)
}

// SelectHTML is [Session.Select] for a document that the connector holds.
func (s *Session) SelectHTML(html []byte, queries Queries) (Selection, error) {
	return s.selectIn(protocol.SelectRequest{Queries: queries}, append([]byte{}, html...))
}

func (s *Session) selectIn(in protocol.SelectRequest, html []byte) (Selection, error) {
	var out protocol.SelectReply
	_, err := s.home.Call(protocol.OpSelect, in, html, &out)
	return out.Results, err
}
