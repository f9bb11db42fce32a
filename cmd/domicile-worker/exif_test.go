package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
)

// exif is the start of a JPEG with an EXIF that says how it stands.
func exif(order binary.AppendByteOrder, tag, kind, value uint16) []byte {
	tiff := []byte("MM")
	if order.String() == "LittleEndian" {
		tiff = []byte("II")
	}
	tiff = order.AppendUint32(order.AppendUint16(tiff, 42), 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, entry := range [][3]uint16{{256, 3, 7}, {tag, kind, value}} {
		tiff = order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, entry[0]), entry[1]), 1)
		tiff = order.AppendUint16(order.AppendUint16(tiff, entry[2]), 0)
	}
	tiff = order.AppendUint32(tiff, 0)
	return append(segment("\xff\xd8", 0xE1, "Exif\x00\x00"+string(tiff)), "\xff\xda\x00\x02"...)
}

func segment(before string, marker byte, data string) []byte {
	out := append([]byte(before), 0xFF, marker)
	return append(binary.BigEndian.AppendUint16(out, uint16(len(data)+2)), data...)
}

func TestOrientation(t *testing.T) {
	t.Parallel()
	for value := range uint16(12) {
		want := int(value)
		if value < 1 || value > 8 {
			want = upright
		}
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			if got := orientation(bytes.NewReader(exif(order, 274, 3, value))); got != want {
				t.Errorf("%s %d: got %d", order, value, got)
			}
		}
	}
	six := exif(binary.BigEndian, 274, 3, 6)
	after := append(segment("\xff\xd8", 0xE0, "JFIF\x00"), segment("", 0xE1, "http://ns.adobe.com/xap/1.0/\x00<x/>")...)
	if got := orientation(bytes.NewReader(append(after, six[2:]...))); got != 6 {
		t.Errorf("behind other segments: got %d", got)
	}
	far := bytes.Repeat(segment("", 0xE2, "more"), maxSegments)
	beyond := bytes.Clone(six)
	binary.BigEndian.PutUint32(beyond[16:], 1<<31) // where the directory is
	endless := bytes.Clone(six)
	binary.BigEndian.PutUint16(endless[20:], 0xFFFF) // how many entries it has
	endless = bytes.Replace(endless, []byte{1, 18, 0, 3}, []byte{1, 19, 0, 3}, 1)
	for name, data := range map[string][]byte{
		"nothing": nil, "no JPEG": []byte("\x89PNG\r\n\x1a\n"), "none": []byte("\xff\xd8\xff\xda\x00\x02"), "another tag": exif(binary.BigEndian, 275, 3, 6),
		"a byte": exif(binary.BigEndian, 274, 1, 6), "behind the picture": append([]byte("\xff\xd8\xff\xda\x00\x02"), six[2:]...),
		"too far": append(append([]byte("\xff\xd8"), far...), six[2:]...), "a segment without a length": []byte("\xff\xd8\xff\xe1\x00\x00"),
		"a directory beyond the end": beyond, "a directory without an end": endless, "no TIFF": segment("\xff\xd8", 0xE1, "Exif\x00\x00XX*\x00\x00\x00\x00\x08\x00\x00"),
	} {
		if got := orientation(bytes.NewReader(data)); got != upright {
			t.Errorf("%s: got %d", name, got)
		}
	}
	for cut := range six[:len(six)-20] {
		if got := orientation(bytes.NewReader(six[:cut])); got != upright {
			t.Errorf("cut at %d: got %d", cut, got)
		}
	}
}

// TestSetUpright holds the turns against what EXIF says of each: where the first
// row and the first column of what is stored are seen.
func TestSetUpright(t *testing.T) {
	t.Parallel()
	stored := []byte("aaabbbcccdddeeefff") // abc over def
	for o, want := range map[int]string{1: "abc/def", 2: "cba/fed", 3: "fed/cba", 4: "def/abc", 5: "ad/be/cf", 6: "da/eb/fc", 7: "fc/eb/da", 8: "cf/be/ad"} {
		turned, width := setUpright(stored, picture{3, 2}, o), 3
		if lies(o) {
			width = 2
		}
		got := ""
		for at := 0; at < len(turned); at += 3 {
			if at > 0 && at/3%width == 0 {
				got += "/"
			}
			got += string(turned[at])
		}
		if got != want {
			t.Errorf("%d: got %s, want %s", o, got, want)
		}
	}
}

// FuzzOrientation holds that no bytes make orientation panic, read on without
// end, or say what EXIF does not.
func FuzzOrientation(f *testing.F) {
	f.Add(exif(binary.BigEndian, 274, 3, 6))
	f.Add(exif(binary.LittleEndian, 274, 3, 8))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got := orientation(bytes.NewReader(data)); got < 1 || got > 8 {
			t.Error(fmt.Sprint(got))
		}
	})
}
