package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// A FieldChange is what the person makes of one field.
type FieldChange struct {
	Field string
	Was   json.RawMessage // what the person saw in it, nil for nothing
	Own   json.RawMessage // what it should be, nil for nothing
}

// maxChanges bounds the changes of one correction.
const maxChanges = 64

// Correct changes fields of a record for the person. It makes a revision in
// which each field that the source says otherwise is a correction: later runs
// change what the source says below it, and it stays. A field that is what the
// source says again is none any more. The title and the time follow the member
// of the data that says the same; see [Ingest.Form].
//
// It returns invalid with a [Refusal] for what a field cannot be, conflict for a
// deleted record, and not_found. A record that changed since the person looked
// is corrected all the same, in these fields alone; [core.Correction.IsNews]
// then tells that the source says something else than was seen.
func (in *Ingest) Correct(ctx context.Context, ref core.Ref, changes []FieldChange) error {
	return in.revise(ctx, ref, "correct record", func(r core.Record) (core.Record, error) { return in.correct(r, changes) })
}

// TakeBack takes corrections of a record back, of the fields given or, without
// any, all: what the source says stands again. A field that has no correction
// is left alone. Its errors are those of Correct.
func (in *Ingest) TakeBack(ctx context.Context, ref core.Ref, fields ...string) error {
	return in.revise(ctx, ref, "take correction back", func(r core.Record) (core.Record, error) { return in.takeBack(r, fields) })
}

// Keep notes that the person has seen what the source says of the corrected
// fields, and keeps the corrections. Its errors are those of Correct.
func (in *Ingest) Keep(ctx context.Context, ref core.Ref) error {
	return in.revise(ctx, ref, "keep correction", func(r core.Record) (core.Record, error) {
		r.Corrected = slices.Clone(r.Corrected)
		for i := range r.Corrected {
			r.Corrected[i].Seen = r.Corrected[i].Source
		}
		return r, nil
	})
}

// revise makes a revision by the person of a record that is not deleted.
func (in *Ingest) revise(ctx context.Context, ref core.Ref, op string, f func(core.Record) (core.Record, error)) error {
	return in.change(ctx, ref, func(s *shelf, old core.Record) (core.Record, error) {
		if old.Deleted {
			return old, core.E(core.Conflict, op, errors.New("it is deleted"))
		}
		next, err := f(old)
		if err != nil {
			return old, err
		}
		next.Provenance = in.person()
		now, _, err := s.PutRecord(next)
		if err != nil {
			return old, err
		}
		return now, s.shelfOwn(old, now)
	})
}

func (in *Ingest) correct(r core.Record, changes []FieldChange) (core.Record, error) {
	if len(changes) > maxChanges {
		return r, core.E(core.Invalid, "correct record", errors.New("too many changes"))
	}
	d, err := draftOf(r)
	if err != nil {
		return r, err
	}
	d.Corrected = slices.Clone(d.Corrected)
	var faults []Fault
	for i, c := range in.following(&d, changes) {
		if reason := in.changeField(&d, c); reason != "" && i < len(changes) { // what cannot follow stays
			faults = append(faults, Fault{c.Field, reason})
		}
	}
	for _, f := range in.faults(&d) {
		if !slices.ContainsFunc(faults, func(known Fault) bool { return known.Field == f.Field }) {
			faults = append(faults, f)
		}
	}
	if len(faults) > 0 {
		return r, refuse("correct record", faults...)
	}
	return d.finish(), nil
}

// finish returns the corrected record, its times in their one form.
func (d *draft) finish() core.Record {
	slices.SortFunc(d.Corrected, func(a, b core.Correction) int { return strings.Compare(a.Field, b.Field) })
	return d.record()
}

// following returns the changes, then those of the title and the time that
// follow from them.
func (in *Ingest) following(d *draft, changes []FieldChange) []FieldChange {
	leading := d.leaders(in.fields[d.Type])
	all := slices.Clone(changes)
	for _, follower := range []string{TitleField, TimeField} {
		asked := slices.ContainsFunc(changes, func(c FieldChange) bool { return c.Field == follower })
		for _, c := range changes {
			if !asked && c.Field == leading[follower] && c.Own != nil {
				all = append(all, FieldChange{follower, d.field(follower), c.Own})
			}
		}
	}
	return all
}

// changeField makes one change in a draft, or returns what is wrong with it.
func (in *Ingest) changeField(d *draft, c FieldChange) Reason {
	i := slices.IndexFunc(in.fields[d.Type], func(f Field) bool { return f.Name == c.Field })
	if i < 0 {
		return Unknown
	}
	own, reason := in.fields[d.Type][i].canonical(c.Own)
	if reason != "" {
		return reason
	}
	now := d.field(c.Field)
	made := core.Correction{Field: c.Field, Own: own, Source: now}
	at := slices.IndexFunc(d.Corrected, func(known core.Correction) bool { return known.Field == c.Field })
	if at >= 0 {
		made.Source = d.Corrected[at].Source
		d.Corrected = slices.Delete(d.Corrected, at, at+1)
	}
	if made.Seen = made.Source; !bytes.Equal(c.Was, now) {
		made.Seen, _ = in.fields[d.Type][i].canonical(c.Was) // what cannot be was not seen
	}
	if !bytes.Equal(made.Own, made.Source) {
		d.Corrected = append(d.Corrected, made)
	}
	if d.setField(c.Field, own) != nil {
		return reasonOf(in.fields[d.Type][i].Kind)
	}
	return ""
}

// canonical checks a value as far as no schema does, and returns it in its one
// form.
func (f Field) canonical(value json.RawMessage) (json.RawMessage, Reason) {
	if value == nil {
		if f.IsRequired || f.Name == TitleField {
			return nil, Missing
		}
		return nil, ""
	}
	if len(value) > MaxData {
		return nil, TooLong
	}
	parsed, err := parseField(value)
	text, isText := parsed.(string)
	switch {
	case err != nil:
		return nil, reasonOf(f.Kind)
	case isText && strings.TrimSpace(text) == "":
		return f.canonical(nil)
	case isText && f.MaxLength > 0 && utf8.RuneCountInString(text) > f.MaxLength:
		return nil, TooLong
	case f.Kind == Date:
		t, err := record.ParseTime(strings.TrimSpace(text))
		if err != nil {
			return nil, NotDate
		}
		return textValue(t.String()), ""
	case f.Name == TitleField:
		if text = cleanLine(text); len(text) > MaxTitle {
			return nil, TooLong
		}
		parsed = text
	}
	switch parsed.(type) {
	case string, bool, json.Number:
		return appendJSON(nil, parsed), ""
	}
	return nil, reasonOf(f.Kind)
}

func (in *Ingest) takeBack(r core.Record, fields []string) (core.Record, error) {
	d, err := draftOf(r)
	if err != nil {
		return r, err
	}
	back := map[string]bool{}
	leading := d.leaders(in.fields[r.Type])
	for _, field := range fields {
		back[field] = true
		for follower, leader := range leading {
			back[follower] = back[follower] || leader == field
		}
	}
	d.Corrected = nil
	for _, c := range r.Corrected {
		if len(fields) > 0 && !back[c.Field] {
			d.Corrected = append(d.Corrected, c)
			continue
		}
		if err := d.setField(c.Field, c.Source); err != nil {
			return r, core.E(core.Damaged, "take correction back", err)
		}
	}
	if faults := in.faults(&d); len(faults) > 0 {
		return r, refuse("take correction back", faults...)
	}
	return d.finish(), nil
}
