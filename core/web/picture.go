package web

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"strconv"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/extract"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A shownFile is a page of a file of a record, as a picture.
type shownFile struct {
	Src, Alt      string
	Width, Height int
	Pages         string // "Page 2 of 3"; "" of an image
	Back, Next    string // addresses of its neighbours; "" for none
	Sorry         string // why there is no picture; "" with one
}

// picture serves a page of a stored file as an image that the home encoded
// itself: nothing of the file's own bytes reaches the browser.
func (s *site) picture(v *visit) error {
	page, err := strconv.Atoi(v.Param("page"))
	if err != nil {
		return core.E(core.NotFound, "find page", err)
	}
	f, err := openFile(v.Context, v.Rooms)
	if err != nil {
		return err
	}
	drawn, err := v.Pictures.Draw(v.Request().Context(), f, page-1)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, drawn); err != nil {
		return fmt.Errorf("encode picture: %w", err)
	}
	v.Response().Header().Set("Content-Security-Policy", "sandbox; default-src 'none'")
	return v.Blob(http.StatusOK, "image/png", out.Bytes())
}

// showFiles lists the files of a record, and shows a page of one of them: of the
// one that the person asked for, or of the first that can be shown.
func (p *recordPage) showFiles(v *visit, r core.Record) error {
	for _, f := range r.Files {
		card := fileCard{Name: f.Name, About: f.MediaType + " · " + v.l.Size(f.Size), Href: filePath(r.Ref.Source, f.File)}
		if extract.CanDraw(f.MediaType) {
			card.Show = fmt.Sprintf("/records/%s?file=%d#preview", r.Ref, f.File)
		}
		p.Files = append(p.Files, card)
	}
	i := chosen(r.Files, v.QueryParam("file"))
	if i < 0 {
		return nil
	}
	p.Files[i].Show = ""
	var err error
	p.Files[i].Shown, err = showFile(v, r, r.Files[i])
	return err
}

// chosen returns the index of the file to show, -1 for none.
func chosen(files []core.FileRef, asked string) int {
	first := -1
	for i, f := range files {
		if !extract.CanDraw(f.MediaType) {
			continue
		}
		if strconv.FormatUint(uint64(f.File), 10) == asked {
			return i
		}
		if first < 0 {
			first = i
		}
	}
	return first
}

// showFile shows the page that was asked for, or the first. A file that cannot
// be shown is no error of the page.
func showFile(v *visit, r core.Record, f core.FileRef) (*shownFile, error) {
	page, err := strconv.Atoi(v.QueryParam("page"))
	if err != nil {
		page = 1
	}
	ctx := v.Request().Context()
	file, err := v.Query.File(ctx, r.Ref.Source, f.File)
	if err != nil {
		return nil, err
	}
	sheet, err := v.Pictures.Measure(ctx, file, page-1)
	switch core.CodeOf(err) {
	case "":
		return newShownFile(v, r, f, sheet, page), nil
	case protocol.InvalidFile, protocol.Limit, core.NotFound, protocol.Unavailable:
		return &shownFile{Sorry: v.l.T("record.no-preview." + string(core.CodeOf(err)))}, nil
	}
	return nil, err
}

func newShownFile(v *visit, r core.Record, f core.FileRef, sheet extract.Sheet, page int) *shownFile {
	p := &shownFile{Src: fmt.Sprintf("%s/pages/%d", filePath(r.Ref.Source, f.File), page), Width: sheet.Width, Height: sheet.Height}
	if f.MediaType != "application/pdf" {
		p.Alt = v.l.T("record.image-of", "name", f.Name)
		return p
	}
	p.Alt = v.l.T("record.page-of", "page", page, "pages", sheet.Pages, "name", f.Name)
	p.Pages = v.l.T("record.page", "page", page, "pages", sheet.Pages)
	at := func(page int) string {
		if page < 1 || page > sheet.Pages {
			return ""
		}
		return fmt.Sprintf("/records/%s?file=%d&page=%d#preview", r.Ref, f.File, page)
	}
	p.Back, p.Next = at(page-1), at(page+1)
	return p
}
