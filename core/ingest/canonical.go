package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Bounds of a record's data.
const (
	maxDepth  = 32  // nested objects and arrays
	maxMember = 512 // bytes of a member's name
	maxNumber = 64  // bytes of a number
)

// parseData reads a record's data: one JSON object, without duplicate members,
// its text cleaned. Numbers keep their digits. The error names the member.
func parseData(data []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	value, err := parseValue(d, "", 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("data: more than one value")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("data: not an object")
	}
	return object, nil
}

func parseValue(d *json.Decoder, at string, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, fmt.Errorf("data%s: not JSON", at)
	}
	switch v := token.(type) {
	case json.Delim:
		if depth++; depth > maxDepth {
			return nil, fmt.Errorf("data%s: nested over %d deep", at, maxDepth)
		}
		if v == '{' {
			return parseObject(d, at, depth)
		}
		return parseArray(d, at, depth)
	case string:
		return clean(v), nil
	case json.Number:
		if len(v) > maxNumber {
			return nil, fmt.Errorf("data%s: number over %d bytes", at, maxNumber)
		}
	}
	return token, nil
}

func parseObject(d *json.Decoder, at string, depth int) (any, error) {
	object := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("data%s: not JSON", at)
		}
		name := cleanLine(token.(string)) // the decoder lets nothing else stand here
		if len(name) > maxMember {
			return nil, fmt.Errorf("data%s: name of a member over %d bytes", at, maxMember)
		}
		if _, twice := object[name]; twice {
			return nil, fmt.Errorf("data%s/%s: given twice", at, name)
		}
		if object[name], err = parseValue(d, at+"/"+name, depth); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	if err != nil {
		return nil, fmt.Errorf("data%s: not JSON", at)
	}
	return object, nil
}

func parseArray(d *json.Decoder, at string, depth int) (any, error) {
	array := []any{}
	for d.More() {
		value, err := parseValue(d, at+"/"+strconv.Itoa(len(array)), depth)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("data%s: not JSON", at)
	}
	return array, nil
}

// appendJSON writes value canonically: compact, members in byte order, text
// unescaped but for what JSON requires. It writes what parseData returns.
func appendJSON(b []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case json.Number:
		return append(b, v...)
	case string:
		return appendString(b, v)
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, e)
		}
		return append(b, ']')
	case map[string]any:
		b = append(b, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, name), ':')
			b = appendJSON(b, v[name])
		}
		return append(b, '}')
	}
	panic(fmt.Sprintf("ingest: %T in data", value))
}

// appendString writes s, which is clean: only quote, backslash, tab and line
// end need escapes.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	if !strings.ContainsAny(s, "\"\\\n\t") {
		return append(append(b, s...), '"')
	}
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
