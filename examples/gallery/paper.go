package gallery

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// keepFile keeps a file in a source, as it is.
func (h *House) keepFile(ctx context.Context, source core.SourceID, name, mediaType string, content []byte) (core.FileRef, error) {
	w, err := h.Vault.NewFile(ctx, source, name, mediaType)
	if err != nil {
		return core.FileRef{}, err
	}
	if _, err := w.Write(content); err != nil {
		return core.FileRef{}, err
	}
	staged, err := w.Close()
	if err != nil {
		return core.FileRef{}, err
	}
	ref := core.FileRef{Name: name, MediaType: mediaType, Size: int64(len(content))}
	err = h.update(ctx, source, func(space *vault.Space) (err error) {
		ref.File, err = space.PutFile(staged)
		return err
	})
	return ref, err
}

// papers keeps documents whose files are shown, and one whose file cannot be.
func (h *House) papers(ctx context.Context, source core.SourceID) error {
	receipt, err := photo()
	if err != nil {
		return err
	}
	for _, p := range []struct {
		name, title, file, mediaType string
		content                      []byte
	}{
		{"paged", "Terms of the contract", "conditions.pdf", "application/pdf", paged("Terms of the contract, page 1", "Terms of the contract, page 2", "Terms of the contract, page 3")},
		{"photo", "Receipt", "receipt.jpg", "image/jpeg", receipt},
		{"torn", "Letter that was cut off", "letter.pdf", "application/pdf", []byte("%PDF-1.7\n1 0 obj<<")},
	} {
		f, err := h.keepFile(ctx, source, p.file, p.mediaType, p.content)
		if err != nil {
			return err
		}
		ref, err := h.put(ctx, source, core.Record{Type: record.TypeDocument, ID: p.name, Title: p.title, Time: record.Date(2026, 2, 1),
			Data: []byte(`{"kind":"letter"}`), Files: []core.FileRef{f}, Provenance: core.Provenance{Run: 1, Connector: "ondine", Version: "1.0.0"}})
		if err != nil {
			return err
		}
		h.mark(p.name, ref)
		h.mark(p.name+"-file", f.File)
	}
	return nil
}

// paged returns a PDF with a page for each text.
func paged(texts ...string) []byte {
	var kids, pages strings.Builder
	for i, text := range texts {
		fmt.Fprintf(&kids, "%d 0 R ", 10+2*i)
		content := fmt.Sprintf("BT /F 24 Tf 72 740 Td (%s) Tj ET 0.08 0.4 0.36 rg 72 700 450 4 re f", text)
		fmt.Fprintf(&pages, "%d 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>endobj\n"+
			"%d 0 obj<</Length %d>>stream\n%s\nendstream endobj\n", 10+2*i, 11+2*i, 11+2*i, len(content), content)
	}
	return fmt.Appendf(nil, "%%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count %d/Kids[%s]>>endobj\n"+
		"3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n%strailer<</Root 1 0 R>>\n", len(texts), kids.String(), pages.String())
}

// lying is the EXIF of a phone that was held upright: what it stored lies on its
// side (orientation 6).
const lying = "\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"

// photo returns a phone's picture of a slip of paper on a table.
func photo() ([]byte, error) {
	p := image.NewRGBA(image.Rect(0, 0, 400, 600))
	for y := range 400 {
		for x := range 600 {
			c := color.RGBA{120, 84, 52, 0xFF}
			if x > 200 && x < 400 && y > 40 && y < 360 {
				c = color.RGBA{250, 248, 240, 0xFF}
				if x > 220 && x < 340 && y%20 < 6 && y > 60 {
					c = color.RGBA{90, 90, 90, 0xFF}
				}
			}
			p.SetRGBA(y, 599-x, c)
		}
	}
	var out bytes.Buffer
	err := jpeg.Encode(&out, p, nil)
	return slices.Insert(out.Bytes(), 2, []byte(lying)...), err
}
