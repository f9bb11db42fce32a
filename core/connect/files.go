package connect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"path"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// files are the files of one run, by the ids that its program knows.
type files struct{ byID map[protocol.FileID]*runFile }

func (f *files) put(file *runFile) {
	if f.byID == nil {
		f.byID = map[protocol.FileID]*runFile{}
	}
	f.byID[file.ID] = file
}

// A runFile is sealed in the vault's hands from its first byte: it becomes a
// file of the vault when a record refers to it, and is dropped otherwise.
type runFile struct {
	protocol.File
	staged *vault.StagedFile
	text   []string // of each page, once it was asked for
	said   string   // by the person, of the columns of a table
}

const maxFiles = 5_000 // files of one run

func (f *files) get(id protocol.FileID) (*runFile, bool) {
	file, ok := f.byID[id]
	return file, ok
}

func (f *runFile) attach(name string) ingest.File {
	if name == "" {
		name = f.Name
	}
	return ingest.File{Staged: f.staged, Name: name, MediaType: f.MediaType, Text: f.text}
}

// add takes the bytes of r, at most limit, as a new file of the run.
func (s *session) add(ctx context.Context, name, mediaType string, r io.Reader, limit int64) (*runFile, error) {
	if len(s.files.byID) >= maxFiles {
		return nil, &protocol.Error{Code: protocol.Limit, Message: fmt.Sprintf("more than %d files in a run", maxFiles)}
	}
	name, mediaType = cleanName(name), cleanType(mediaType)
	w, err := s.c.Vault.NewFile(ctx, s.source.ID, name, mediaType)
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(w, io.LimitReader(r, limit+1))
	if err == nil && n > limit {
		err = &protocol.Error{Code: protocol.Limit, Message: fmt.Sprintf("%q is over %d bytes", name, limit)}
	}
	if err != nil {
		return nil, errors.Join(err, w.Discard(context.WithoutCancel(ctx)))
	}
	staged, err := w.Close()
	if err != nil {
		return nil, err
	}
	f := &runFile{staged: staged, File: protocol.File{
		ID: protocol.FileID(fmt.Sprintf("f%d", len(s.files.byID)+1)), Name: name, MediaType: mediaType, Size: n}}
	s.files.put(f)
	return f, nil
}

// discard drops every file that no record took.
func (f *files) discard(ctx context.Context) (err error) {
	for _, file := range f.byID {
		err = errors.Join(err, file.staged.Discard(ctx))
	}
	return err
}

// cleanName makes a provider's file name fit for a list and a download.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\ufffd' {
			return -1
		}
		return r
	}, name)
	if name == "." || name == "/" || name == ".." || name == "" {
		return "file"
	}
	return clip(name, 200)
}

func cleanType(mediaType string) string {
	base, _, err := mime.ParseMediaType(mediaType)
	if err != nil || len(base) > 100 {
		return "application/octet-stream"
	}
	return base
}

func (s *session) file(id protocol.FileID) (*runFile, error) {
	f, ok := s.files.get(id)
	if !ok {
		return nil, &protocol.Error{Code: protocol.NotFound, Message: fmt.Sprintf("no file %q", id)}
	}
	s.turnTo(id)
	return f, nil
}

// turnTo notes which file of an import is read: what is emitted next is of it.
// A download is no part, since a provider's pages do not overlap.
func (s *session) turnTo(id protocol.FileID) {
	switch {
	case s.input == nil:
	case s.input.ID == id:
		s.part = ""
	default:
		s.part = string(id)
	}
}

func (s *session) readFile(_ context.Context, req protocol.ReadFileRequest, _ []byte) (any, []byte, error) {
	f, err := s.file(req.File)
	if err != nil {
		return nil, nil, err
	}
	if req.Offset < 0 || req.Length < 0 || req.Length > protocol.MaxPayload {
		return nil, nil, &protocol.Error{Code: protocol.Invalid, Message: "offset or length out of range"}
	}
	length := max(0, min(f.Size-req.Offset, protocol.MaxPayload))
	if req.Length > 0 {
		length = min(length, req.Length)
	}
	buf := make([]byte, length)
	if length > 0 {
		if _, err := f.staged.ReadAt(buf, req.Offset); err != nil && err != io.EOF {
			return nil, nil, err
		}
	}
	return protocol.ReadFileReply{Size: f.Size}, buf, nil
}

func (s *session) pdfText(ctx context.Context, req protocol.FileRequest, _ []byte) (any, []byte, error) {
	f, err := s.file(req.File)
	if err != nil {
		return nil, nil, err
	}
	pdf, err := s.extract.PDFText(ctx, f.staged, f.Size)
	if err != nil {
		return nil, nil, err
	}
	f.text = pdf.Pages
	reply := protocol.PDFTextReply{Pages: pdf.Pages}
	for _, e := range pdf.Files {
		embedded, err := s.add(ctx, e.Name, mime.TypeByExtension(path.Ext(e.Name)), bytes.NewReader(e.Data), protocol.MaxFile)
		if err != nil {
			return nil, nil, err
		}
		reply.Files = append(reply.Files, embedded.File)
	}
	return reply, nil, nil
}

func (s *session) unzip(ctx context.Context, req protocol.FileRequest, _ []byte) (any, []byte, error) {
	f, err := s.file(req.File)
	if err != nil {
		return nil, nil, err
	}
	var reply protocol.UnzipReply
	err = s.extract.Unzip(ctx, f.staged, f.Size, func(name string, r io.Reader) error {
		entry, err := s.add(ctx, name, mime.TypeByExtension(path.Ext(name)), r, protocol.MaxFile)
		if err != nil {
			return err
		}
		entry.Name = name // the whole path inside the archive
		reply.Files = append(reply.Files, entry.File)
		return nil
	})
	return reply, nil, err
}

func (s *session) selectHTML(ctx context.Context, req protocol.SelectRequest, payload []byte) (any, []byte, error) {
	page := payload
	if req.File != "" {
		f, err := s.file(req.File)
		if err != nil {
			return nil, nil, err
		}
		if f.Size > protocol.MaxPayload {
			return nil, nil, core.E(protocol.Limit, "select", fmt.Errorf("page of %d bytes", f.Size))
		}
		page = make([]byte, f.Size)
		if _, err := io.ReadFull(io.NewSectionReader(f.staged, 0, f.Size), page); err != nil {
			return nil, nil, err
		}
	}
	results, err := s.extract.Select(ctx, page, req.Queries)
	return protocol.SelectReply{Results: results}, nil, err
}
