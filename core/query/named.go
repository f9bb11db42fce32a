package query

import (
	"encoding/json"
	"slices"
	"sync"

	"github.com/domicile-home/domicile/sdk/record"
)

// names reports whether a field of a type names a thing that many records share:
// a vendor, a meter, a line. Amounts, times and counts do not, nor does the
// number that one record alone has: they would tell records apart.
func names(t record.Type, field string) bool {
	known, err := named()
	return err == nil && slices.Contains(known[t], field)
}

// named are these fields, by the types' schemas.
var named = sync.OnceValues(func() (map[record.Type][]string, error) {
	all := map[record.Type][]string{}
	for _, t := range record.Types() {
		text, _ := record.Schema(t)
		var schema struct {
			Properties map[string]struct {
				Type string
				Ref  string `json:"$ref"`
			}
		}
		if err := json.Unmarshal(text, &schema); err != nil {
			return nil, err
		}
		for name, p := range schema.Properties {
			isText := slices.Contains([]string{"string", "boolean"}, p.Type) || slices.Contains([]string{"#/$defs/id", "#/$defs/currency"}, p.Ref)
			if isText && name != "number" && name != "reference" {
				all[t] = append(all[t], name)
			}
		}
	}
	return all, nil
})
