package fetch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// json fills a JSON body. A place is named by the members that lead to it,
// joined by dots; nothing inside an array, or under a member whose own name
// holds a dot, is a place. All bytes but those of filled strings are kept.
func (w writer) json(body []byte) ([]byte, error) {
	if !w.keep.marks.Match(body) {
		return body, nil
	}
	r := jsonReader{body: body, dec: json.NewDecoder(bytes.NewReader(body))}
	r.dec.UseNumber()
	var out bytes.Buffer
	done := 0 // bytes of body that are in out
	for {
		t, err := r.next()
		if err == io.EOF && len(r.open) == 0 {
			out.Write(body[done:])
			return out.Bytes(), nil
		}
		if err != nil {
			return nil, errors.New("the body is not JSON")
		}
		if !w.keep.marks.MatchString(t.text) {
			continue
		}
		path := r.path()
		if t.isKey || path == "" {
			return nil, errPlace
		}
		filled, err := w.text(t.text, placeJSON, path)
		if err != nil {
			return nil, err
		}
		out.Write(body[done:t.start])
		out.Write(jsonString(filled))
		done = t.end
	}
}

// jsonString writes s as JSON without escaping more than needed.
func jsonString(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string into memory: it cannot fail
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// jsonReader walks the strings of a JSON text.
type jsonReader struct {
	body []byte
	dec  *json.Decoder
	open []jsonLevel
}

// jsonLevel is an object or an array being read.
type jsonLevel struct {
	isObject bool
	hasKey   bool // the next token is the value of key
	key      string
}

// jsonText is a string of the text; for another token it is empty.
type jsonText struct {
	text       string
	isKey      bool
	start, end int // in the body, quotes included
}

func (r *jsonReader) next() (jsonText, error) {
	from := r.dec.InputOffset()
	token, err := r.dec.Token()
	if err != nil {
		return jsonText{}, err
	}
	switch t := token.(type) {
	case json.Delim:
		r.delim(t)
		return jsonText{}, nil
	case string:
		end := int(r.dec.InputOffset())
		start := int(from) + bytes.IndexByte(r.body[from:end], '"')
		found := jsonText{text: t, start: start, end: end}
		if top := r.top(); top != nil && top.isObject && !top.hasKey {
			top.hasKey, top.key, found.isKey = true, t, true
			return found, nil
		}
		r.value()
		return found, nil
	}
	r.value()
	return jsonText{}, nil
}

func (r *jsonReader) delim(d json.Delim) {
	switch d {
	case '{', '[':
		r.open = append(r.open, jsonLevel{isObject: d == '{'})
	default:
		r.open = r.open[:len(r.open)-1]
		r.value()
	}
}

func (r *jsonReader) top() *jsonLevel {
	if len(r.open) == 0 {
		return nil
	}
	return &r.open[len(r.open)-1]
}

// value notes that a value ended.
func (r *jsonReader) value() {
	if top := r.top(); top != nil {
		top.hasKey = false
	}
}

// path names the place of the value just read, "" when it has no name.
func (r *jsonReader) path() string {
	keys := make([]string, len(r.open))
	for i, level := range r.open {
		if level.key == "" || strings.Contains(level.key, ".") { // an array has none
			return ""
		}
		keys[i] = level.key
	}
	return strings.Join(keys, ".")
}
