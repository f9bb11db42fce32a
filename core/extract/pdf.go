package extract

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"path"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Bounds of what is kept of one PDF. The file itself may have 64 MiB.
const (
	MaxText     = 2 << 20  // bytes of text of all pages
	MaxEmbedded = 32 << 20 // bytes of all embedded files
	maxPages    = 1000
	maxFiles    = 100
)

// A PDF is what was read of one.
type PDF struct {
	// Pages is the text of each page in reading order: a row of a table is a
	// line, two spaces part columns. A page of images is "".
	Pages []string
	// Files are the embedded files, such as the XML of an e-invoice.
	Files []Embedded
	// Partial says that something was left out: pages after the first
	// thousand, text or files over their bound, a damaged page or file.
	Partial bool
}

// An Embedded is a file inside a PDF.
type Embedded struct {
	Name string // one element of a path, never empty
	Data []byte
}

// PDFText reads the text and the embedded files of a PDF of size bytes. A PDF
// that opens only with a password is invalid_file.
func (s *Session) PDFText(ctx context.Context, r io.ReaderAt, size int64) (PDF, error) {
	var pdf PDF
	if err := s.use(ctx, sandbox.HelperPDF, r, size, pdf.read); err != nil {
		return PDF{}, err
	}
	return pdf, nil
}

func (pdf *PDF) read(k *talk) error {
	head, _, err := k.ask(request{Op: "open", Size: k.size})
	if err != nil {
		return err
	}
	if head.Pages < 0 || head.Files < 0 {
		return k.nonsense("it counted %d pages and %d files", head.Pages, head.Files)
	}
	files, err := pdf.readPages(k, head)
	if err != nil {
		return err
	}
	if err := pdf.readFiles(k, files); err != nil {
		return err
	}
	_, _, err = k.ask(request{Op: "close"})
	return err
}

// readPages reads the text of the pages and returns the number of files met.
func (pdf *PDF) readPages(k *talk, head answer) (files int, err error) {
	pdf.Pages = make([]string, min(head.Pages, maxPages))
	pdf.Partial = head.Pages > maxPages
	files = head.Files
	left := MaxText
	for i := range pdf.Pages {
		if left == 0 {
			pdf.Partial = true
			return files, nil
		}
		a, text, err := k.ask(request{Op: "page", Index: i, Max: left})
		if err != nil {
			return 0, err
		}
		if len(text) > left {
			return 0, k.nonsense("it sent %d bytes of text where %d were asked for", len(text), left)
		}
		pdf.Pages[i] = strings.ToValidUTF8(string(text), "\uFFFD")
		pdf.Partial = pdf.Partial || a.Truncated || a.Damaged
		left -= len(text)
		files = max(files, a.Files)
	}
	return files, nil
}

// readFiles reads n embedded files; one that is there twice is kept once.
func (pdf *PDF) readFiles(k *talk, n int) error {
	pdf.Partial = pdf.Partial || n > maxFiles
	type key struct {
		name string
		sum  [sha256.Size]byte
	}
	seen := map[key]bool{}
	left := int64(MaxEmbedded)
	for i := range min(n, maxFiles) {
		f, err := readEmbedded(k, i, left)
		if code := core.CodeOf(err); !k.broken && (code == protocol.InvalidFile || code == protocol.Limit) {
			pdf.Partial = true
			continue
		}
		if err != nil {
			return err
		}
		if id := (key{f.Name, sha256.Sum256(f.Data)}); !seen[id] {
			seen[id] = true
			pdf.Files = append(pdf.Files, f)
			left -= int64(len(f.Data))
		}
	}
	return nil
}

// readEmbedded reads the file of an index, of at most limit bytes.
func readEmbedded(k *talk, index int, limit int64) (Embedded, error) {
	var data bytes.Buffer
	for {
		a, part, err := k.ask(request{Op: "file", Index: index, Offset: int64(data.Len())})
		if err != nil {
			return Embedded{}, err
		}
		if a.Size > limit {
			return Embedded{}, core.E(protocol.Limit, k.op, nil)
		}
		data.Write(part)
		switch n := int64(data.Len()); {
		case n == a.Size:
			return Embedded{path.Base(cleanName(a.Name)), data.Bytes()}, nil
		case n > a.Size || len(part) == 0:
			return Embedded{}, k.nonsense("it sent %d bytes of a file of %d", n, a.Size)
		}
	}
}
