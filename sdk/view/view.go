// Package view defines what an app may show: a tree of components, checked whole
// before the home draws any of it.
//
// There is no place in it for an address, a style or markup, which is why an app
// whose only exit is a view cannot speak to anyone. The package uses the
// standard library only, so that guests stay small.
package view

import (
	"bytes"
	"encoding/json"

	"github.com/domicile-home/domicile/sdk/record"
)

// A View is what an app shows: a tree of components that the home draws. It has
// no address, no style and no markup. Texts are plain and in the language of
// protocol.Start.Locale; figures, money and dates are given as such and written by the
// home. Links lead to records and to the app's own views.
type View struct {
	Title   string  `json:"title"`
	Summary Text    `json:"summary,omitempty"` // one sentence: what the app has to say today
	Alerts  []Alert `json:"alerts,omitempty"`  // what deserves the person's attention, shown on the home's first page too
	Nodes   []Node  `json:"nodes"`
}

// An Alert tells the person something, inside the home.
type Alert struct {
	Level Level  `json:"level"`
	Text  Text   `json:"text"`
	Link  *Link  `json:"link,omitempty"`  // the view that says more
	Key   string `json:"key,omitempty"`   // tells it from others; the same key is the same alert, once put away
	Until string `json:"until,omitempty"` // last day, such as "2026-12-31"
}

// A Level says how something is meant. It is always written in words too.
type Level string

const (
	LevelInfo Level = "info"
	LevelGood Level = "good"
	LevelWarn Level = "warn"
	LevelBad  Level = "bad"
)

// A Kind names a component.
type Kind string

// The components. Which members of [Node] each has stands beside it.
const (
	KindStack    Kind = "stack"    // Nodes, one below the other
	KindColumns  Kind = "columns"  // Nodes, side by side where there is room
	KindSection  Kind = "section"  // Title, Nodes
	KindText     Kind = "text"     // Text
	KindStat     Kind = "stat"     // Title, Value, Text: a note, Spark
	KindTable    Kind = "table"    // Title, Table
	KindList     Kind = "list"     // Title, Entries
	KindChart    Kind = "chart"    // Title, Chart
	KindBadge    Kind = "badge"    // Level, Text
	KindAlert    Kind = "alert"    // Level, Text
	KindForm     Kind = "form"     // Title, Form
	KindButton   Kind = "button"   // Form without fields
	KindAct      Kind = "act"      // Title, Act
	KindTabs     Kind = "tabs"     // Tabs
	KindProgress Kind = "progress" // Title, Done, Total, Text
	KindEmpty    Kind = "empty"    // Text: why there is nothing, and what would bring something
)

// A Node is one component.
type Node struct {
	Kind    Kind       `json:"kind"`
	Title   string     `json:"title,omitempty"`
	Text    Text       `json:"text,omitempty"`
	Level   Level      `json:"level,omitempty"`
	Value   *Value     `json:"value,omitempty"`
	Spark   []*float64 `json:"spark,omitempty"` // a small line beside a stat; null leaves a gap
	Done    int        `json:"done,omitempty"`
	Total   int        `json:"total,omitempty"`
	Nodes   []Node     `json:"nodes,omitempty"`
	Entries []Entry    `json:"entries,omitempty"`
	Tabs    []Tab      `json:"tabs,omitempty"`
	Table   *Table     `json:"table,omitempty"`
	Chart   *Chart     `json:"chart,omitempty"`
	Form    *Form      `json:"form,omitempty"`
	Act     *Act       `json:"act,omitempty"`
}

// A Value is one thing written by the home in the person's language: a text, or
// a number with its unit, or money, or a date. It may lead to a record, to a
// view of the app, or to the records behind it. In JSON a plain string is a text.
type Value struct {
	Text     string         `json:"text,omitempty"`
	Number   record.Decimal `json:"number,omitempty"`
	Unit     string         `json:"unit,omitempty"` // with Number: "kWh", "%"
	Money    record.Money   `json:"money,omitempty"`
	Currency string         `json:"currency,omitempty"` // with Money
	Date     record.Time    `json:"date,omitzero"`
	Record   string         `json:"record,omitempty"` // a Row's ID
	Link     *Link          `json:"link,omitempty"`
	Why      *Why           `json:"why,omitempty"`
	Level    Level          `json:"level,omitempty"`
}

// UnmarshalJSON also takes a plain string, for a text.
func (v *Value) UnmarshalJSON(b []byte) error {
	*v = Value{}
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &v.Text)
	}
	type plain Value
	return strict(b, (*plain)(v))
}

// A Text is a run of values, written one after another. In JSON a lone string
// or a lone value will do.
type Text []Value

// UnmarshalJSON also takes a string or a value.
func (t *Text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		var all []Value
		err := json.Unmarshal(b, &all)
		*t = all
		return err
	}
	var one Value
	err := json.Unmarshal(b, &one)
	*t = Text{one}
	return err
}

// A Link leads to a view of the same app, with what was chosen on the way.
type Link struct {
	View   string            `json:"view"` // lower-case letters, digits, - and _; "" is the app's first
	Params map[string]string `json:"params,omitempty"`
}

// A Why names the records that a figure was computed from: rows by their IDs,
// groups by their bases.
type Why struct {
	Rows  []string `json:"rows,omitempty"`
	Bases []string `json:"bases,omitempty"`
}

// An Entry is one line of a list.
type Entry struct {
	Text  Text   `json:"text"`
	Note  Text   `json:"note,omitempty"`
	Value *Value `json:"value,omitempty"` // on the right
	Badge *Badge `json:"badge,omitempty"`
}

// A Badge is a few words that say a state.
type Badge struct {
	Level Level  `json:"level"`
	Text  string `json:"text"`
}

// A Tab leads to a view.
type Tab struct {
	Label   string `json:"label"`
	Link    Link   `json:"link"`
	Current bool   `json:"current,omitempty"`
}

// A Table has as many values in each row as it has columns.
type Table struct {
	Columns []Column  `json:"columns"`
	Rows    [][]Value `json:"rows"`
	Total   []Value   `json:"total,omitempty"` // a last row
	More    *Link     `json:"more,omitempty"`  // the rows that follow
	Less    *Link     `json:"less,omitempty"`  // the rows before
}

// A Column is one column of a table.
type Column struct {
	Title string `json:"title"`
	Right bool   `json:"right,omitempty"` // of figures
}

// A Drawing is a way to draw a chart.
type Drawing string

const (
	DrawBar     Drawing = "bar"
	DrawStacked Drawing = "stacked"
	DrawLine    Drawing = "line"
	DrawDonut   Drawing = "donut"   // one series; its labels are the parts
	DrawHeatmap Drawing = "heatmap" // each series is a row
	DrawSpark   Drawing = "sparkline"
)

// A Chart draws series over labels, and comes with its table.
type Chart struct {
	Drawing    Drawing     `json:"drawing"`
	X          string      `json:"x,omitempty"`        // what the labels are
	Unit       string      `json:"unit,omitempty"`     // of the values
	Currency   string      `json:"currency,omitempty"` // of the values, instead of a unit
	Labels     []Value     `json:"labels"`
	Series     []Series    `json:"series"`
	Thresholds []Threshold `json:"thresholds,omitempty"`
}

// A Series is as many values as its chart has labels; null where there is none.
type Series struct {
	Name   string     `json:"name"`
	Values []*float64 `json:"values"`
	Why    []*Why     `json:"why,omitempty"`  // as many as values
	Past   bool       `json:"past,omitempty"` // to compare with: last year, a usual month
}

// A Threshold is a line across a chart.
type Threshold struct {
	Label string  `json:"label"`
	Value float64 `json:"value"`
}

// A Form takes the person to another view with what they chose. As an action it
// is sent once, in mode action; otherwise it is a filter, and its address can be
// kept.
type Form struct {
	Link   Link    `json:"link"`
	Fields []Input `json:"fields,omitempty"`
	Submit string  `json:"submit"` // what the button says
	Action bool    `json:"action,omitempty"`
}

// An Act leads to the home's own page where the person sees what an act of the
// app's manifest would send, and may sign it. Nothing is sent before.
type Act struct {
	ID      string            `json:"id"`
	Choices map[string]string `json:"choices,omitempty"` // by field of kind choice: an option that the manifest declares
	Submit  string            `json:"submit"`            // what the button says
}

// An InputKind is what the person may fill in.
type InputKind string

const (
	InputText   InputKind = "text"
	InputNumber InputKind = "number"
	InputDate   InputKind = "date"
	InputMonth  InputKind = "month"
	InputChoice InputKind = "choice"
	InputToggle InputKind = "toggle" // "yes" or absent
)

// An Input is one field of a form; Name is the param that it fills.
type Input struct {
	Name    string    `json:"name"`
	Label   string    `json:"label"`
	Kind    InputKind `json:"kind"`
	Value   string    `json:"value,omitempty"`
	Options []Option  `json:"options,omitempty"` // InputChoice
}

// An Option is one choice.
type Option struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// strict decodes an object whose members are all known.
func strict(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(v)
}
