package main

import "math"

// Bounds of a picture: what the home shows of a page or of an image. Its pixels
// are three bytes each, red, green and blue, and go in one frame.
const (
	maxPictureWidth  = 1200
	maxPictureHeight = 4000
	maxPicturePixels = 2_700_000 // times three is below the bound of a payload, 8 MiB
)

// A picture is the size of one, in pixels.
type picture struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// fit returns the picture of what is width by height, no larger than most times.
// It refuses what has no size, or none that can be.
func fit(width, height, most float64) (picture, bool) {
	const huge = 1e9
	if !(width > 0 && height > 0 && width < huge && height < huge) { // not a number is not above 0
		return picture{}, false
	}
	scale := min(most, maxPictureWidth/width, maxPictureHeight/height, math.Sqrt(maxPicturePixels/(width*height)))
	return picture{max(1, int(width*scale)), max(1, int(height*scale))}, true
}

// bytes is the length of its pixels.
func (p picture) bytes() int { return 3 * p.Width * p.Height }
