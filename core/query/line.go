package query

import (
	"encoding/json"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// A Line is a record as scripts read it: one JSON object a line, in these
// members.
type Line struct {
	Type  record.Type     `json:"type"`
	ID    string          `json:"id"`
	Time  record.Time     `json:"time"` // "" for none
	Title string          `json:"title"`
	Data  json.RawMessage `json:"data"`
}

// LineOf returns the line of a record.
func LineOf(r core.Record) Line { return Line{r.Type, r.ID, r.Time, r.Title, r.Data} }
