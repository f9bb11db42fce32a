package providers

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"

	"github.com/go-pdf/fpdf"
)

// perPixel is how many bytes a pixel of noise takes at the quality below.
const perPixel = 0.85

// addScan adds a page with a picture of about size bytes, as bills have that
// were printed and scanned: noise, which does not compress.
func addScan(doc *fpdf.Fpdf, r *rand.Rand, size int) error {
	side := int(math.Sqrt(float64(size) / perPixel))
	picture := image.NewGray(image.Rect(0, 0, side, side))
	for i := range picture.Pix {
		picture.Pix[i] = byte(r.Uint32())
	}
	var data bytes.Buffer
	if err := jpeg.Encode(&data, picture, &jpeg.Options{Quality: 91}); err != nil {
		return err
	}
	doc.AddPage()
	doc.RegisterImageOptionsReader("scan", fpdf.ImageOptions{ImageType: "jpg"}, &data)
	doc.ImageOptions("scan", 20, 20, 170, 0, false, fpdf.ImageOptions{ImageType: "jpg"}, 0, "")
	return doc.Error()
}
