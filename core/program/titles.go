package program

import (
	"encoding/json"
	"strings"

	"github.com/domicile-home/domicile/sdk/record"
)

// Titles returns what the members of a type's data are called in a language, by
// name, as the type's schema says: in English for a language that it does not
// speak.
func Titles(t record.Type, language string) map[string]string {
	text, _ := record.Schema(t)
	var schema struct {
		Properties map[string]titled
		Defs       map[string]titled `json:"$defs"`
	}
	if json.Unmarshal(text, &schema) != nil {
		return nil
	}
	all := map[string]string{}
	for name, p := range schema.Properties {
		if p.Title == "" {
			p = schema.Defs[strings.TrimPrefix(p.Ref, "#/$defs/")]
		}
		if all[name] = p.Title; language == "fr" && p.French.Title != "" {
			all[name] = p.French.Title
		}
	}
	return all
}

// titled is what a schema calls something.
type titled struct {
	Ref    string `json:"$ref"`
	Title  string
	French struct{ Title string } `json:"x-fr"`
}
