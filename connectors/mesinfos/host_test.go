package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/sdktest"
)

// play runs the connector on a file. It fails the test when a record does not
// follow the schema of its type.
func play(t *testing.T, data []byte) (*sdktest.Host, sdktest.Result) {
	t.Helper()
	h := &sdktest.Host{Mode: protocol.ModeFile}
	h.Input = h.AddFile("set.json", "application/json", data)
	return h, again(t, h)
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

// lines writes records one a line, as golden files hold them.
func lines(t *testing.T, records []record.Record) []byte {
	t.Helper()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	for _, r := range records {
		if err := e.Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}
