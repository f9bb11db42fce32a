package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/domicile-home/domicile/sdk/record"
)

// A schema checks the data of one type.
type schema struct {
	compiled *jsonschema.Schema
	times    []string // members that hold a time
}

// compileSchemas compiles the published schema of every type, and reads the
// fields that a person may correct from it.
func compileSchemas() (map[record.Type]schema, map[record.Type][]Field, error) {
	all, fields := map[record.Type]schema{}, map[record.Type][]Field{}
	for _, t := range record.Types() {
		text, ok := record.Schema(t)
		if !ok {
			return nil, nil, fmt.Errorf("no schema of type %s", t)
		}
		s, err := compileSchema(text)
		if err != nil {
			return nil, nil, fmt.Errorf("schema of type %s: %w", t, err)
		}
		all[t] = s
		if fields[t], err = fieldsOf(t, text); err != nil {
			return nil, nil, fmt.Errorf("fields of type %s: %w", t, err)
		}
	}
	return all, fields, nil
}

func compileSchema(text []byte) (schema, error) {
	const name = "urn:schema"
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return schema{}, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		return schema{}, err
	}
	compiled, err := c.Compile(name)
	if err != nil {
		return schema{}, err
	}
	s := schema{compiled: compiled}
	for member, property := range compiled.Properties {
		if property.Ref != nil && strings.HasSuffix(property.Ref.Location, "/$defs/time") {
			s.times = append(s.times, member)
		}
	}
	return s, nil
}

// check validates data and writes its times canonically. The error names the
// member and the rule, not the value.
func (s schema) check(data map[string]any) error {
	if err := s.compiled.Validate(data); err != nil {
		return describe(err)
	}
	for _, member := range s.times {
		text, ok := data[member].(string)
		if !ok {
			continue
		}
		t, err := record.ParseTime(text)
		if err != nil {
			return fmt.Errorf("data/%s: not a time", member)
		}
		data[member] = t.String()
	}
	return nil
}

// describe turns the first broken rule that a validation found into words.
func describe(err error) error {
	broken, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return fmt.Errorf("data: %w", err)
	}
	for len(broken.Causes) > 0 {
		broken = broken.Causes[0]
	}
	at := strings.Join(append([]string{"data"}, broken.InstanceLocation...), "/")
	switch k := broken.ErrorKind.(type) {
	case *kind.Required:
		return fmt.Errorf("%s: %s is missing", at, strings.Join(k.Missing, ", "))
	case *kind.AdditionalProperties:
		return fmt.Errorf("%s: no member %s in the schema: it belongs under extra", at, strings.Join(k.Properties, ", "))
	case *kind.Type:
		return fmt.Errorf("%s: want %s, got %s", at, strings.Join(k.Want, " or "), k.Got)
	case *kind.Pattern:
		return fmt.Errorf("%s: does not match %s", at, k.Want)
	}
	return fmt.Errorf("%s: breaks %s", at, strings.Join(broken.ErrorKind.KeywordPath(), "/"))
}
