package record_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/domicile-home/domicile/sdk/record"
)

func n(v int64) *int64 { return &v }

// full holds, for each type, data with every member filled in.
func full() map[record.Type]any {
	day, instant := record.Date(2026, 3, 15), record.Instant(time.Date(2026, 3, 15, 9, 30, 5, 250_000_000, time.FixedZone("Europe/Paris", 3600)))
	extra := map[string]any{"raw": "12,30 €", "nested": map[string]any{"a": []any{1, "b", nil}}}
	return map[record.Type]any{
		record.TypeBill: record.Bill{Vendor: "Électricité", Number: "F-1", Issued: day, Due: day, Start: record.MonthOf(2026, 2), End: day,
			Amount: "12.30", Currency: "EUR", Tax: "2.05", Contract: "C-1", IsRefund: true, Extra: extra,
			Lines: []record.BillLine{{Label: "Énergie", Quantity: "12.5", Unit: "kWh", Price: "0.17654321", Amount: "2.21"}}},
		record.TypeBankAccount: record.BankAccount{Institution: "Banque", IBAN: "FR7630006000011234567890189", Number: "12345678901",
			Kind: "current", Currency: "EUR", Owner: "Camille Martin", Extra: extra},
		record.TypeBalance: record.Balance{BankAccount: "a", Amount: "-0.05", Currency: "EUR", Kind: "booked", Extra: extra},
		record.TypeTransaction: record.Transaction{BankAccount: "a", Booked: day, ValueDate: instant, Amount: "-999999999999999.12", Currency: "EUR",
			Label: "CB CAFÉ", Counterparty: "Café", Reference: "1", Kind: "DEBIT", State: "booked", Extra: extra},
		record.TypeContract: record.Contract{Vendor: "Opérateur", Number: "C-1", Kind: "mobile", Label: "Forfait", Start: day, End: day,
			Price: "19.99", Currency: "EUR", Period: "P1M", Notice: "P10D", Place: "1 rue Haute", Extra: extra},
		record.TypeCall: record.Call{Line: "33600000000", Direction: "out", Kind: "voice", Counterpart: "33611111111", Seconds: 61, Bytes: 12,
			Price: "0.15", Currency: "EUR", Country: "FR", Extra: extra},
		record.TypeSeries: record.Series{Measure: "electricity.consumption", Meter: "01234567890123", Unit: "Wh", Step: "PT30M", Start: instant,
			Zone: "Europe/Paris", Scale: 3, Values: []*int64{n(0), nil, n(-7), n(9007199254740991)}, Extra: extra},
		record.TypeDocument: record.Document{Kind: "letter", Issuer: "Mairie", Number: "7", Extra: extra},
	}
}

func compiled(t *testing.T, typ record.Type) *jsonschema.Schema {
	t.Helper()
	text, ok := record.Schema(typ)
	if !ok {
		t.Fatalf("%s has no schema", typ)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	url := "urn:domicile:record:" + string(typ)
	if err := c.AddResource(url, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(url)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSchema_accepts_what_the_structs_write(t *testing.T) {
	t.Parallel()
	for _, typ := range record.Types() {
		v, ok := full()[typ]
		if !ok {
			t.Fatalf("no sample of %s", typ)
		}
		assertNoZero(t, string(typ), reflect.ValueOf(v))
		if err := validate(t, compiled(t, typ), v); err != nil {
			t.Errorf("%s: %v", typ, err)
		}
	}
	if _, ok := record.Schema("../schema"); ok {
		t.Error("a schema was found for no type")
	}
}

func TestSchema_refuses_what_is_wrong(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		typ    record.Type
		member string
		value  any // nil removes the member
	}{
		{record.TypeBill, "amount", nil}, {record.TypeBill, "amount", ""}, {record.TypeBill, "amount", 12.3}, {record.TypeBill, "amount", "12,30"},
		{record.TypeBill, "amount", "1234567890123456"}, {record.TypeBill, "currency", "eur"}, {record.TypeBill, "vendor", ""},
		{record.TypeBill, "vendor", strings.Repeat("é", 201)}, {record.TypeBill, "unknown", 1}, {record.TypeBill, "issued", "15/03/2026"},
		{record.TypeBill, "issued", "2026-13"}, {record.TypeBill, "issued", "0000"}, {record.TypeBill, "lines", []any{map[string]any{"label": "x", "y": 1}}},
		{record.TypeBill, "lines", slices.Repeat([]any{map[string]any{"label": "x"}}, 1001)}, {record.TypeBill, "extra", "text"},
		{record.TypeBankAccount, "iban", "FR76 3000"}, {record.TypeBankAccount, "kind", "CHECKING"},
		{record.TypeBalance, "bank_account", ""}, {record.TypeTransaction, "label", nil}, {record.TypeTransaction, "state", "done"},
		{record.TypeContract, "currency", nil}, {record.TypeContract, "period", "P"}, {record.TypeContract, "period", "1M"},
		{record.TypeCall, "direction", "sortant"}, {record.TypeCall, "seconds", -1}, {record.TypeCall, "seconds", 1.5}, {record.TypeCall, "currency", nil},
		{record.TypeSeries, "values", []any{}}, {record.TypeSeries, "values", []any{1.5}}, {record.TypeSeries, "step", "P1Y"}, {record.TypeSeries, "start", ""},
		{record.TypeSeries, "scale", 9},
	} {
		if err := validate(t, compiled(t, tc.typ), with(t, full()[tc.typ], tc.member, tc.value)); err == nil {
			t.Errorf("%s with %s = %.40v was accepted", tc.typ, tc.member, tc.value)
		}
	}
	daily := with(t, with(t, full()[record.TypeSeries], "step", "P1D"), "zone", nil)
	if err := validate(t, compiled(t, record.TypeSeries), daily); err == nil {
		t.Error("a daily series without a zone was accepted")
	}
}

// with returns v's object with member set to value, or without it when nil.
func with(t *testing.T, v any, member string, value any) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(encode(t, v), &m); err != nil {
		t.Fatal(err)
	}
	if m[member] = value; value == nil {
		delete(m, member)
	}
	return m
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func validate(t *testing.T, s *jsonschema.Schema, v any) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(encode(t, v)))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

// assertNoZero makes sure that a sample leaves no member out.
func assertNoZero(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	for i := range v.NumField() {
		name := path + "." + v.Type().Field(i).Name
		if v.Field(i).IsZero() {
			t.Errorf("the sample leaves %s out", name)
		}
		if f := v.Field(i); f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct {
			assertNoZero(t, name, f.Index(0))
		}
	}
}

// node is the part of a schema that these tests look at.
type node struct {
	Title       string           `json:"title"`
	Description string           `json:"description"`
	French      *node            `json:"x-fr"`
	Ref         string           `json:"$ref"`
	Type        any              `json:"type"`
	Properties  map[string]*node `json:"properties"`
	Required    []string         `json:"required"`
	Additional  *bool            `json:"additionalProperties"`
	Items       *node            `json:"items"`
	MaxLength   *int             `json:"maxLength"`
	MaxItems    *int             `json:"maxItems"`
	MaxProps    *int             `json:"maxProperties"`
	Pattern     string           `json:"pattern"`
	Enum        []string         `json:"enum"`
	Defs        map[string]*node `json:"$defs"`
}

func (root *node) resolve(x *node) *node {
	if x.Ref == "" {
		return x
	}
	return root.Defs[strings.TrimPrefix(x.Ref, "#/$defs/")]
}

func parsed(t *testing.T, typ record.Type) *node {
	t.Helper()
	text, _ := record.Schema(typ)
	var root node
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatalf("%s: %v", typ, err)
	}
	return &root
}

func TestSchema_has_exactly_the_members_of_the_structs(t *testing.T) {
	t.Parallel()
	for _, typ := range record.Types() {
		root := parsed(t, typ)
		compareMembers(t, string(typ), root, root, reflect.TypeOf(full()[typ]))
	}
}

func compareMembers(t *testing.T, path string, root, schema *node, typ reflect.Type) {
	t.Helper()
	var members, required []string
	for i := range typ.NumField() {
		tag, options, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		if members = append(members, tag); options == "" {
			required = append(required, tag)
		}
		if f := typ.Field(i).Type; f.Kind() == reflect.Slice && f.Elem().Kind() == reflect.Struct {
			compareMembers(t, path+"."+tag, root, root.resolve(root.resolve(schema.Properties[tag]).Items), f.Elem())
		}
	}
	slices.Sort(members)
	slices.Sort(required)
	if diff := cmp.Diff(members, slices.Sorted(maps.Keys(schema.Properties))); diff != "" {
		t.Errorf("%s: members (-struct +schema):\n%s", path, diff)
	}
	slices.Sort(schema.Required)
	if diff := cmp.Diff(required, append([]string(nil), schema.Required...)); diff != "" {
		t.Errorf("%s: required (-struct +schema):\n%s", path, diff)
	}
	if schema.Additional == nil || *schema.Additional {
		t.Errorf("%s: additional members are allowed", path)
	}
}

func TestSchema_says_everything_in_two_languages_and_bounds_it(t *testing.T) {
	t.Parallel()
	for _, typ := range record.Types() {
		root := parsed(t, typ)
		checkNode(t, string(typ), root, root)
		for name, d := range root.Defs {
			checkNode(t, string(typ)+".$defs."+name, root, d)
		}
	}
}

func checkNode(t *testing.T, path string, root, x *node) {
	t.Helper()
	target := root.resolve(x)
	if x.Ref != "" && x.Title == "" {
		x = target
	}
	if x.Title == "" || x.Description == "" || x.French == nil || x.French.Title == "" || x.French.Description == "" {
		t.Errorf("%s: a title or a description is missing", path)
	}
	switch target.Type {
	case "string":
		if target.MaxLength == nil && target.Enum == nil && target.Pattern != "^[A-Z]{3}$" {
			t.Errorf("%s: text has no bound", path)
		}
	case "array":
		if target.MaxItems == nil {
			t.Errorf("%s: list has no bound", path)
		}
	}
	for name, p := range target.Properties {
		checkNode(t, path+"."+name, root, p)
	}
}

// FuzzSchema_agrees_with_the_parsers holds the patterns of money and times
// against ParseMoney and ParseTime. A pattern knows no calendar and money's
// knows no int64, so only one direction holds there.
func FuzzSchema_agrees_with_the_parsers(f *testing.F) {
	for _, s := range []string{"", "0", "-12.30", "01", "1.", "1e3", "2026", "2026-02-30", "2026-03-15T09:30Z", "2026-03-15T09:30:05.25+01:00[Europe/Paris]",
		"2026-03-15[Europe/Paris]", "2026-03-15T24:00Z", "2026-03-15T09:30:05,25Z", "999999999999999.99999999", "0000"} {
		f.Add(s)
	}
	schema := compiledForFuzz(f)
	f.Fuzz(func(t *testing.T, s string) {
		_, moneyErr := record.ParseMoney(s)
		if ok := schema("amount", s); moneyErr == nil && !ok || ok && moneyErr != nil && len(strings.Trim(s, "-.")) <= 18 {
			t.Errorf("money %q: schema %v, parser %v", s, ok, moneyErr)
		}
		at, timeErr := record.ParseTime(s)
		if ok := schema("issued", s); ok && timeErr != nil && !strings.Contains(timeErr.Error(), "not a time") || timeErr == nil && !schema("issued", at.String()) {
			t.Errorf("time %q: schema %v, parser %v, %v", s, ok, timeErr, at)
		}
	})
}

func compiledForFuzz(f *testing.F) func(member, value string) bool {
	text, _ := record.Schema(record.TypeBill)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		f.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("urn:domicile:record:bill", doc); err != nil {
		f.Fatal(err)
	}
	s := c.MustCompile("urn:domicile:record:bill")
	return func(member, value string) bool {
		v := map[string]any{"vendor": "v", "amount": "1", "currency": "EUR", member: value}
		return s.Validate(v) == nil
	}
}

func ExampleSchema() {
	text, ok := record.Schema(record.TypeBalance)
	var schema struct {
		Title  string
		French struct{ Title string } `json:"x-fr"`
	}
	fmt.Println(ok, json.Unmarshal(text, &schema), schema.Title, schema.French.Title)
	// Output: true <nil> Balance Solde
}
