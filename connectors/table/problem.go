package main

import (
	"fmt"
	"strconv"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// refuse returns the problem that the file is not one to read, and where.
func refuse(line int, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	if line > 0 {
		message = "line " + strconv.Itoa(line) + ": " + message
	}
	return sdk.Fail(protocol.InvalidFile, message)
}

// quoted bounds a value of the file for a message.
func quoted(value string) string { return strconv.Quote(clip(value, 60)) }

// clip bounds text to n characters.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}

// maxTold bounds how many rows left out the log names.
const maxTold = 100

// A fault says why a row is left out.
type fault struct{ en, fr string }

func faultf(en, fr string, args ...any) *fault {
	return &fault{fmt.Sprintf(en, args...), fmt.Sprintf(fr, args...)}
}

// A told is what is left out of a file that is read all the same.
type told struct {
	french bool
	lines  []string
	n      int
	first  string
}

// row notes that the row on a line is left out.
func (t *told) row(line int, f *fault) {
	text := "line " + strconv.Itoa(line) + ": " + f.en
	if t.n == 0 {
		t.first = text
	}
	if t.french {
		text = "ligne " + strconv.Itoa(line) + " : " + f.fr
	}
	if t.n++; t.n <= maxTold {
		t.lines = append(t.lines, text)
	}
}

// tell writes all of it to the run's log, in the person's language.
func (t *told) tell(s *sdk.Session, rows int) {
	if t.n == 0 {
		return
	}
	if t.french {
		s.Warnf("%d lignes sur %d ne sont pas prises", t.n, rows)
	} else {
		s.Warnf("%d of %d rows are left out", t.n, rows)
	}
	for _, line := range t.lines {
		s.Warnf("%s", line)
	}
	switch more := t.n - len(t.lines); {
	case more > 0 && t.french:
		s.Warnf("et %d autres", more)
	case more > 0:
		s.Warnf("and %d more", more)
	}
}
