package main

import (
	"errors"

	"github.com/tetratelabs/wazero/api"

	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	maxPageScale = 3    // pixels for a point, a 72nd of an inch: small pages stay small
	drawNotes    = 0x01 // FPDF_ANNOT
	noAlpha      = 0
	white        = 0xFFFFFFFF
)

// onPage opens a page for do, and closes it.
func (p *pdfReader) onPage(index int, do func(page uint64) (picture, []byte, error)) (any, []byte, error) {
	if index < 0 || index >= p.pages {
		return nil, nil, refuse(protocol.Invalid, "page %d of %d", index, p.pages)
	}
	page, err := p.guest.handle("FPDF_LoadPage", p.document, uint64(index))
	if err != nil {
		return map[string]bool{"damaged": true}, nil, nil
	}
	size, pixels, err := do(page)
	if err == nil {
		_, err = p.guest.call("FPDF_ClosePage", page)
	}
	return size, pixels, err
}

// measure returns the size of an open page's picture.
func (p *pdfReader) measure(page uint64) (picture, []byte, error) {
	width, err := p.guest.call("FPDF_GetPageWidthF", page)
	if err != nil {
		return picture{}, nil, err
	}
	height, err := p.guest.call("FPDF_GetPageHeightF", page)
	if err != nil {
		return picture{}, nil, err
	}
	size, ok := fit(float64(api.DecodeF32(width)), float64(api.DecodeF32(height)), maxPageScale)
	if !ok {
		return picture{}, nil, refuse(protocol.InvalidFile, "a page without a size")
	}
	return size, nil, nil
}

// draw returns the picture of an open page, on white.
func (p *pdfReader) draw(page uint64) (picture, []byte, error) {
	size, _, err := p.measure(page)
	if err != nil {
		return picture{}, nil, err
	}
	g, width, height := p.guest, uint64(size.Width), uint64(size.Height)
	bitmap, err := g.handle("FPDFBitmap_Create", width, height, noAlpha)
	if err != nil {
		return picture{}, nil, refuse(protocol.Limit, "no memory for a picture of %d by %d", width, height)
	}
	if _, err := g.call("FPDFBitmap_FillRect", bitmap, 0, 0, width, height, white); err != nil {
		return picture{}, nil, err
	}
	if _, err := g.call("FPDF_RenderPageBitmap", bitmap, page, 0, 0, width, height, 0, drawNotes); err != nil {
		return picture{}, nil, err
	}
	pixels, err := g.pixels(bitmap, size)
	if err == nil {
		_, err = g.call("FPDFBitmap_Destroy", bitmap)
	}
	return size, pixels, err
}

// pixels copies a bitmap, whose pixels are blue, green, red and nothing.
func (g *pdfGuest) pixels(bitmap uint64, size picture) ([]byte, error) {
	stride, err := g.number("FPDFBitmap_GetStride", bitmap)
	if err != nil {
		return nil, err
	}
	at, err := g.handle("FPDFBitmap_GetBuffer", bitmap)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, size.bytes())
	for y := range size.Height {
		row, ok := g.module.Memory().Read(uint32(at)+uint32(y*stride), uint32(4*size.Width))
		if !ok {
			return nil, errors.New("pdfium gave memory that it does not have")
		}
		for ; len(row) > 0; row = row[4:] {
			out = append(out, row[2], row[1], row[0])
		}
	}
	return out, nil
}
