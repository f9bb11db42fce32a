package main

import (
	"context"
	"errors"

	"github.com/klippa-app/go-pdfium"
	"github.com/tetratelabs/wazero"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// Bounds of one PDF.
const (
	maxPDF         = 64 << 20 // bytes of the file
	maxPDFPages    = 1000     // read; the text of the others is left out
	maxPDFFiles    = 100      // embedded files
	maxPDFFile     = 16 << 20 // bytes of one of them
	maxPDFAnnots   = 1000     // looked at on a page for attached files
	maxPageGlyphs  = 1 << 18  // characters read of a page
	annotationFile = 17       // FPDF_ANNOT_FILEATTACHMENT
)

// A pdfReader answers the requests of mode pdf:
//
//	open {size}          → {pages, files}: only the first maxPDFPages can be read
//	page {index, max}    → {truncated}, payload: the page's text, line by line
//	file {index, offset} → {name, size}, payload: its bytes from offset
//	measure {index}      → {width, height}: of the page's picture; or {damaged}
//	draw {index}         → {width, height}, payload: its pixels; or {damaged}
//	close                → {}
//
// Each open starts a fresh instance of pdfium, so that nothing of one file is
// left for the next.
type pdfReader struct {
	ctx      context.Context
	d        *dialogue
	pool     pdfium.Pool
	guest    *pdfGuest // nil when no file is open
	document uint64
	pages    int
	files    []embedded
}

// An embedded is a file inside a PDF; its data is kept while it is being sent.
type embedded struct {
	handle uint64
	name   string
	data   []byte
}

// openPDF compiles pdfium or takes it from cache, and returns what answers
// requests until the home closes the pipe.
func openPDF(cache wazero.CompilationCache) (server, error) {
	ctx := context.Background()
	pool, err := newPDFPool(ctx, cache)
	if err != nil {
		return nil, err
	}
	return func(r *protocol.Reader, w *protocol.Writer) error {
		p := &pdfReader{ctx: ctx, d: &dialogue{r, w}, pool: pool}
		return errors.Join(p.d.serve(softPDFHeap, p.handle), p.close())
	}, nil
}

func (p *pdfReader) handle(q request) (any, []byte, error) {
	if q.Op == "open" {
		ok, err := p.open(q.Size)
		return ok, nil, err
	}
	if p.guest == nil && q.Op != "close" {
		return nil, nil, refuse(protocol.Invalid, "no file is open")
	}
	switch q.Op {
	case "page":
		return p.page(q.Index, q.Max)
	case "file":
		return p.file(q.Index, q.Offset)
	case "measure":
		return p.onPage(q.Index, p.measure)
	case "draw":
		return p.onPage(q.Index, p.draw)
	case "close":
		return nil, nil, p.close()
	}
	return nil, nil, refuse(protocol.Invalid, "unknown op %q", q.Op)
}

func (p *pdfReader) close() error {
	if p.guest == nil {
		return nil
	}
	err := p.guest.close()
	p.guest, p.document, p.pages, p.files = nil, 0, 0, nil
	return err
}

func (p *pdfReader) open(size int64) (any, error) {
	if err := p.close(); err != nil {
		return nil, err
	}
	if size > maxPDF {
		return nil, refuse(protocol.Limit, "a PDF of %d bytes; at most %d are read", size, maxPDF)
	}
	if size <= 0 {
		return nil, refuse(protocol.InvalidFile, "the file is empty")
	}
	guest, err := newPDFGuest(p.ctx, p.pool)
	if err != nil {
		return nil, refuse(protocol.Internal, "%v", err)
	}
	p.guest = guest
	if err := p.read(size); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return map[string]int{"pages": p.pages, "files": len(p.files)}, nil
}

// read loads the document and finds its pages and embedded files.
func (p *pdfReader) read(size int64) (err error) {
	if p.document, err = p.guest.load(newRemote(p.d, size), size); err != nil {
		return err
	}
	pages, err := p.guest.number("FPDF_GetPageCount", p.document)
	if err != nil {
		return err
	}
	p.pages = pages
	return p.findFiles()
}

// findFiles lists the files of the document's name tree, where e-invoices keep
// their XML.
func (p *pdfReader) findFiles() error {
	n, err := p.guest.number("FPDFDoc_GetAttachmentCount", p.document)
	if err != nil {
		return err
	}
	if n > maxPDFFiles {
		return refuse(protocol.Limit, "%d embedded files; at most %d are read", n, maxPDFFiles)
	}
	for i := range n {
		handle, err := p.guest.handle("FPDFDoc_GetAttachment", p.document, uint64(i))
		if err != nil {
			continue // a name without a file
		}
		if err := p.addFile(handle); err != nil {
			return err
		}
	}
	return nil
}

func (p *pdfReader) addFile(handle uint64) error {
	name, err := p.guest.attachmentName(handle)
	if err == nil {
		p.files = append(p.files, embedded{handle: handle, name: name})
	}
	return err
}

// page returns the text of one page and notes the files attached to it.
func (p *pdfReader) page(index, most int) (any, []byte, error) {
	if index < 0 || index >= min(p.pages, maxPDFPages) || most < 0 || most > protocol.MaxPayload {
		return nil, nil, refuse(protocol.Invalid, "page %d of %d", index, p.pages)
	}
	page, err := p.guest.handle("FPDF_LoadPage", p.document, uint64(index))
	if err != nil {
		return map[string]bool{"damaged": true}, []byte{}, nil
	}
	text, whole, err := p.guest.pageText(page)
	if err == nil {
		err = p.findAttached(page)
	}
	if err == nil {
		_, err = p.guest.call("FPDF_ClosePage", page)
	}
	kept := cutText(text, most)
	return map[string]any{"truncated": len(kept) < len(text) || !whole, "files": len(p.files)}, []byte(kept), err
}

// findAttached adds the files that annotations of the page hold.
func (p *pdfReader) findAttached(page uint64) error {
	n, err := p.guest.number("FPDFPage_GetAnnotCount", page)
	if err != nil {
		return err
	}
	for i := range min(n, maxPDFAnnots) {
		annotation, err := p.guest.handle("FPDFPage_GetAnnot", page, uint64(i))
		if err != nil {
			continue
		}
		kind, err := p.guest.number("FPDFAnnot_GetSubtype", annotation)
		if err == nil && kind == annotationFile && len(p.files) < maxPDFFiles {
			err = p.addAttached(annotation)
		}
		if _, err2 := p.guest.call("FPDFPage_CloseAnnot", annotation); err != nil || err2 != nil {
			return errors.Join(err, err2)
		}
	}
	return nil
}

func (p *pdfReader) addAttached(annotation uint64) error {
	handle, err := p.guest.handle("FPDFAnnot_GetFileAttachment", annotation)
	if err != nil {
		return nil // an annotation without a file
	}
	return p.addFile(handle)
}

// file sends a part of an embedded file. A file that was sent already under
// another name is sent again: the home compares what it keeps.
func (p *pdfReader) file(index int, offset int64) (any, []byte, error) {
	if index < 0 || index >= len(p.files) {
		return nil, nil, refuse(protocol.Invalid, "file %d of %d", index, len(p.files))
	}
	f := &p.files[index]
	if f.data == nil {
		data, err := p.guest.attachmentData(f.handle, maxPDFFile)
		if err != nil {
			return nil, nil, err
		}
		f.data = data
	}
	size := int64(len(f.data))
	if offset < 0 || offset > size {
		return nil, nil, refuse(protocol.Invalid, "offset %d of %d", offset, size)
	}
	part := f.data[offset:min(size, offset+chunkSize)]
	if offset+int64(len(part)) == size {
		f.data = nil
	}
	return map[string]any{"name": f.name, "size": size}, append([]byte{}, part...), nil
}
