package main

import (
	"errors"
	"io"
	"strings"
)

// A row is one row of the table.
type row struct {
	cells []string
	line  int
	isCut bool // it is too long to be read
}

// isBlank reports whether nothing is written in a row.
func (r row) isBlank() bool {
	for _, cell := range r.cells {
		if cell != "" {
			return false
		}
	}
	return true
}

// only returns the column of the one cell that is filled, or -1.
func (r row) only() int {
	at := -1
	for i, cell := range r.cells {
		if cell != "" && at >= 0 {
			return -1
		}
		if cell != "" {
			at = i
		}
	}
	return at
}

// cell returns the cell of a column, "" beyond the end of a short row.
func (r row) cell(column int) string {
	if column < 0 || column >= len(r.cells) {
		return ""
	}
	return r.cells[column]
}

// Bounds of a row that goes over several lines, by a quoted cell: each line that
// is added is read together with those before it.
const (
	maxJoined     = 50
	maxJoinedSize = 32 << 10 // bytes
)

// rows reads the rows of a text.
type rows struct {
	lines *lines
	sign  byte // between cells
}

func (s source) rows(sign byte) *rows { return &rows{lines: &lines{r: s.text()}, sign: sign} }

// next returns the next row that is not blank; io.EOF after the last one.
//
// A quoted cell may hold breaks (RFC 4180). A quote that is never closed, or
// only by swallowing a line with a day and an amount of its own, is a quote and
// nothing more: no bank line disappears in another one's cell.
func (r *rows) next() (row, error) {
	for {
		first, err := r.lines.next()
		if err != nil {
			return row{}, err
		}
		out := row{line: first.number, isCut: first.isCut}
		cells, isOpen := split(first.text, r.sign, obeyQuotes)
		if isOpen {
			if joined, err := r.join(first); err != nil {
				return row{}, err
			} else if joined != nil {
				cells = joined
			} else {
				cells, _ = split(first.text, r.sign, ignoreQuotes)
			}
		}
		if out.cells = cells; !out.isBlank() || out.isCut {
			return out, nil
		}
	}
}

// join reads on to the end of a quoted cell and returns the row's cells; nil
// when there is no such end, and then the lines are read again.
func (r *rows) join(first line) ([]string, error) {
	text := first.text
	var taken []line
	giveUp := func() ([]string, error) { r.lines.unread(taken...); return nil, nil }
	for len(taken) < maxJoined && !first.isCut {
		more, err := r.lines.next()
		if errors.Is(err, io.EOF) {
			return giveUp()
		}
		if err != nil {
			return nil, err
		}
		taken = append(taken, more)
		if alone, _ := split(more.text, r.sign, ignoreQuotes); isDataRow(row{cells: alone}) {
			return giveUp()
		}
		text += "\n" + more.text
		if len(text) > maxJoinedSize {
			return giveUp()
		}
		if cells, isOpen := split(text, r.sign, obeyQuotes); !isOpen {
			return cells, nil
		}
	}
	return giveUp()
}

// What split makes of quotes.
const (
	ignoreQuotes = false
	obeyQuotes   = true
)

// split cuts a text into cells at sign. A cell that begins with a quote goes on
// to the quote that ends it, doubled ones within being one (RFC 4180); a quote
// in the midst of a cell is a letter like others. isOpen says that the last
// cell's quote is not closed. Spaces around a cell are dropped.
func split(text string, sign byte, quotes bool) (cells []string, isOpen bool) {
	for {
		trimmed := strings.TrimLeft(text, " \u00a0")
		if quotes && strings.HasPrefix(trimmed, `"`) {
			cell, rest, closed := unquote(trimmed[1:], sign)
			cells = append(cells, tidy(cell))
			if !closed {
				return cells, true
			}
			if rest == "" {
				return cells, false
			}
			text = rest[1:]
			continue
		}
		cell, rest, found := strings.Cut(text, string(sign))
		cells = append(cells, tidy(cell))
		if !found {
			return cells, false
		}
		text = rest
	}
}

// unquote reads a quoted cell after its first quote. rest begins with sign, or
// is empty at the end of the text.
func unquote(text string, sign byte) (cell, rest string, closed bool) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, `"`)
		out.WriteString(before)
		if !found {
			return out.String(), "", false
		}
		if strings.HasPrefix(after, `"`) {
			out.WriteByte('"')
			text = after[1:]
			continue
		}
		end := strings.TrimLeft(after, " ")
		if end == "" || end[0] == sign {
			return out.String(), end, true
		}
		out.WriteByte('"')
		text = after
	}
}

// tidy trims a cell and takes off the form ="…" by which a spreadsheet is told
// that digits are text. Any other formula stays the text that it is.
func tidy(cell string) string {
	cell = strings.TrimSpace(strings.ReplaceAll(cell, "\u00a0", " "))
	if inner, ok := strings.CutPrefix(cell, `="`); ok && strings.HasSuffix(inner, `"`) && strings.Count(inner, `"`) == 1 {
		return strings.TrimSpace(inner[:len(inner)-1])
	}
	return cell
}
