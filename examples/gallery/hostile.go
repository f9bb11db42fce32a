package gallery

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/record"
)

// Texts that an enemy puts wherever text goes.
const (
	Markup  = `"><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>' onmouseover='alert(4)`
	Bidi    = "invoice\u202Efdp.exe\u2066\u200F"
	Formula = `=cmd|'/c calc'!A0`
	Script  = "javascript:alert(5)//{{.L}}${alert(6)}"
	Control = "\x00\x01\u2028\u2029\uFFFE\uFEFF"
	SVG     = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(7)"><script>alert(8)</script></svg>`
	Page    = `<!doctype html><script>alert(9)</script><meta http-equiv="refresh" content="0;url=https://evil.example/">`
)

// Texts returns every text of an enemy: markup, signs that turn text around,
// formulas, control characters, one word of 10,000 characters and a text of as
// many.
func Texts() []string {
	return []string{Markup, Bidi, Formula, Script, Control, strings.Repeat("long", 2500), strings.Repeat("é ", 5000)}
}

// attack brings home records of every type whose every field holds an enemy's
// text, and files that would run.
func attack(ctx context.Context, h *House) error {
	src, err := h.addTelco(ctx, Markup, 1)
	if err != nil {
		return err
	}
	h.mark("telco", src.ID)
	if _, err := h.pull(ctx, src.ID); err != nil {
		return err
	}
	if err := h.hostileTwins(ctx, src.ID); err != nil {
		return err
	}
	files, err := h.hostileFiles(ctx, src.ID)
	if err != nil {
		return err
	}
	if err := h.Searches.Save(ctx, query.Saved{Name: Markup[:60], Text: Markup}); err != nil {
		return err
	}
	for _, t := range record.Types() {
		for i, text := range Texts() {
			r, err := Hostile(t, text, record.Date(2026, 1, 1+i))
			if err != nil {
				return err
			}
			r.Files = files
			ref, err := h.put(ctx, src.ID, r)
			if err != nil {
				return fmt.Errorf("keep a %s: %w", t, err)
			}
			h.Records = append(h.Records, ref)
			if i == 0 {
				h.mark(string(t), ref)
			}
		}
	}
	return permitAll(ctx, h)
}

// Hostile returns a record of type t that holds text in every field that its
// schema knows, in its title, its links, its provenance, its tags and its
// corrections, and in fields that no schema knows.
func Hostile(t record.Type, text string, at record.Time) (core.Record, error) {
	schema, ok := record.Schema(t)
	if !ok {
		return core.Record{}, fmt.Errorf("no schema of %s", t)
	}
	var root node
	if err := json.Unmarshal(schema, &root); err != nil {
		return core.Record{}, err
	}
	data := root.fill(root.Defs, text).(map[string]any)
	data[text] = text
	data["extra"] = map[string]any{text: text, "deep": map[string]any{"<b>": []any{text, 1.5, nil}}}
	encoded, err := json.Marshal(data)
	if err != nil {
		return core.Record{}, err
	}
	said, err := json.Marshal(text)
	return core.Record{Type: t, ID: clipped(text, 500), Time: at, Title: text, Data: encoded,
		Links:      []record.Link{{Rel: clipped(text, 60), Type: t, ID: clipped(text, 500)}},
		Tags:       []string{clipped(text, 200), "<b>"},
		Corrected:  []core.Correction{{Field: "title", Own: said, Source: said}, {Field: "data/" + text, Source: said}},
		Provenance: core.Provenance{Run: 1, Connector: text, Version: text, Module: text, Evidence: text}}, err
}

// A node is what [Hostile] reads of a JSON Schema.
type node struct {
	Ref        string          `json:"$ref"`
	Type       json.RawMessage `json:"type"`
	Properties map[string]node `json:"properties"`
	Items      *node           `json:"items"`
	Defs       map[string]node `json:"$defs"`
}

// fill returns a value of the node's shape that holds text wherever text can
// stand; patterns and lists of words do not hold an enemy back.
func (n node) fill(defs map[string]node, text string) any {
	if name, ok := strings.CutPrefix(n.Ref, "#/$defs/"); ok {
		return defs[name].fill(defs, text)
	}
	switch {
	case bytes.Contains(n.Type, []byte("object")):
		object := map[string]any{}
		for name, child := range n.Properties {
			object[name] = child.fill(defs, text)
		}
		return object
	case bytes.Contains(n.Type, []byte("array")):
		if n.Items == nil {
			return []any{text}
		}
		return []any{n.Items.fill(defs, text)}
	}
	return text
}

// clipped returns as much of text as a number of bytes holds.
func clipped(text string, most int) string {
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// hostileFiles keeps files that run where a browser opens them.
func (h *House) hostileFiles(ctx context.Context, source core.SourceID) (refs []core.FileRef, err error) {
	for _, f := range []struct{ name, mediaType, content string }{
		{"a\"b\r\nSet-Cookie: x=1\r\n\u202Egpj.html", "text/html", Page},
		{"picture.svg", "image/svg+xml", SVG},
		{strings.Repeat("long", 60) + ".html", Markup, Page},
		{Markup + ".pdf", "application/pdf", Page},
	} {
		ref, err := h.keepFile(ctx, source, f.name, f.mediaType, []byte(f.content))
		if err != nil {
			return nil, err
		}
		refs = append(refs, ref)
	}
	return refs, nil
}
