package record

import "embed"

//go:embed schema/*.json
var schemas embed.FS

// Schema returns the JSON Schema (2020-12) that the data of records of type t
// follow, and false for a type that is not in [Types]. Beside each English
// title and description stands "x-fr" with the French ones. The bytes are the
// caller's own. A program that does not call Schema does not carry the files.
func Schema(t Type) ([]byte, bool) {
	text, err := schemas.ReadFile("schema/" + string(t) + ".json")
	return text, err == nil
}
