package render

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quiet is the margin of a QR code, in its own squares (ISO/IEC 18004, 6.3.8).
const quiet = 4

// QR draws text, of at most some two thousand bytes, as a code for a camera,
// dark on white in every theme. About is what it says to those who do not see it.
func QR(text, about string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("draw QR code: %w", err)
	}
	side := code.Bounds().Dx()
	var path strings.Builder
	for y := range side {
		for x := range side {
			if shade, _, _, _ := code.At(x, y).RGBA(); shade == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return execute("qr", struct {
		About, Path string
		Side        int
	}{about, path.String(), side + 2*quiet})
}
