package main

import (
	"fmt"
	"strconv"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// refuse returns the problem that the file is not one to read, and where. It
// ends the run before anything is emitted.
func refuse(line int, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	if line > 0 {
		message = "line " + strconv.Itoa(line) + ": " + message
	}
	return sdk.Fail(protocol.InvalidFile, message)
}

// quoted bounds a value of the file for a message.
func quoted(value string) string {
	const most = 60
	runes := []rune(value)
	if len(runes) > most {
		return strconv.Quote(string(runes[:most])) + "…"
	}
	return strconv.Quote(value)
}

// maxNotes bounds how many things the run's log says about one file.
const maxNotes = 100

// notes are what the log says about a file that is read all the same.
type notes struct {
	lines []string
	more  int
}

func (n *notes) add(line int, format string, args ...any) {
	if len(n.lines) == maxNotes {
		n.more++
		return
	}
	message := fmt.Sprintf(format, args...)
	if line > 0 {
		message = "line " + strconv.Itoa(line) + ": " + message
	}
	n.lines = append(n.lines, message)
}

// tell writes the notes to the run's log.
func (n *notes) tell(s *sdk.Session) {
	for _, line := range n.lines {
		s.Warnf("%s", line)
	}
	if n.more > 0 {
		s.Warnf("and %d more of these", n.more)
	}
}
