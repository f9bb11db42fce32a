package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// What the person adds to a record stands in the record itself: its tags, and
// its corrections with what the source says in their place. A run writes what
// the source says below them. So each revision says of itself what is whose,
// and undoing a run takes back the source's part of it alone.

// Names of fields that may be corrected; the others are members of the data.
const (
	TitleField = "title"
	TimeField  = "time"
	DataField  = "data/" // and the member
)

// A draft is a record with its fields at hand.
type draft struct {
	core.Record
	data map[string]any
}

func draftOf(r core.Record) (draft, error) {
	data, err := parseData(r.Data)
	if err != nil {
		return draft{}, core.E(core.Damaged, "read record", err)
	}
	return draft{r, data}, nil
}

// record returns the draft with its data written.
func (d *draft) record() core.Record {
	r := d.Record
	r.Data = appendJSON(nil, d.data)
	return r
}

// field returns the value of a field, nil for none.
func (d *draft) field(name string) json.RawMessage {
	switch name {
	case TitleField:
		return textValue(d.Title)
	case TimeField:
		return textValue(d.Time.String())
	}
	value, there := d.data[strings.TrimPrefix(name, DataField)]
	if !there {
		return nil
	}
	return appendJSON(nil, value)
}

// setField sets a field; nil leaves it out.
func (d *draft) setField(name string, value json.RawMessage) error {
	member, isData := strings.CutPrefix(name, DataField)
	if isData && value == nil {
		delete(d.data, member)
		return nil
	}
	parsed, err := parseField(value)
	if err != nil {
		return err
	}
	text, _ := parsed.(string)
	switch {
	case isData:
		d.data[member] = parsed
	case name == TitleField:
		d.Title = text
	case name == TimeField:
		d.Time, err = record.ParseTime(text)
		if text == "" {
			d.Time, err = record.Time{}, nil
		}
	default:
		err = errors.New("no such field")
	}
	return err
}

// parseField reads the value of a field; nil is "".
func parseField(value json.RawMessage) (any, error) {
	if value == nil {
		return "", nil
	}
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	return parseValue(dec, "", 0)
}

func textValue(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return appendString(nil, text)
}

// asSent returns a record as its source says: without tags and corrections.
// What tells records apart, and pending lines from booked ones, goes by it.
func asSent(r core.Record) (core.Record, error) {
	r.Tags = nil
	if len(r.Corrected) == 0 {
		return r, nil
	}
	d, err := draftOf(r)
	if err != nil {
		return r, err
	}
	for _, c := range r.Corrected {
		if err := d.setField(c.Field, c.Source); err != nil {
			return r, core.E(core.Damaged, "read correction", err)
		}
	}
	d.Corrected = nil
	return d.record(), nil
}

// corrected returns sent, which is as the source says, with the tags and the
// corrections of own. A correction that the schema no longer takes, now that
// the source says something else around it, is kept and not applied.
func corrected(sent, own core.Record, s schema) (core.Record, error) {
	sent.Tags = own.Tags
	if len(own.Corrected) == 0 {
		return sent, nil
	}
	d, err := draftOf(sent)
	if err != nil {
		return sent, err
	}
	d.Corrected = slices.Clone(own.Corrected)
	for i := range d.Corrected {
		c := &d.Corrected[i]
		c.Source = d.field(c.Field)
		if err := d.setField(c.Field, c.Own); err != nil {
			return sent, core.E(core.Damaged, "read correction", err)
		}
		if s.compiled.Validate(d.data) == nil {
			continue
		}
		if err := d.setField(c.Field, c.Source); err != nil {
			return sent, core.E(core.Damaged, "read correction", err)
		}
	}
	return d.record(), nil
}

// isOwn reports whether the person added something to a record.
func isOwn(r core.Record) bool { return len(r.Tags)+len(r.Corrected) > 0 }

// sameOwn reports whether the person's part of two records is the same.
func sameOwn(a, b core.Record) bool {
	return slices.Equal(a.Tags, b.Tags) && slices.EqualFunc(a.Corrected, b.Corrected, func(a, b core.Correction) bool {
		return a.Field == b.Field && bytes.Equal(a.Own, b.Own) && bytes.Equal(a.Source, b.Source) && bytes.Equal(a.Seen, b.Seen)
	})
}

// owned is the revision of a stored record that holds the person's part: the
// current one, or of a record that comes back the last that was not deleted.
func (s *shelf) owned(old core.Record) (core.Record, error) {
	if !old.Deleted {
		return old, nil
	}
	revisions, err := s.Revisions(old.Ref.Seq)
	if core.CodeOf(err) == core.NotFound { // in a preview
		return core.Record{}, nil
	}
	for _, r := range revisions {
		if !r.Deleted {
			return r, err
		}
	}
	return core.Record{}, err
}

// withOwn puts the person's part of other on next, for a record that comes
// again or takes another's place.
func (w *writer) withOwn(next, other core.Record) (core.Record, error) {
	if !isOwn(other) {
		return next, nil
	}
	return corrected(next, other, w.schemas[next.Type])
}
