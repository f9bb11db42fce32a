package connect

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A run's row, log and list of connections, in its source's space: run id (u64
// big endian), then for the latter two the line's number (u32 big endian).
const (
	runRows  vault.Keyspace = 'R'
	runLines vault.Keyspace = 'L'
	runHops  vault.Keyspace = 'E'
)

// lines collects what a run writes line by line, until its next commit.
type lines[T any] struct {
	pending []T
	written int // of them, by the last write
	next    uint32
}

// A runLog is the run's log, written by the program's requests and by its
// standard error at once.
type runLog struct {
	mu sync.Mutex
	lines[LogLine]
	size   int
	taken  int64 // bytes of standard error that are lines here
	hidden []string
}

// hide keeps what the person answered out of the log, as long as it is no
// choice or so short that it stands in everything.
func (l *runLog) hide(kind protocol.AskKind, answer string) {
	const short = 4
	if kind == protocol.AskChoice || kind == protocol.AskConfirm || len(answer) < short {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hidden = append(l.hidden, answer)
}

// scrub takes the person's answers out of text.
func (l *runLog) scrub(text string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.scrubbed(text)
}

func (l *runLog) scrubbed(text string) string {
	for _, answer := range l.hidden {
		text = strings.ReplaceAll(text, answer, "•••")
	}
	return text
}

// resume lets the log of a run that was parked count on.
func (l *runLog) resume(lines []LogLine, taken int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next, l.taken, l.size = uint32(len(lines)), taken, 0
	for _, line := range lines {
		l.size += len(line.Message) + 1
	}
}

// add keeps a line of the log, up to the log's bound.
func (l *runLog) add(at time.Time, level, message string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.append(at, level, message)
}

// addError keeps a line of standard error, which took n bytes of it.
func (l *runLog) addError(at time.Time, message string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taken += int64(n)
	l.append(at, "debug", message)
}

func (l *runLog) append(at time.Time, level, message string) {
	const full = "the log is full; later lines are dropped"
	message = l.scrubbed(message)
	switch {
	case l.size > protocol.MaxLog:
		return
	case l.size+len(message) > protocol.MaxLog:
		level, message = "warn", full
		l.size = protocol.MaxLog
	}
	l.size += len(message) + 1
	l.pending = append(l.pending, LogLine{At: at.UTC(), Level: level, Message: clip(message, maxLogLine)})
}

const maxLogLine = 4 << 10 // bytes

// write is lines.write, with the log held still. It returns how much of
// standard error is in it then.
func (l *runLog) write(space *vault.Space, run core.RunID) (taken int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken, l.lines.write(space, runLines, run)
}

// done forgets what the last write committed.
func (l *runLog) done() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines.done()
}

// stderr makes log lines of what a program writes on its standard error.
type stderr struct {
	log     *runLog
	clock   core.Clock
	secrets secrets
	skip    int64  // bytes still to come that are in the log since before the run was parked
	rest    []byte // of a line whose end has not come
}

// Write implements io.Writer.
func (w *stderr) Write(p []byte) (int, error) {
	known := int(min(w.skip, int64(len(p))))
	w.skip -= int64(known)
	w.rest = append(w.rest, p[known:]...)
	for {
		line, rest, found := bytes.Cut(w.rest, []byte{'\n'})
		if !found && len(w.rest) < maxLogLine {
			return len(p), nil
		}
		if !found {
			line, rest = w.rest, nil
		}
		w.log.addError(w.clock(), w.secrets.scrub(strings.ToValidUTF8(string(line), "\ufffd")), len(w.rest)-len(rest))
		w.rest = rest
	}
}

// write puts the pending lines into space.
func (l *lines[T]) write(space *vault.Space, ks vault.Keyspace, run core.RunID) error {
	l.written = len(l.pending)
	for i, line := range l.pending {
		text, err := json.Marshal(line)
		if err != nil {
			return err
		}
		key := binary.BigEndian.AppendUint32(runKey(run), l.next+uint32(i))
		if err := space.Put(ks, key, text); err != nil {
			return err
		}
	}
	return nil
}

// done forgets what the last write committed: write counts on from there.
func (l *lines[T]) done() {
	l.next += uint32(l.written)
	l.pending, l.written = l.pending[l.written:], 0
}

func runKey(run core.RunID) []byte { return binary.BigEndian.AppendUint64(nil, uint64(run)) }

// readLines returns the lines of a run in keyspace ks.
func readLines[T any](tx *vault.Tx, id core.SourceID, ks vault.Keyspace, run core.RunID) ([]T, error) {
	space, err := tx.Space(id)
	if err != nil {
		return nil, err
	}
	var all []T
	for entry, err := range space.Scan(ks, vault.Range{Prefix: runKey(run)}) {
		if err != nil {
			return nil, err
		}
		var line T
		if err := json.Unmarshal(entry.Value, &line); err != nil {
			return nil, core.E(core.Damaged, "read run", err)
		}
		all = append(all, line)
	}
	return all, nil
}
