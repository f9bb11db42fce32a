package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// A Field is a field of a record that the person may correct, as the type's
// published schema describes it.
type Field struct {
	Name         string // TitleField, TimeField, or DataField and the member
	Kind         FieldKind
	Titles       map[string]string // by language, "en" and "fr"; nil for TitleField and TimeField
	Descriptions map[string]string // by language; nil for TitleField and TimeField
	Choices      []string          // of a Choice
	IsRequired   bool
	MaxLength    int // characters of a Line; 0: none
}

// A FieldKind says what a field's value is.
type FieldKind string

// The kinds.
const (
	Line   FieldKind = "line"   // text
	Money  FieldKind = "money"  // a decimal number in a string
	Date   FieldKind = "date"   // a time, as record.Time spells it
	Whole  FieldKind = "whole"  // an integer
	Truth  FieldKind = "truth"  // true or false
	Choice FieldKind = "choice" // one of Choices
)

// Fields returns what the person may correct in records of a type, in the order
// of its schema. Lists, what the provider sent beyond the schema and what names
// another record stay as they came; so does all but the title of a series, which
// is known by its data.
func (in *Ingest) Fields(t record.Type) []Field { return slices.Clone(in.fields[t]) }

// Form returns the fields of a record that a form should ask for: without the
// title and the time that say what a member of the data says, and follow it.
func (in *Ingest) Form(r core.Record) ([]Field, error) {
	d, err := draftOf(r)
	if err != nil {
		return nil, err
	}
	fields := in.fields[r.Type]
	leading := d.leaders(fields)
	return slices.DeleteFunc(slices.Clone(fields), func(f Field) bool { return leading[f.Name] != "" }), nil
}

// Value returns the value of a record's field, nil for none. It returns damaged
// for data that are none.
func Value(r core.Record, field string) (json.RawMessage, error) {
	d, err := draftOf(r)
	if err != nil {
		return nil, err
	}
	return d.field(field), nil
}

// leaders says which member of the data the title and the time follow: the
// first one, in the order of the schema, that says the same.
func (d *draft) leaders(fields []Field) map[string]string {
	leading := map[string]string{}
	for _, f := range fields {
		text, _ := d.data[strings.TrimPrefix(f.Name, DataField)].(string)
		if !strings.HasPrefix(f.Name, DataField) || text == "" {
			continue
		}
		switch {
		case f.Kind == Line && leading[TitleField] == "" && cleanLine(text) == d.Title:
			leading[TitleField] = f.Name
		case f.Kind == Date && leading[TimeField] == "" && sameDay(parseTime(text), d.Time):
			leading[TimeField] = f.Name
		}
	}
	return leading
}

func sameDay(a, b record.Time) bool {
	return !a.IsZero() && !b.IsZero() && firstDay(a).String() == firstDay(b).String()
}

// property is what is read of a member's schema.
type property struct {
	Ref         string   `json:"$ref"`
	Type        string   `json:"type"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Enum        []string `json:"enum"`
	MaxLength   int      `json:"maxLength"`
	French      struct {
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"x-fr"`
}

// fieldsOf reads the fields of a type from its schema.
func fieldsOf(t record.Type, text []byte) ([]Field, error) {
	var s struct {
		Properties json.RawMessage     `json:"properties"`
		Required   []string            `json:"required"`
		Defs       map[string]property `json:"$defs"`
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, err
	}
	fields := []Field{{Name: TitleField, Kind: Line, MaxLength: MaxTitle}}
	if t == record.TypeSeries {
		return fields, nil
	}
	fields = append(fields, Field{Name: TimeField, Kind: Date})
	return fields, eachProperty(s.Properties, func(name string, p property) {
		def := s.Defs[strings.TrimPrefix(p.Ref, "#/$defs/")]
		f := p.field(def)
		if f.Name, f.IsRequired = DataField+name, slices.Contains(s.Required, name); f.Kind != "" {
			fields = append(fields, f)
		}
	})
}

// eachProperty calls f with the properties of a schema, in their order.
func eachProperty(text []byte, f func(string, property)) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	if _, err := dec.Token(); err != nil {
		return err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		var p property
		if err := dec.Decode(&p); err != nil {
			return fmt.Errorf("%v: %w", name, err)
		}
		f(fmt.Sprint(name), p)
	}
	return nil
}

// field describes a property whose $ref is def. Its kind is "" for what cannot
// be corrected.
func (p property) field(def property) Field {
	either := func(a, b string) string {
		if a != "" {
			return a
		}
		return b
	}
	f := Field{Choices: p.Enum, MaxLength: max(p.MaxLength, def.MaxLength),
		Titles:       map[string]string{"en": either(p.Title, def.Title), "fr": either(p.French.Title, def.French.Title)},
		Descriptions: map[string]string{"en": either(p.Description, def.Description), "fr": either(p.French.Description, def.French.Description)}}
	switch kind := either(p.Type, def.Type); {
	case p.Ref == "#/$defs/id":
	case p.Ref == "#/$defs/money" || p.Ref == "#/$defs/decimal":
		f.Kind = Money
	case p.Ref == "#/$defs/time":
		f.Kind = Date
	case len(p.Enum) > 0:
		f.Kind = Choice
	case kind == "string":
		f.Kind = Line
	case kind == "integer":
		f.Kind = Whole
	case kind == "boolean":
		f.Kind = Truth
	}
	return f
}
