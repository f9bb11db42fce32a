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
	next    uint32
}

// A runLog is the run's log, written by the program's requests and by its
// standard error at once.
type runLog struct {
	mu sync.Mutex
	lines[LogLine]
	size int
}

// add keeps a line of the log, up to the log's bound.
func (l *runLog) add(at time.Time, level, message string) {
	const full = "the log is full; later lines are dropped"
	l.mu.Lock()
	defer l.mu.Unlock()
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

// write is lines.write, with the log held still.
func (l *runLog) write(space *vault.Space, run core.RunID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.write(space, runLines, run)
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
	rest    []byte // of a line whose end has not come
}

// Write implements io.Writer.
func (w *stderr) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		line, rest, found := bytes.Cut(w.rest, []byte{'\n'})
		if !found && len(w.rest) < maxLogLine {
			return len(p), nil
		}
		if !found {
			line, rest = w.rest, nil
		}
		w.log.add(w.clock(), "debug", w.secrets.scrub(strings.ToValidUTF8(string(line), "\ufffd")))
		w.rest = rest
	}
}

// write puts the pending lines into space.
func (l *lines[T]) write(space *vault.Space, ks vault.Keyspace, run core.RunID) error {
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
	l.next += uint32(len(l.pending))
	l.pending = nil
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
