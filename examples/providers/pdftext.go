package providers

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// PDFText reads back the text of a PDF that a provider of this package made,
// a line for each string shown. It is for tests that have no PDF reader: it
// knows no other PDF.
func PDFText(pdf []byte) (string, error) {
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.Contains(pdf, []byte("%%EOF")) {
		return "", errors.New("not a whole PDF")
	}
	var text strings.Builder
	for _, part := range regexp.MustCompile(`(?s)/Filter /FlateDecode /Length \d+>>\nstream\n(.*?)endstream`).FindAllSubmatch(pdf, -1) {
		r, err := zlib.NewReader(bytes.NewReader(part[1]))
		if err != nil {
			return "", fmt.Errorf("read PDF: %w", err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return "", fmt.Errorf("read PDF: %w", err)
		}
		for _, shown := range regexp.MustCompile(`(?s)\(((?:[^()\\]|\\.)*)\) ?Tj`).FindAllSubmatch(content, -1) {
			writeLatin(&text, shown[1])
		}
	}
	return text.String(), nil
}

// writeLatin writes a line of cp1252, escapes undone.
func writeLatin(text *strings.Builder, line []byte) {
	for _, c := range bytes.ReplaceAll(line, []byte{'\\'}, nil) {
		if c == 0x80 {
			text.WriteRune('€')
			continue
		}
		text.WriteRune(rune(c))
	}
	text.WriteByte('\n')
}
