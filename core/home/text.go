package home

import (
	"context"
	"io"
	"strings"
	"sync"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/extract"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// maxPlain bounds what is read of a file that is text already.
const maxPlain = 1 << 20

// A texts reads the text of stored files for the index. One helper serves the
// files that follow each other, until rest.
type texts struct {
	extract *extract.Extractor
	mu      sync.Mutex
	session *extract.Session // nil at rest
}

// read implements query.TextReader. A file that breaks its reader has no text.
func (t *texts) read(ctx context.Context, f core.FileRef, content io.ReaderAt) ([]string, error) {
	switch {
	case f.MediaType == "application/pdf":
		return t.pdf(ctx, f, content)
	case strings.HasPrefix(f.MediaType, "text/"):
		plain, err := io.ReadAll(io.NewSectionReader(content, 0, min(f.Size, maxPlain)))
		return []string{strings.ToValidUTF8(string(plain), "\ufffd")}, err
	}
	return nil, nil
}

func (t *texts) pdf(ctx context.Context, f core.FileRef, content io.ReaderAt) ([]string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.session == nil {
		t.session = t.extract.Session()
	}
	pdf, err := t.session.PDFText(ctx, content, f.Size)
	switch core.CodeOf(err) {
	case protocol.InvalidFile, protocol.Limit:
		return nil, nil
	}
	return pdf.Pages, err
}

// rest ends the helper.
func (t *texts) rest() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.session == nil {
		return nil
	}
	err := t.session.Close()
	t.session = nil
	return err
}
