package main

import (
	"bytes"
	"encoding/json"
	"strings"
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
	h.Input = h.AddFile("statement.ofx", "application/x-ofx", data)
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

// sample makes an OFX file of one bank account, from the tags of its list.
func sample(list string) []byte {
	return []byte(`OFXHEADER:100
DATA:OFXSGML

<OFX>
<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260301<LANGUAGE>FRA<FI><ORG>Banque<FID>1</FI></SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS>
<STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>30003<BRANCHID>01234<ACCTID>00012345678<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260201<DTEND>20260228
` + list + `
</BANKTRANLIST>
<LEDGERBAL><BALAMT>100.00<DTASOF>20260228</LEDGERBAL>
</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
`)
}

// tags makes a STMTTRN of tags and values.
func tags(pairs ...string) string {
	var out strings.Builder
	out.WriteString("<STMTTRN>")
	for i := 0; i < len(pairs); i += 2 {
		out.WriteString("<" + pairs[i] + ">" + pairs[i+1] + "\n")
	}
	out.WriteString("</STMTTRN>\n")
	return out.String()
}
