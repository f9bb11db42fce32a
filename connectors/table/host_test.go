package main

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/sdktest"
)

// A desk is a home in which somebody answers, and what was asked.
type desk struct {
	*sdktest.Host
	asked []protocol.Table
}

// at makes a home with a file. The answers are given in turn; after them, and
// for "", what the connector proposes is taken.
func at(t *testing.T, data []byte, answers ...string) *desk {
	t.Helper()
	d := &desk{Host: &sdktest.Host{Mode: protocol.ModeFile, Locale: "en"}}
	d.Input = d.AddFile("statement.csv", "text/csv", data)
	d.Answer = func(req protocol.AskRequest) (string, error) {
		if err := req.Table.Check(); err != nil {
			t.Error(err)
		}
		n := len(d.asked)
		d.asked = append(d.asked, *req.Table)
		if n < len(answers) && answers[n] != "" {
			return answers[n], nil
		}
		return req.Table.Said, nil
	}
	return d
}

// play runs the connector on a file. It fails the test when a record does not
// follow the schema of its type.
func play(t *testing.T, data []byte, answers ...string) (*desk, sdktest.Result) {
	t.Helper()
	d := at(t, data, answers...)
	return d, again(t, d.Host)
}

// again runs the connector on the same file for the same home.
func again(t *testing.T, h *sdktest.Host) sdktest.Result {
	t.Helper()
	res, err := h.Run(sdk.Connector(run).Serve)
	if err != nil {
		t.Fatal(err)
	}
	schemas := map[record.Type]*jsonschema.Schema{}
	for _, r := range h.Records() {
		if schemas[r.Type] == nil {
			schemas[r.Type] = compiled(t, r.Type)
		}
		if err := follows(schemas[r.Type], r); err != nil {
			t.Errorf("%s %q: %v", r.Type, r.ID, err)
		}
		if r.Title == "" || len(r.ID) > 512 {
			t.Errorf("%s %q: no title or a long id", r.Type, r.ID)
		}
	}
	return res
}

func compiled(t *testing.T, typ record.Type) *jsonschema.Schema {
	t.Helper()
	text, ok := record.Schema(typ)
	if !ok {
		t.Fatalf("no schema for %s", typ)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema", schema); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("schema")
}

func follows(schema *jsonschema.Schema, r record.Record) error {
	data, err := jsonschema.UnmarshalJSON(bytes.NewReader(r.Data))
	if err != nil {
		return err
	}
	return schema.Validate(data)
}

// of returns the data of the records of one type.
func of[T any](t *testing.T, h *sdktest.Host, typ record.Type) []T {
	t.Helper()
	all, err := sdktest.Data[T](h, typ)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
