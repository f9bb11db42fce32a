package gallery_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/examples/gallery"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestHostile_fills_every_field_of_every_type(t *testing.T) {
	t.Parallel()
	for _, typ := range record.Types() {
		schema, _ := record.Schema(typ)
		var known struct {
			Properties map[string]json.RawMessage
			Defs       map[string]struct{ Properties map[string]json.RawMessage } `json:"$defs"`
		}
		if err := json.Unmarshal(schema, &known); err != nil {
			t.Fatal(err)
		}
		for _, text := range gallery.Texts() {
			r, err := gallery.Hostile(typ, text, record.Date(2026, 1, 1))
			if err != nil {
				t.Fatal(err)
			}
			var data map[string]json.RawMessage
			if err := json.Unmarshal(r.Data, &data); err != nil {
				t.Fatal(err)
			}
			encoded, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			for name := range known.Properties {
				if !strings.Contains(string(data[name]), string(encoded)) {
					t.Errorf("%s: the field %s holds %.40s", typ, name, data[name])
				}
			}
			for def, d := range known.Defs {
				for name := range d.Properties {
					if !strings.Contains(string(r.Data), `"`+name+`":`+string(encoded)) {
						t.Errorf("%s: the field %s of a %s was left out", typ, name, def)
					}
				}
			}
		}
	}
}

func TestCases_are_told_apart(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range gallery.Cases() {
		if name := c.Page + ", " + c.State; seen[name] || c.State == "" {
			t.Errorf("two cases are called %q", name)
		} else {
			seen[name] = true
		}
	}
}
