package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Bounds of a picture, in pixels; the helper keeps to the same.
const (
	MaxPictureWidth  = 1200
	MaxPictureHeight = 4000
	MaxPicturePixels = 2_700_000
)

// A Sheet is a page of a file as a picture would show it.
type Sheet struct {
	Pages         int // of the file; 1 for an image
	Width, Height int // of the picture, in pixels
}

// CanDraw reports whether files of a media type are drawn: PDF, JPEG, PNG.
func CanDraw(mediaType string) bool {
	return mediaType == "application/pdf" || mediaType == "image/jpeg" || mediaType == "image/png"
}

// Measure returns what page, from 0, of a PDF, JPEG or PNG would look like. What
// the file is, its first bytes say. It returns [core.NotFound] when there is no
// such page.
func (s *Session) Measure(ctx context.Context, r io.ReaderAt, size int64, page int) (Sheet, error) {
	kind, err := helperOf(r)
	if err != nil {
		return Sheet{}, err
	}
	var sheet Sheet
	err = s.onSheet(ctx, kind, r, size, func(k *talk) error { return sheet.measure(k, page) })
	return sheet, err
}

// Draw returns the picture of page, from 0, of a file, on white. Codes are those
// of [Session.Measure].
func (s *Session) Draw(ctx context.Context, r io.ReaderAt, size int64, page int) (*image.RGBA, error) {
	kind, err := helperOf(r)
	if err != nil {
		return nil, err
	}
	return s.draw(ctx, kind, r, size, page)
}

// Redraw returns the picture of a JPEG or PNG, on white; a PDF is none, whatever
// else its bytes are.
func (s *Session) Redraw(ctx context.Context, data []byte) (*image.RGBA, error) {
	if !isImage(data) {
		return nil, core.E(protocol.InvalidFile, "draw", errors.New("no JPEG or PNG"))
	}
	return s.draw(ctx, sandbox.HelperImage, bytes.NewReader(data), int64(len(data)), 0)
}

func (s *Session) draw(ctx context.Context, kind string, r io.ReaderAt, size int64, page int) (*image.RGBA, error) {
	var picture *image.RGBA
	err := s.onSheet(ctx, kind, r, size, func(k *talk) (err error) {
		picture, err = draw(k, page)
		return err
	})
	return picture, err
}

// onSheet opens a file for do, and closes it unless the helper is to end.
func (s *Session) onSheet(ctx context.Context, kind string, r io.ReaderAt, size int64, do func(*talk) error) error {
	return s.use(ctx, kind, r, size, func(k *talk) error {
		err := do(k)
		if k.broken {
			return err
		}
		if _, _, closing := k.ask(request{Op: "close"}); err == nil {
			err = closing
		}
		return err
	})
}

// maxPreamble is how far into a file its reader looks for the start of a PDF.
const maxPreamble = 1 << 10

// helperOf returns the kind of helper that draws a file.
func helperOf(r io.ReaderAt) (kind string, err error) {
	head := make([]byte, maxPreamble)
	n, err := r.ReadAt(head, 0)
	switch head = head[:n]; {
	case err != nil && !errors.Is(err, io.EOF):
		return "", fmt.Errorf("draw: read file: %w", err)
	case bytes.Contains(head, []byte("%PDF-")):
		return sandbox.HelperPDF, nil
	case isImage(head):
		return sandbox.HelperImage, nil
	}
	return "", core.E(protocol.InvalidFile, "draw", errors.New("no PDF, JPEG or PNG"))
}

// isImage reports whether what begins with head is a JPEG or a PNG.
func isImage(head []byte) bool {
	return bytes.HasPrefix(head, []byte("\xff\xd8\xff")) || bytes.HasPrefix(head, []byte("\x89PNG"))
}

func (s *Sheet) measure(k *talk, page int) error {
	pages, err := openSheets(k, page)
	if err != nil {
		return err
	}
	a, _, err := askSheet(k, "measure", page)
	*s = Sheet{Pages: pages, Width: a.Width, Height: a.Height}
	return err
}

func draw(k *talk, page int) (*image.RGBA, error) {
	if _, err := openSheets(k, page); err != nil {
		return nil, err
	}
	a, pixels, err := askSheet(k, "draw", page)
	if err != nil {
		return nil, err
	}
	if want := 3 * a.Width * a.Height; len(pixels) != want {
		return nil, k.nonsense("it sent %d bytes of %d by %d pixels", len(pixels), a.Width, a.Height)
	}
	picture := image.NewRGBA(image.Rect(0, 0, a.Width, a.Height))
	for at := 0; len(pixels) > 0; at, pixels = at+4, pixels[3:] {
		copy(picture.Pix[at:], pixels[:3])
		picture.Pix[at+3] = 0xFF
	}
	return picture, nil
}

// openSheets opens the file and returns how many pages it has, page among them.
func openSheets(k *talk, page int) (pages int, err error) {
	head, _, err := k.ask(request{Op: "open", Size: k.size})
	switch {
	case err != nil:
		return 0, err
	case head.Pages < 0:
		return 0, k.nonsense("it counted %d pages", head.Pages)
	case page < 0 || page >= head.Pages:
		return 0, core.E(core.NotFound, k.op, fmt.Errorf("page %d of %d", page, head.Pages))
	}
	return head.Pages, nil
}

// askSheet asks for an open page's size, or for its pixels too. The size it
// returns is within bounds.
func askSheet(k *talk, op string, page int) (answer, []byte, error) {
	a, pixels, err := k.ask(request{Op: op, Index: page})
	switch {
	case err != nil:
		return answer{}, nil, err
	case a.Damaged:
		return answer{}, nil, core.E(protocol.InvalidFile, k.op, fmt.Errorf("page %d is damaged", page))
	case a.Width < 1 || a.Width > MaxPictureWidth || a.Height < 1 || a.Height > MaxPictureHeight || a.Width*a.Height > MaxPicturePixels:
		return answer{}, nil, k.nonsense("it measured %d by %d pixels", a.Width, a.Height)
	}
	return a, pixels, nil
}
