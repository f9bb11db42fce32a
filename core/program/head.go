package program

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"io"
	"path"
	"strings"
	"unicode/utf8"
)

const (
	maxXMLTokens = 64 // before the root element
	maxEntries   = 1024
	bom          = "\ufeff"
)

// head is what is known of a file: its name and its first bytes, and what was
// read from them, once.
type head struct {
	name string
	data []byte

	xml *string   // the root element
	zip *[]string // the entries
}

func newHead(name string, data []byte) *head {
	return &head{name: baseName(name), data: data[:min(len(data), headSize)]}
}

// extension returns the name's, with its dot, in lower case.
func (h *head) extension() string { return strings.ToLower(path.Ext(h.name)) }

// line returns the first line, trimmed.
func (h *head) line() string {
	text, _, _ := bytes.Cut(bytes.TrimPrefix(h.data, []byte(bom)), []byte("\n"))
	return strings.TrimSpace(string(text))
}

// root returns the local name of the XML root element, "" when there is none.
func (h *head) root() string {
	if h.xml == nil {
		name := xmlRoot(h.data)
		h.xml = &name
	}
	return *h.xml
}

// entries returns the names of the ZIP entries that start in the head.
func (h *head) entries() []string {
	if h.zip == nil {
		names := zipEntries(h.data)
		h.zip = &names
	}
	return *h.zip
}

// xmlRoot reads up to the first start tag. A document type is skipped, its
// entities are not expanded. Bytes that are not UTF-8 are taken for Latin-1,
// which is enough for a name.
func xmlRoot(data []byte) string {
	text := strings.TrimPrefix(string(data), bom)
	if !strings.HasPrefix(strings.TrimSpace(text), "<") {
		return ""
	}
	if !utf8.ValidString(text) {
		text = latin1(text)
	}
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for range maxXMLTokens {
		token, err := d.RawToken()
		if err != nil {
			return ""
		}
		switch t := token.(type) {
		case xml.StartElement:
			return t.Name.Local
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return ""
			}
		case xml.EndElement:
			return ""
		}
	}
	return ""
}

func latin1(text string) string {
	runes := make([]rune, len(text))
	for i := range len(text) {
		runes[i] = rune(text[i])
	}
	return string(runes)
}

// The local file header of a ZIP archive (APPNOTE.TXT, 4.3.7).
const (
	zipSignature  = "PK\x03\x04"
	zipHeaderSize = 30
	zipNameLength = 26 // where it stands
)

// zipEntries looks for local headers instead of following their sizes, which
// archives written as a stream leave out. It may so find entries of an archive
// stored within the archive.
func zipEntries(data []byte) []string {
	if !bytes.HasPrefix(data, []byte(zipSignature)) {
		return nil
	}
	var names []string
	for len(names) < maxEntries {
		i := bytes.Index(data, []byte(zipSignature))
		if i < 0 || len(data) < i+zipHeaderSize {
			break
		}
		data = data[i:]
		n := int(binary.LittleEndian.Uint16(data[zipNameLength:]))
		if len(data) < zipHeaderSize+n {
			break
		}
		names = append(names, string(data[zipHeaderSize:zipHeaderSize+n]))
		data = data[zipHeaderSize+n:]
	}
	return names
}
