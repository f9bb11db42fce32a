package web_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/web"
)

const apiAddress = "urn:openapi"

// A description is the API's description, read for what tests hold against it.
type description struct {
	OpenAPI string
	Paths   map[string]map[string]operation
	schemas *jsonschema.Compiler
}

type operation struct {
	OperationID string
	Security    []map[string][]string
	Parameters  []struct{ Name, In string }
	Responses   map[string]struct {
		Ref     string `json:"$ref"`
		Content map[string]struct{ Schema json.RawMessage }
	}
}

func described(t *testing.T) description {
	t.Helper()
	var d description
	if err := json.Unmarshal(web.OpenAPI(), &d); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(web.OpenAPI()))
	if err != nil {
		t.Fatal(err)
	}
	d.schemas = jsonschema.NewCompiler()
	d.schemas.AssertFormat()
	if err := d.schemas.AddResource(apiAddress, doc); err != nil {
		t.Fatal(err)
	}
	return d
}

// check holds one JSON text against the schema at a place of the description.
func (d description) check(t *testing.T, text []byte, at ...string) {
	t.Helper()
	place := apiAddress + "#"
	for _, part := range at {
		place += "/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
	}
	schema, err := d.schemas.Compile(place)
	if err != nil {
		t.Fatalf("%s: %v", place, err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Errorf("%s: %v: %.200s", place, err, text)
		return
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%v\n%.500s", err, text)
	}
}

// answer holds a real answer against the description of its operation.
func (d description) answer(t *testing.T, path, method string, res *http.Response) {
	t.Helper()
	status, text := fmt.Sprint(res.StatusCode), []byte(body(t, res))
	said, ok := d.Paths[path][method].Responses[status]
	if !ok {
		t.Errorf("%s %s: an answer %s is not described: %.200s", method, path, status, text)
		return
	}
	mediaType := res.Header.Get("Content-Type")
	if said.Ref != "" {
		d.check(t, text, "components", "schemas", "Problem")
		if mediaType != "application/problem+json" {
			t.Errorf("%s %s %s: %q", method, path, status, mediaType)
		}
		return
	}
	if mediaType == "" && len(said.Content) == 0 {
		return
	}
	content, ok := said.Content[mediaType]
	if !ok {
		t.Errorf("%s %s %s: the type %q is not described", method, path, status, mediaType)
		return
	}
	at := []string{"paths", path, method, "responses", status, "content", mediaType, "schema"}
	switch {
	case content.Schema == nil: // bytes
	case mediaType == "application/x-ndjson":
		for line := range bytes.Lines(text) {
			d.check(t, line, at...)
		}
	default:
		d.check(t, text, at...)
	}
}

// templated writes ":ref" as "{ref}".
func templated(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

func TestOpenAPI_describes_every_endpoint_and_no_other(t *testing.T) {
	t.Parallel()
	d := described(t)
	if !strings.HasPrefix(d.OpenAPI, "3.1.") {
		t.Errorf("OpenAPI %q", d.OpenAPI)
	}
	left := map[string]bool{"get /openapi.json": true}
	for route, scopes := range web.Endpoints() {
		method, path, _ := strings.Cut(route, " ")
		method, path = strings.ToLower(method), templated(path)
		left[method+" "+path] = true
		o := d.Paths[path][method]
		if len(o.Security) != 1 {
			t.Errorf("%s: security %v", route, o.Security)
			continue
		}
		var want []string
		for _, s := range scopes {
			want = append(want, string(s))
		}
		if got := o.Security[0]["token"]; !slices.Equal(got, want) {
			t.Errorf("%s: scopes %v, want %v", route, got, want)
		}
		for _, p := range o.Parameters {
			if p.In == "path" && !strings.Contains(path, "{"+p.Name+"}") {
				t.Errorf("%s: no place for %s", route, p.Name)
			}
		}
	}
	ids := map[string]bool{}
	for path, methods := range d.Paths {
		for method, o := range methods {
			if !left[method+" "+path] {
				t.Errorf("%s %s is described and is not there", method, path)
			}
			if o.OperationID == "" || ids[o.OperationID] {
				t.Errorf("%s %s: operation id %q", method, path, o.OperationID)
			}
			ids[o.OperationID] = true
		}
	}
	text := string(web.OpenAPI())
	for _, s := range auth.Scopes() {
		if !strings.Contains(text, string(s)) {
			t.Errorf("the scope %s is not described", s)
		}
	}
}

// TestOpenAPI_describes_every_answer asks each operation over the web listener
// for each answer that it can be brought to give.
func TestOpenAPI_describes_every_answer(t *testing.T) {
	t.Parallel()
	d, s := described(t), household(t)
	bill := s.someBill(t)
	all, _ := s.makeToken(t, month, auth.Scopes()...)
	none, _ := s.makeToken(t, month, auth.ImportWrite)
	importless, _ := s.makeToken(t, month, auth.SourcesRead)
	fill := apiPlaces(s, bill)
	own := s.rooms(t).Connect.Ingest
	if err := errors.Join(own.Tag(t.Context(), bill.Ref, []string{"Maison", "payer"}, nil),
		own.Correct(t.Context(), bill.Ref, []ingest.FieldChange{{Field: "data/due", Own: json.RawMessage(`"2026-02-20"`)}})); err != nil {
		t.Fatal(err)
	}
	async := header("Prefer", "respond-async")
	s.twins(t, bill)
	good := map[string]map[string][]string{ // by route, addresses and the statuses they give
		"GET /records": {"?limit=200": {"200"}, "?type=document": {"200"}, "?limit=1&type=bill": {"200"}, "?type=none": {"200"}, "?source=x": {"400"}, "?cursor=x": {"400"},
			"?tag=maison&tag=PAYER&least=10&most=1000": {"200"}, "?least=x": {"400"}, "?" + strings.Repeat("tag=x&", 33): {"400"}},
		"GET /records/:ref":                      {"": {"200"}},
		"GET /records/:ref/same":                 {"": {"200"}},
		"GET /files/:source/:file":               {"": {"200"}},
		"GET /search":                            {"?q=forfait": {"200"}, "?q=amount:x": {"200"}},
		"GET /sources":                           {"": {"200"}},
		"GET /sources/:source":                   {"": {"200"}},
		"GET /sources/:source/runs":              {"": {"200"}},
		"GET /sources/:source/runs/:run":         {"": {"200"}},
		"GET /sources/:source/runs/:run/records": {"": {"200"}},
		"POST /sources/:source/runs":             {"": {"200"}},
		"POST /import":                           {"?name=releve.ofx": {"200"}, "?name=x.bin": {"422"}},
	}
	for route := range web.Endpoints() {
		method, path, _ := strings.Cut(route, " ")
		at, low := templated(path), strings.ToLower(method)
		input := func(query string) *bytes.Reader {
			if strings.Contains(query, ".ofx") {
				return bytes.NewReader(demoStatement(t))
			}
			return bytes.NewReader([]byte("?"))
		}
		for query, statuses := range good[route] {
			res := s.ask(method, fill(path)+query, all, input(query))
			if got := fmt.Sprint(res.StatusCode); got != statuses[0] {
				t.Errorf("%s%s: %s, want %s", route, query, got, statuses[0])
			}
			d.answer(t, at, low, res)
		}
		if len(good[route]) == 0 {
			t.Errorf("%s is not tried", route)
		}
		few := none
		if strings.HasSuffix(path, "import") {
			few = importless
		}
		for _, res := range []*http.Response{
			s.ask(method, fill(path), few, input("")), s.ask(method, fill(path), "", input("")),
			s.ask(method, fill(path), all, input(""), host("evil.example")),
		} {
			if res.StatusCode < 400 {
				t.Errorf("%s: %d", route, res.StatusCode)
			}
			d.answer(t, at, low, res)
		}
		if path != "/records" && path != "/sources" && path != "/search" && path != "/import" {
			elsewhere := strings.NewReplacer(":ref", "00000000000000ff-1", ":source", unknown, ":file", "1", ":run", "1").Replace(path)
			res := s.ask(method, elsewhere, all, nil)
			if res.StatusCode != http.StatusNotFound {
				t.Errorf("%s of nothing: %d", route, res.StatusCode)
			}
			d.answer(t, at, low, res)
		}
		if method == "GET" && slices.Contains([]string{"/records", "/records/:ref", "/files/:source/:file"}, path) {
			tag := s.ask(method, fill(path), all, nil).Header.Get("ETag")
			d.answer(t, at, low, s.ask(method, fill(path), all, nil, header("If-None-Match", tag)))
		}
	}
	d.answer(t, "/files/{source}/{file}", "get", s.ask("GET", fill("/files/:source/:file"), all, nil, header("Range", "bytes=0-3")))
	d.answer(t, "/import", "post", s.ask("POST", "/import?name=again.ofx", all, bytes.NewReader(demoStatement(t)), async))
	deleted := s.records[len(s.records)-1]
	d.answer(t, "/records/{ref}", "get", s.ask("GET", "/records/"+deleted.String(), all, nil))
	d.answer(t, "/openapi.json", "get", s.ask("GET", "/openapi.json", "", nil))
	waitForImports(t, s)
	s.Lock()
	for route := range web.Endpoints() {
		method, path, _ := strings.Cut(route, " ")
		res := s.ask(method, fill(path), all, bytes.NewReader(nil))
		if res.StatusCode != http.StatusLocked {
			t.Errorf("%s while locked: %d", route, res.StatusCode)
		}
		d.answer(t, templated(path), strings.ToLower(method), res)
	}
	if res := s.ask("GET", "/openapi.json", "", nil); res.StatusCode != http.StatusOK {
		t.Errorf("the description while locked: %d", res.StatusCode)
	}
}

// waitForImports lets what was imported without waiting end.
func waitForImports(t *testing.T, s *scene) {
	t.Helper()
	sources, err := s.rooms(t).Connect.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range sources {
		if _, err := s.rooms(t).Connect.Wait(t.Context(), src.ID, src.LastRun, nil); err != nil && core.CodeOf(err) != core.NotFound {
			t.Fatal(err)
		}
	}
}
