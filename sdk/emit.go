package sdk

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// Bounds of one emit frame and of what is emitted between two saves, a little
// under the home's own.
const (
	maxFrame = protocol.MaxLine - 64<<10
	maxSave  = protocol.MaxSaveBytes - 1<<20
)

// A Record is a thing to bring in. See [record.Record] for what its members
// mean; Data is any value that encodes as the object of the type's schema,
// such as a [record.Bill].
type Record struct {
	Type  record.Type
	ID    string // unique and stable within the source
	Time  record.Time
	Title string // one line for lists
	Data  any
	Files []record.FileRef // see [Attach]
	Links []record.Link
}

// Attach refers to f from a record. The name is for downloads; "" keeps the
// file's own.
func Attach(f File, name string) record.FileRef {
	if name == "" {
		name = f.Name
	}
	return record.FileRef{File: string(f.ID), Name: name}
}

// emission is what was emitted: what waits to be sent, and what was sent since
// the last save.
type emission struct {
	pending []byte // records, comma-separated
	records int    // since the last save
	bytes   int    // since the last save
}

// Emit hands records to the home, which adds or updates them by type and id
// when the run next saves or ends well. One call is one page: it is committed
// whole or not at all, unless it alone exceeds [protocol.MaxSaveRecords].
//
// The Session keeps records until there is a frame's worth. When those since
// the last save would exceed what one save may hold, it saves first, keeping
// the state. It returns [protocol.Limit] for a record over
// [protocol.MaxRecord], and what the home answers, maybe to an earlier call.
func (s *Session) Emit(records ...Record) error {
	page, size := make([][]byte, 0, len(records)), 0
	for _, r := range records {
		line, err := r.encode()
		if err != nil {
			return err
		}
		page, size = append(page, line), size+len(line)
	}
	if err := s.reserve(len(page), size); err != nil {
		return err
	}
	for _, line := range page {
		if err := s.add(line); err != nil {
			return err
		}
	}
	return nil
}

// encode returns r as the protocol wants it.
func (r Record) encode() ([]byte, error) {
	data, err := json.Marshal(r.Data)
	if err != nil {
		return nil, fmt.Errorf("encode %s %q: %w", r.Type, r.ID, err)
	}
	line, err := json.Marshal(record.Record{Type: r.Type, ID: r.ID, Time: r.Time, Title: r.Title,
		Data: data, Files: r.Files, Links: r.Links})
	if err != nil {
		return nil, fmt.Errorf("encode %s %q: %w", r.Type, r.ID, err)
	}
	if len(line) > protocol.MaxRecord {
		return nil, Fail(protocol.Limit, string(r.Type)+" "+strconv.Quote(r.ID)+" is over "+strconv.Itoa(protocol.MaxRecord)+" bytes")
	}
	return line, nil
}

// reserve makes room for n more records of size bytes, by a save if needed.
func (s *Session) reserve(n, size int) error {
	if s.emit.records == 0 || s.emit.records+n <= protocol.MaxSaveRecords && s.emit.bytes+size <= maxSave {
		return nil
	}
	return s.Save(nil)
}

// add queues one encoded record.
func (s *Session) add(line []byte) error {
	if err := s.reserve(1, len(line)); err != nil {
		return err
	}
	if len(s.emit.pending)+len(line) > maxFrame {
		if err := s.flush(); err != nil {
			return err
		}
	}
	if len(s.emit.pending) > 0 {
		s.emit.pending = append(s.emit.pending, ',')
	}
	s.emit.pending = append(s.emit.pending, line...)
	s.emit.records, s.emit.bytes = s.emit.records+1, s.emit.bytes+len(line)
	return nil
}

// flush sends what waits.
func (s *Session) flush() error {
	if len(s.emit.pending) == 0 {
		return nil
	}
	line := append([]byte(`{"op":"`+string(protocol.OpEmit)+`","records":[`), s.emit.pending...)
	s.emit.pending = s.emit.pending[:0]
	_, err := s.home.Exchange(protocol.Frame{Line: append(line, "]}"...)}, nil)
	return err
}

// Forget tells the home that these records are no longer at the provider. They
// are deleted when the run next saves or ends well.
func (s *Session) Forget(keys ...record.Key) error {
	const most = 500 // a frame: ids are short
	if err := s.flush(); err != nil {
		return err
	}
	for len(keys) > 0 {
		n := min(len(keys), most)
		if err := s.reserve(n, 0); err != nil {
			return err
		}
		if _, err := s.home.Call(protocol.OpEmit, protocol.EmitRequest{Forgotten: keys[:n]}, nil, nil); err != nil {
			return err
		}
		s.emit.records += n
		keys = keys[n:]
	}
	return nil
}

// Save commits all that was emitted since the last save together with state:
// any value that encodes as JSON, at most [protocol.MaxState] bytes, which the
// next run reads with [Session.State]. A nil state keeps the last one. Save
// after each page, so that a run cut short goes on where it stopped.
func (s *Session) Save(state any) error {
	if err := s.flush(); err != nil {
		return err
	}
	var in protocol.SaveRequest
	if state != nil {
		text, err := json.Marshal(state)
		if err != nil {
			return fmt.Errorf("encode state: %w", err)
		}
		in.State = text
	}
	if _, err := s.home.Call(protocol.OpSave, in, nil, nil); err != nil {
		return err
	}
	s.emit.records, s.emit.bytes = 0, 0
	return nil
}
