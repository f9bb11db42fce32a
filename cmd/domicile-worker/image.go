package main

import (
	"bufio"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// Bounds of one image file.
const (
	maxImage      = 64 << 20  // bytes of the file
	maxImageBytes = 200 << 20 // of its pixels, unpacked
)

// An imageReader answers the requests of mode image, of a JPEG or a PNG.
//
//	open {size} → {pages}: 1
//	measure     → {width, height}: of its picture
//	draw        → {width, height}, payload: its pixels, on white
//	close       → {}
type imageReader struct {
	d      *dialogue
	file   *remote // nil when none is open
	format imageFormat
	config image.Config
	stands int // see orientation
}

// An imageFormat reads one kind of image.
type imageFormat struct {
	magic  string
	stands func(io.Reader) int
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

func imageFormats() []imageFormat {
	return []imageFormat{
		{"\xff\xd8\xff", orientation, jpeg.DecodeConfig, jpeg.Decode},
		{"\x89PNG\r\n\x1a\n", func(io.Reader) int { return upright }, png.DecodeConfig, png.Decode},
	}
}

func serveImage(r *protocol.Reader, w *protocol.Writer) error {
	i := &imageReader{d: &dialogue{r, w}}
	return i.d.serve(softHeap, i.handle)
}

func (i *imageReader) handle(q request) (any, []byte, error) {
	if q.Op == "open" {
		i.file = nil
		return map[string]int{"pages": 1}, nil, i.open(q.Size)
	}
	if i.file == nil && q.Op != "close" || q.Index != 0 {
		return nil, nil, refuse(protocol.Invalid, "no such image is open")
	}
	switch q.Op {
	case "measure":
		size, err := i.measure()
		return size, nil, err
	case "draw":
		return i.draw()
	case "close":
		i.file = nil
		return nil, nil, nil
	}
	return nil, nil, refuse(protocol.Invalid, "unknown op %q", q.Op)
}

func (i *imageReader) open(size int64) error {
	if size > maxImage {
		return refuse(protocol.Limit, "an image of %d bytes; at most %d are read", size, maxImage)
	}
	file := newRemote(i.d, size)
	for _, f := range imageFormats() {
		head := make([]byte, len(f.magic))
		if _, err := io.ReadFull(io.NewSectionReader(file, 0, size), head); err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return err
		}
		if string(head) != f.magic {
			continue
		}
		config, err := f.config(content(file))
		if err != nil {
			return err
		}
		i.file, i.format, i.config, i.stands = file, f, config, f.stands(content(file))
		return nil
	}
	return refuse(protocol.InvalidFile, "no JPEG or PNG")
}

func content(file *remote) io.Reader {
	return bufio.NewReaderSize(io.NewSectionReader(file, 0, file.size), 64<<10)
}

// measure returns the size of the picture, which is upright.
func (i *imageReader) measure() (picture, error) {
	width, height := int64(i.config.Width), int64(i.config.Height)
	if lies(i.stands) {
		width, height = height, width
	}
	size, ok := fit(float64(width), float64(height), 1)
	switch {
	case !ok:
		return picture{}, refuse(protocol.InvalidFile, "an image without a size")
	case width*height > maxImageBytes/pixelBytes(i.config.ColorModel):
		return picture{}, refuse(protocol.Limit, "an image of %d by %d pixels", width, height)
	}
	return size, nil
}

// pixelBytes is what a pixel takes while an image is read.
func pixelBytes(m color.Model) int64 {
	switch m {
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	case color.YCbCrModel, color.GrayModel:
		return 3
	}
	return 4
}

func (i *imageReader) draw() (any, []byte, error) {
	size, err := i.measure()
	if err != nil {
		return nil, nil, err
	}
	whole, err := i.format.decode(content(i.file))
	if err != nil {
		return nil, nil, err
	}
	as := size
	if lies(i.stands) {
		as = picture{size.Height, size.Width}
	}
	return size, setUpright(shrink(whole, as), as, i.stands), nil
}

// shrink returns the pixels of an image at a smaller size: each is the mean of
// those that it stands for, on white.
func shrink(from image.Image, to picture) []byte {
	b := from.Bounds()
	out := make([]byte, 0, to.bytes())
	for y := range to.Height {
		top, bottom := b.Min.Y+y*b.Dy()/to.Height, b.Min.Y+(y+1)*b.Dy()/to.Height
		for x := range to.Width {
			left, right := b.Min.X+x*b.Dx()/to.Width, b.Min.X+(x+1)*b.Dx()/to.Width
			out = append(out, mean(from, image.Rect(left, top, max(right, left+1), max(bottom, top+1)))...)
		}
	}
	return out
}

// mean is the colour of a part of an image, on white.
func mean(of image.Image, part image.Rectangle) []byte {
	var red, green, blue, n uint64
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			r, g, b, a := of.At(x, y).RGBA()
			red, green, blue, n = red+uint64(r+0xFFFF-a), green+uint64(g+0xFFFF-a), blue+uint64(b+0xFFFF-a), n+1
		}
	}
	return []byte{byte(red / n >> 8), byte(green / n >> 8), byte(blue / n >> 8)}
}
