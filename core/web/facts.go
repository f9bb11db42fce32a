package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/render"
	"github.com/domicile-home/domicile/sdk/record"
)

// A line is a record in a list.
type line struct {
	Ref                       string
	When, Kind, Title, Amount string
	Found                     []excerpt // where search found it
	Tags                      []string
}

// An excerpt is a text that search found, and the file and page where it
// stands.
type excerpt struct {
	Place  string
	Pieces []piece
}

// A piece of a text around what was found.
type piece struct {
	Text string
	Mark bool
}

func lineOf(l *locale.Locale, r core.Record) line {
	return line{Ref: r.Ref.String(), When: l.Time(shorten(r.Time)), Kind: typeName(l, r.Type), Title: clip(titleOf(l, r), maxTitle), Amount: amountOf(l, r), Tags: tagsOf(r)}
}

// tagsOf returns a record's tags for a list.
func tagsOf(r core.Record) (tags []string) {
	for _, tag := range r.Tags {
		tags = append(tags, clip(tag, ingest.MaxTag))
	}
	return tags
}

// linesOf returns the lines of records.
func linesOf(l *locale.Locale, records []core.Record) (lines []line) {
	for _, r := range records {
		lines = append(lines, lineOf(l, r))
	}
	return lines
}

const maxTitle = 200 // characters of a title in a list

// clip cuts a text that would push everything else away; its page shows it whole.
func clip(text string, max int) string { return render.Clip(text, max) }

// shorten leaves the time of day out of a list's date.
func shorten(t record.Time) record.Time {
	if t.Precision() < record.Day {
		return t
	}
	return record.Date(t.Civil())
}

func typeName(l *locale.Locale, t record.Type) string {
	if key := "type." + string(t); l.Has(key) {
		return l.T(key)
	}
	return string(t)
}

func titleOf(l *locale.Locale, r core.Record) string {
	if r.Title != "" {
		return r.Title
	}
	return l.T("record.untitled")
}

// amountOf returns the amount a record is about, or "".
func amountOf(l *locale.Locale, r core.Record) string {
	var data struct {
		Amount, Price record.Money
		Currency      string
	}
	if json.Unmarshal(r.Data, &data) != nil {
		return ""
	}
	if data.Amount == "" && r.Type == record.TypeCall && data.Price.Sign() != 0 {
		data.Amount = data.Price
	}
	if data.Amount == "" {
		return ""
	}
	return l.Money(data.Amount, data.Currency)
}

// A fact is one thing that a page says.
type fact struct {
	Name, Value, Href string
	Mark              string // what is particular about the value, in a word
}

// A table is the lines of a bill.
type table struct {
	Caption    string
	Quantities bool // some line has one
	Rows       []billLine
}

type billLine struct{ Label, Quantity, Amount string }

// order is how the members of a record's data are shown; the rest follow.
func order() []string {
	return []string{"vendor", "institution", "issuer", "number", "label", "amount", "tax", "price", "period", "issued", "due", "start", "end",
		"booked", "value_date", "counterparty", "reference", "contract", "bank_account", "iban", "owner", "line", "direction", "kind",
		"counterpart", "seconds", "bytes", "country", "measure", "meter", "unit", "step", "zone", "state", "notice", "place", "is_refund"}
}

const maxFacts = 200 // shown of one record

// factsOf shows a record's data in the person's language: its fields, what the
// source sent beyond those, and the lines of a bill.
func factsOf(l *locale.Locale, r core.Record) (facts, extra []fact, lines *table) {
	var data map[string]any
	dec := json.NewDecoder(bytes.NewReader(r.Data))
	dec.UseNumber() // figures are shown to the last digit
	if dec.Decode(&data) != nil {
		return nil, nil, nil
	}
	currency, _ := data["currency"].(string)
	inOwnZone(data)
	for _, name := range sorted(data) {
		switch value := data[name]; name {
		case "currency", "values", "scale", "lines":
		case "extra":
			extra = extraFacts(value)
		default:
			facts = append(facts, fact{Name: fieldName(l, name), Value: valueOf(l, name, value, currency)})
		}
	}
	return facts[:min(len(facts), maxFacts)], extra[:min(len(extra), maxFacts)], tableOf(l, r, currency)
}

// inOwnZone tells the start of a series, kept in UTC, by the clock of its meter.
func inOwnZone(data map[string]any) {
	name, _ := data["zone"].(string)
	text, _ := data["start"].(string)
	zone, err := time.LoadLocation(name)
	at, terr := record.ParseTime(text)
	if name != "" && err == nil && terr == nil && at.Precision() > record.Day {
		data["start"] = record.Instant(at.Instant(zone).In(zone)).String()
	}
}

// sorted returns the names of data, the known ones in their order.
func sorted(data map[string]any) []string {
	var names []string
	for _, name := range order() {
		if _, ok := data[name]; ok {
			names = append(names, name)
		}
	}
	var rest []string
	for name := range data {
		if !slices.Contains(names, name) {
			rest = append(rest, name)
		}
	}
	sort.Strings(rest)
	return append(names, rest...)
}

func fieldName(l *locale.Locale, name string) string {
	if key := "field." + name; l.Has(key) {
		return l.T(key)
	}
	return strings.ReplaceAll(name, "_", " ")
}

func valueOf(l *locale.Locale, name string, value any, currency string) string {
	switch value := value.(type) {
	case bool:
		return l.T(fmt.Sprintf("value.%t", value))
	case json.Number:
		if n, err := value.Int64(); err == nil {
			return numberOf(l, name, n)
		}
		return value.String()
	case string:
		return textOf(l, name, value, currency)
	default:
		text, err := json.Marshal(value)
		if err != nil {
			return ""
		}
		return string(text)
	}
}

func numberOf(l *locale.Locale, name string, n int64) string {
	switch name {
	case "seconds":
		return fmt.Sprintf("%d:%02d:%02d", n/3600, n/60%60, n%60)
	case "bytes":
		return l.Size(n)
	}
	return l.Int(n)
}

func textOf(l *locale.Locale, name, value, currency string) string {
	switch name {
	case "amount", "tax", "price":
		return l.Money(record.Money(value), currency)
	case "issued", "due", "start", "end", "booked", "value_date":
		if t, err := record.ParseTime(value); err == nil {
			return l.Time(t)
		}
	case "kind", "direction", "state", "measure", "step":
		if key := "value." + value; l.Has(key) {
			return l.T(key)
		}
	}
	return value
}

// extraFacts shows what the provider sent beyond the type's fields, as sent.
func extraFacts(value any) []fact {
	extra, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	var facts []fact
	for _, name := range sorted(extra) {
		text, isText := extra[name].(string)
		if !isText {
			encoded, err := json.Marshal(extra[name])
			if err != nil {
				continue
			}
			text = string(encoded)
		}
		facts = append(facts, fact{Name: strings.ReplaceAll(name, "_", " "), Value: text})
	}
	return facts
}

// tableOf shows a bill's lines.
func tableOf(l *locale.Locale, r core.Record, currency string) *table {
	if r.Type != record.TypeBill {
		return nil
	}
	var bill record.Bill
	if json.Unmarshal(r.Data, &bill) != nil || len(bill.Lines) == 0 {
		return nil
	}
	t := &table{Caption: l.T("record.lines")}
	for _, line := range bill.Lines {
		row := billLine{line.Label, strings.TrimSpace(string(line.Quantity) + " " + line.Unit), l.Money(line.Amount, currency)}
		t.Rows, t.Quantities = append(t.Rows, row), t.Quantities || row.Quantity != ""
	}
	return t
}
