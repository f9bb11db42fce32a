package query

import (
	"bytes"
	"encoding/json"

	"github.com/domicile-home/domicile/core"
)

// members hands each member of an object, valid JSON such as a record's data, to
// seen, its value as written. Decoding the whole takes ten times as long, and an
// app's totals look at every record.
func members(object []byte, seen func(key string, value []byte)) {
	i := 1 + bytes.IndexByte(object, '{')
	for i > 0 && i < len(object) {
		start := bytes.IndexByte(object[i:], '"')
		if start < 0 {
			return
		}
		i += start
		end := skip(object, i)
		key := text(object[i:end])
		i = end + bytes.IndexByte(object[end:], ':') + 1
		for i < len(object) && (object[i] == ' ' || object[i] == '\n' || object[i] == '\t' || object[i] == '\r') {
			i++
		}
		end = skip(object, i)
		seen(key, object[i:end])
		i = end
	}
}

// skip returns where the value that begins at i ends.
func skip(b []byte, i int) int {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',', ' ', '\n', '\t', '\r', ':':
			if depth == 0 {
				return i
			}
			continue
		default:
			if depth > 0 {
				continue
			}
			for i+1 < len(b) && b[i+1] != ',' && b[i+1] != '}' && b[i+1] != ']' && b[i+1] != ' ' && b[i+1] != '\n' && b[i+1] != '\t' && b[i+1] != '\r' {
				i++
			}
		}
		if depth == 0 {
			return min(i+1, len(b))
		}
	}
	return len(b)
}

// text returns a scalar value as text: a string without its quotes, a number or
// a boolean as written, "" for the others.
func text(value []byte) string {
	switch {
	case len(value) < 2 && !isDigit(value), value[0] == '{', value[0] == '[', value[0] == 'n':
		return ""
	case value[0] != '"':
		return string(value)
	case bytes.IndexByte(value, '\\') < 0:
		return string(value[1 : len(value)-1])
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}

func isDigit(value []byte) bool { return len(value) == 1 && value[0] >= '0' && value[0] <= '9' }

// A picked record is what a request needs of one: the granted fields asked for,
// as text.
type picked struct {
	group []string // values of the fields to group by, in order
	sum   string
	unit  string // currency
	equal int    // how many of the wanted values it has
}

// pick reads what an aggregate needs from a record's data.
func (q *aggregate) pick(rec core.Record) picked {
	p := picked{group: make([]string, len(q.fields))}
	members(rec.Data, func(key string, value []byte) {
		value = q.teller.told(rec, key, value)
		for i, f := range q.fields {
			if f == key {
				p.group[i] = text(value)
			}
		}
		if key == q.request.Sum {
			p.sum = text(value)
		}
		if key == "currency" {
			p.unit = text(value)
		}
		if want, ok := q.request.Where.Equal[key]; ok && text(value) == want {
			p.equal++
		}
	})
	return p
}

// narrow returns the members of a record's data that were granted.
func narrow(rec core.Record, g *teller, a Allowed) json.RawMessage {
	out := []byte{'{'}
	members(rec.Data, func(key string, value []byte) {
		if !a.sees(key) {
			return
		}
		value = g.told(rec, key, value)
		if len(out) > 1 {
			out = append(out, ',')
		}
		name, err := json.Marshal(key)
		if err != nil { // a string always encodes
			return
		}
		out = append(append(append(out, name...), ':'), value...)
	})
	return append(out, '}')
}
