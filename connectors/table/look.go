package main

import (
	"errors"
	"io"
	"strings"

	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	headRows = 300     // rows by which the form of a table is found out
	headSize = 1 << 20 // bytes of their cells
	minWidth = 2
)

// A table is what the first reading of a file finds out.
type table struct {
	sign    byte     // between cells
	names   []string // of the columns; "" without a heading
	columns []column
	first   int        // line of the first row
	named   bool       // it has headings
	rows    int        // after the headings
	whole   int        // of them, that have several cells and no more than there are columns
	shown   [][]string // the first of them
	iban    string     // that the lines above the headings name
	number  string     // the account number that they name
}

// look finds the form of the table and reads all of it once. It refuses what
// holds no rows with a day and an amount.
func look(src source) (*table, error) {
	t, err := form(src)
	if err != nil {
		return nil, err
	}
	r, err := t.reader(src)
	for err == nil {
		var one row
		if one, err = r.next(); err == nil {
			t.see(one)
		}
	}
	if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return t, nil
}

// form finds out what stands between cells, how many there are and where the
// headings are.
func form(src source) (*table, error) {
	best, bestScore := draft{}, 0
	for _, sign := range []byte{';', '\t', ',', '|'} {
		d, err := sketch(src, sign)
		if err != nil {
			return nil, err
		}
		if score := d.score(); score > bestScore {
			best, bestScore = d, score
		}
	}
	switch {
	case bestScore == 0 && best.rows == nil:
		return nil, refuse(0, "this is no table: no sign stands between cells in row after row")
	case best.first < 0:
		if best.isHeading() {
			return nil, refuse(0, "the file holds headings and no rows")
		}
		return nil, refuse(0, "no row of the table has both a day and an amount")
	case best.width > protocol.MaxTableColumns:
		return nil, refuse(best.rows[best.first].line, "the table has %d columns, over %d", best.width, protocol.MaxTableColumns)
	}
	return best.table(), nil
}

// A draft is the head of a file, read with one sign between cells.
type draft struct {
	sign  byte
	rows  []row
	width int // of most rows
	first int // the first row with a day and an amount; -1: none
	both  int // rows with both
	even  int // rows of the width
}

func sketch(src source, sign byte) (draft, error) {
	d := draft{sign: sign, first: -1}
	r := src.rows(sign)
	counts := map[int]int{}
	for size := 0; len(d.rows) < headRows && size < headSize; {
		one, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return d, err
		}
		d.rows = append(d.rows, one)
		for _, cell := range one.cells {
			size += len(cell)
		}
		if n := len(one.cells); n >= minWidth {
			counts[n]++
		}
	}
	for n, rows := range counts {
		if rows > d.even || rows == d.even && n > d.width {
			d.width, d.even = n, rows
		}
	}
	if d.width == 0 {
		d.rows = nil
	}
	for i, one := range d.rows {
		if isDataRow(one) {
			if d.both++; d.first < 0 {
				d.first = i
			}
		}
	}
	return d, nil
}

// isDataRow reports whether a row has a day and, in another cell, an amount.
func isDataRow(r row) bool {
	if len(r.cells) < minWidth {
		return false
	}
	days, amounts := 0, 0
	for _, cell := range r.cells {
		if _, ok := readDate(cell); ok {
			days++
		} else if n, ok := readNumber(cell); ok && n.looksLikeMoney() {
			amounts++
		}
	}
	return days > 0 && amounts > 0
}

// score is the larger the more of the head is a table of bank lines.
func (d draft) score() int {
	if d.width == 0 {
		return 0
	}
	return d.both*1000 + d.even*10 + min(d.width, 9)
}

// isHeading reports whether the rows say what columns are, and no more.
func (d draft) isHeading() bool {
	known := 0
	for _, cell := range d.rows[len(d.rows)-1].cells {
		for _, h := range hints() {
			if h.score(fold(cell)) == 100 {
				known++
				break
			}
		}
	}
	return known >= 2
}

// heading returns which row holds the headings of the columns; -1 for none. It
// is the last row above the first with a day and an amount in which at least
// half of the columns have a text, and none has a day or an amount.
func (d draft) heading() int {
	for i := d.first - 1; i >= 0; i-- {
		texts, values := 0, 0
		for _, cell := range d.rows[i].cells {
			_, isDay := readDate(cell)
			n, isNumber := readNumber(cell)
			switch {
			case isDay, isNumber && n.isMarked:
				values++
			case cell != "":
				texts++
			}
		}
		if values == 0 && texts >= minWidth && texts*2 >= d.width {
			return i
		}
	}
	return -1
}

// table makes a table of a draft, its columns not yet seen.
func (d draft) table() *table {
	t := &table{sign: d.sign, names: make([]string, d.width)}
	above := d.first
	if at := d.heading(); at >= 0 {
		above, t.named = at, true
		for i, name := range d.rows[at].cells {
			if i < len(t.names) {
				t.names[i] = clip(strings.Join(strings.Fields(name), " "), protocol.MaxTableCell)
			} else if name != "" && i < protocol.MaxTableColumns {
				t.names = append(t.names, clip(name, protocol.MaxTableCell))
			}
		}
		t.first = d.rows[at].line + 1
		if at+1 < len(d.rows) {
			t.first = d.rows[at+1].line
		}
	} else {
		t.first = d.rows[d.first].line
	}
	t.columns = make([]column, len(t.names))
	for _, one := range d.rows[:above] {
		t.readAbove(one)
	}
	return t
}

// readAbove looks for the account in a line above the headings.
func (t *table) readAbove(r row) {
	text := strings.Join(r.cells, " ")
	words := strings.Fields(text)
	for i := range words {
		for n := 1; n <= 9 && i+n <= len(words) && t.iban == ""; n++ {
			if one := strings.Trim(strings.Join(words[i:i+n], ""), ":,;"); isIBAN(one) {
				t.iban = one
			}
		}
	}
	if t.number != "" || !namesAccount(fold(text)) {
		return
	}
	for _, word := range words {
		plain := strings.Trim(word, ":,;.°#()")
		if digits := strings.Map(keepDigits, plain); len(digits) >= 5 && len(plain) <= 34 && len(digits)*2 >= len(plain) {
			if _, isDay := readDate(plain); !isDay {
				t.number = plain
				return
			}
		}
	}
}

func namesAccount(folded string) bool {
	for _, word := range strings.Fields(folded) {
		switch word {
		case "account", "compte", "konto", "kontonummer", "cuenta", "conto", "rekening", "rekeningnummer", "iban":
			return true
		}
	}
	return false
}

func keepDigits(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// reader reads the rows of the table, from the first on.
func (t *table) reader(src source) (*rows, error) {
	r := src.rows(t.sign)
	for {
		l, err := r.lines.next()
		if err != nil {
			return r, err
		}
		if l.number >= t.first {
			r.lines.unread(l)
			return r, nil
		}
	}
}

// see takes a row into account.
func (t *table) see(r row) {
	t.rows++
	if len(t.shown) < protocol.MaxTableRows-2 {
		cells := make([]string, min(len(r.cells), len(t.names)))
		for i := range cells {
			cells[i] = clip(r.cells[i], protocol.MaxTableCell)
		}
		t.shown = append(t.shown, cells)
	}
	if len(r.cells) > len(t.names) && strings.Join(r.cells[len(t.names):], "") != "" || r.isCut {
		return
	}
	if at := r.only(); at < 0 {
		t.whole++
	} else if at < len(t.columns) {
		t.columns[at].alone++
	}
	for i := range t.columns {
		t.columns[i].see(r.cell(i))
	}
}
