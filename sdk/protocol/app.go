package protocol

import (
	"encoding/json"

	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// The ops of an app, beside start, progress, log and fail. [Start.Ops] lists
// those that a home offers. OpSave keeps the app's own small state.
const (
	OpQuery     Op = "query"
	OpAggregate Op = "aggregate"
	OpMatch     Op = "match"
	OpPack      Op = "pack"
	OpView      Op = "view"
)

// AppOps returns the ops of version [Version] that an app may use.
func AppOps() []Op {
	return []Op{OpStart, OpQuery, OpAggregate, OpMatch, OpPack, OpSave, OpView, OpProgress, OpLog, OpFail}
}

// The modes of an app.
const (
	ModeView       Mode = "view"       // show the view that Start.Show names
	ModeAction     Mode = "action"     // do what the person asked for by a form or a button, then show a view
	ModeBackground Mode = "background" // nobody looks: what counts is the view's summary and alerts
)

// Bounds of an app.
const (
	MaxAppState = 256 << 10 // bytes
	MaxRows     = 1000      // of one reply to op query
	MaxGroups   = 20_000    // of one reply to op aggregate
	MaxPacks    = 16        // that a manifest may name
)

// A Granularity is how closely an app may look, the finest first.
type Granularity string

const (
	Records Granularity = "records" // each record, by the fields granted
	Daily   Granularity = "daily"   // totals by day
	Monthly Granularity = "monthly"
	Yearly  Granularity = "yearly"
	YesNo   Granularity = "yes_no" // whether there is any
)

// Granularities returns all of them, the finest first.
func Granularities() []Granularity { return []Granularity{Records, Daily, Monthly, Yearly, YesNo} }

// A Read is one thing that an app asks to read, with its reason. The person may
// grant less: fewer sources, fewer fields, a shorter period, coarser totals.
type Read struct {
	Type        record.Type `json:"type"`
	Fields      []string    `json:"fields"`           // members of the type's data; or time, title, files, source of the record
	Period      string      `json:"period,omitempty"` // ISO 8601, back from today: "P24M"; "" without bound
	Granularity Granularity `json:"granularity"`
	Purpose     string      `json:"purpose"` // string key
	Optional    bool        `json:"optional,omitempty"`
}

// Fields of a record that stand beside its data and are granted like those.
const (
	FieldTime   = "time"
	FieldTitle  = "title"
	FieldFiles  = "files"  // how many
	FieldSource = "source" // which of the person's sources, by a number
)

// A Granted is what the app may read of one type in this run.
type Granted struct {
	Type        record.Type `json:"type"`
	Fields      []string    `json:"fields"`
	From        record.Time `json:"from,omitzero"` // first day; absent: everything
	Granularity Granularity `json:"granularity"`
}

// A Where says which records are meant. Under a grant of totals only From and
// To may be given, and they are widened to whole periods.
type Where struct {
	From  record.Time       `json:"from,omitzero"` // first day; a month or a year is all its days
	To    record.Time       `json:"to,omitzero"`   // last day
	Equal map[string]string `json:"equal,omitempty"`
}

// QueryRequest is the body of op query: rows of one type, the newest first. It
// needs a grant of records.
type QueryRequest struct {
	Type   record.Type `json:"type"`
	Where  Where       `json:"where,omitzero"`
	Oldest bool        `json:"oldest,omitempty"` // the oldest first
	Limit  int         `json:"limit,omitempty"`  // at most MaxRows; 0: as many
	After  string      `json:"after,omitempty"`  // QueryReply.Next of the page before, with the same request
}

// QueryReply holds a page of rows.
type QueryReply struct {
	Rows []Row  `json:"rows"`
	Next string `json:"next,omitempty"` // "" at the end
}

// A Row is what an app sees of a record: the fields granted. Its ID is the
// app's own name for it, of no use elsewhere; a [Why] may name it.
type Row struct {
	ID     string          `json:"id"`
	Time   record.Time     `json:"time,omitzero"`
	Title  string          `json:"title,omitempty"`
	Files  int             `json:"files,omitempty"`
	Source string          `json:"source,omitempty"`
	Data   json.RawMessage `json:"data"`
}

// What groups may be made by, beside the fields granted: parts of the record's
// time, or, of a series, of each of its points.
const (
	ByYear    = "year"    // "2026"
	ByMonth   = "month"   // "2026-03"
	ByDay     = "day"     // "2026-03-15"
	ByWeekday = "weekday" // "1" is Monday, "7" Sunday
	ByHour    = "hour"    // "00" to "23"
	ByRate    = "rate"    // the name of the first of the request's Rates that holds; needs a grant of records
)

// AggregateRequest is the body of op aggregate: counts and sums by group. Sum
// names a field of money or of numbers, or "values" of a series.
type AggregateRequest struct {
	Type  record.Type `json:"type"`
	Where Where       `json:"where,omitzero"`
	Group []string    `json:"group,omitempty"` // empty: one group of all
	Rates []Rate      `json:"rates,omitempty"` // with the group ByRate: at most MaxRates
	Sum   string      `json:"sum,omitempty"`
}

// A Rate is when one price of a tariff holds: at its hours of its days, by the
// clock of the meter or the home. A series' point in which several rates hold is
// shared by its minutes, up to an hour; a longer one of several rates, or one
// longer than a day, is of the rate "".
type Rate struct {
	Name  string   `json:"name"`
	Days  []int    `json:"days,omitempty"`  // weekdays, 1 is Monday; none: all
	Dates []string `json:"dates,omitempty"` // "2026-01-14", or "2026-11-01/2027-03-31" with both ends; none: all
	Hours []string `json:"hours,omitempty"` // "22:00-06:00", the end left out; none: all
}

// Bounds of rates.
const (
	MaxRates     = 32   // of one request
	MaxRateDates = 1000 // of one rate
	MaxRateHours = 24   // ranges of one rate
)

// AggregateReply holds the groups, sorted by key. Under a grant of yes_no there
// is one without a sum, of count 0 or 1.
type AggregateReply struct {
	Groups []Group `json:"groups"`
}

// A Group is what the records of one key come to.
type Group struct {
	Key   []string `json:"key"` // in the order of the request's Group; "" where a record has none
	Count int      `json:"count"`
	Sums  []Sum    `json:"sums,omitempty"` // by unit
	Basis string   `json:"basis"`          // names the records behind it, for a Why
}

// A Sum is an exact total in one currency or unit.
type Sum struct {
	Unit  string         `json:"unit,omitempty"` // currency, or unit of a series
	Value record.Decimal `json:"value"`
	Count int            `json:"count"` // of the values that it adds up
}

// PackRequest is the body of op pack: a reference pack that the manifest names.
// The reply's payload is its content.
type PackRequest struct {
	Name string `json:"name"`
}

// PackReply goes with the content of a pack.
type PackReply struct {
	Version string      `json:"version"`
	Date    record.Time `json:"date"`   // what it is good for, or as of
	Source  string      `json:"source"` // who publishes it, for people
}

// ViewRequest is the body of op view: what is shown. The reply is empty; the
// last one counts.
type ViewRequest struct {
	View view.View `json:"view"`
}
