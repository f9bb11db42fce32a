package main

import (
	"encoding/binary"
	"io"
)

// Bounds of the search for how a photo stands.
const (
	maxSegments = 64  // of a JPEG, before its picture
	maxEntries  = 512 // of the first directory of its EXIF
)

// upright is how most images stand, and those that do not say.
const upright = 1

// orientation returns how the JPEG that r reads stands, 1 to 8 as EXIF counts
// (CIPA DC-008, 4.6.5): upright when it does not say, or says what cannot be.
// It reads no further than the picture and never fails.
func orientation(r io.Reader) int {
	var start [2]byte
	if _, err := io.ReadFull(r, start[:]); err != nil || string(start[:]) != "\xff\xd8" {
		return upright
	}
	for range maxSegments {
		var head [4]byte // marker, then the length with itself (ITU T.81, B.1.1.4)
		if _, err := io.ReadFull(r, head[:]); err != nil || head[0] != 0xFF {
			return upright
		}
		size := int(binary.BigEndian.Uint16(head[2:])) - 2
		switch marker := head[1]; {
		case size < 0, marker == 0xDA, marker < 0xC0: // the picture begins, or nonsense
			return upright
		case marker == 0xE1: // APP1
			data := make([]byte, size)
			if _, err := io.ReadFull(r, data); err != nil {
				return upright
			}
			if len(data) > 6 && string(data[:6]) == "Exif\x00\x00" {
				return tiffOrientation(data[6:])
			}
		default:
			if _, err := io.CopyN(io.Discard, r, int64(size)); err != nil {
				return upright
			}
		}
	}
	return upright
}

// tiffOrientation finds tag 274 in the first directory of a TIFF (TIFF 6.0, 2).
func tiffOrientation(data []byte) int {
	if len(data) < 8 {
		return upright
	}
	var order binary.ByteOrder = binary.BigEndian
	if data[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(data[4:]))
	if string(data[:2]) != "II" && string(data[:2]) != "MM" || order.Uint16(data[2:]) != 42 || at+2 > int64(len(data)) {
		return upright
	}
	entries := data[at+2:]
	for range min(int(order.Uint16(data[at:])), maxEntries, len(entries)/12) {
		const orientationTag, short = 274, 3
		if order.Uint16(entries) == orientationTag && order.Uint16(entries[2:]) == short {
			if value := int(order.Uint16(entries[8:])); value >= upright && value <= 8 {
				return value
			}
			return upright
		}
		entries = entries[12:]
	}
	return upright
}

// lies reports whether what is so oriented is as wide as its picture is high.
func lies(orientation int) bool { return orientation >= 5 }

// setUpright turns the pixels, three bytes each, of what is from in size and stands otherwise.
func setUpright(pixels []byte, from picture, orientation int) []byte {
	if orientation == upright {
		return pixels
	}
	to := from
	if lies(orientation) {
		to = picture{from.Height, from.Width}
	}
	right, bottom := from.Width-1, from.Height-1
	out := make([]byte, 0, len(pixels))
	for y := range to.Height {
		for x := range to.Width {
			column, row := x, y
			switch orientation {
			case 2:
				column = right - x
			case 3:
				column, row = right-x, bottom-y
			case 4:
				row = bottom - y
			case 5:
				column, row = y, x
			case 6:
				column, row = y, bottom-x
			case 7:
				column, row = right-y, bottom-x
			case 8:
				column, row = right-y, x
			}
			at := 3 * (row*from.Width + column)
			out = append(out, pixels[at:at+3]...)
		}
	}
	return out
}
