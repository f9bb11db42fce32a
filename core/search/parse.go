package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

const (
	maxQueryBytes = 2000 // of a query's text that are read
	maxQueryParts = 32   // words and filters of a query that are read
)

// ParseQuery reads what a person typed: words, "phrases", pre*, -exclusions and
// the filters type: source: tag: before: after: since: until: on: amount:, whose
// French names are understood too. It never fails: what it does not understand
// it takes for words where that makes sense, and otherwise leaves out and
// names in the query's warnings.
func ParseQuery(text string) Query {
	p := parser{text: text}
	if len(text) > maxQueryBytes {
		p.warn(TooLong, text[maxQueryBytes:])
		p.text = text[:maxQueryBytes]
	}
	for parts := 0; p.next(); parts++ {
		if parts == maxQueryParts {
			p.warn(TooLong, p.part.raw+p.text)
			break
		}
		p.read()
	}
	return p.query
}

// A part is a word, a phrase or a filter as it stands in the text.
type part struct {
	raw      string // all of it
	key      string // of a filter, or ""
	value    string // without key, sign and quotes
	isQuoted bool
	not      bool
}

type parser struct {
	text  string // not yet read
	part  part
	query Query
}

func (p *parser) warn(reason Reason, text string) {
	p.query.Warnings = append(p.query.Warnings, Warning{reason, strings.ToValidUTF8(strings.TrimSpace(text), "\ufffd")})
}

// quotes opens and closes a phrase.
var quotes = map[rune]rune{'"': '"', '“': '”', '”': '”', '„': '”', '«': '»'}

// next cuts the next part off the text.
func (p *parser) next() bool {
	p.text = strings.TrimLeftFunc(p.text, unicode.IsSpace)
	whole := p.text
	p.part = part{}
	if rest, ok := strings.CutPrefix(p.text, "-"); ok {
		p.part.not, p.text = true, rest
	}
	if key, rest, ok := cutKey(p.text); ok {
		p.part.key, p.text = key, rest
	}
	p.value()
	p.part.raw = whole[:len(whole)-len(p.text)]
	return whole != ""
}

// value cuts a phrase or everything up to the next space.
func (p *parser) value() {
	first, size := utf8.DecodeRuneInString(p.text)
	if closing, ok := quotes[first]; ok {
		p.part.isQuoted = true
		p.part.value, p.text, _ = strings.Cut(p.text[size:], string(closing))
		return
	}
	end := strings.IndexFunc(p.text, unicode.IsSpace)
	if end < 0 {
		end = len(p.text)
	}
	p.part.value, p.text = p.text[:end], p.text[end:]
}

// filterNames gives the filters their names, folded, in English and in French.
var filterNames = map[string]string{
	"type": "type", "genre": "type",
	"source": "source",
	"before": "before", "avant": "before",
	"after": "after", "apres": "after",
	"since": "since", "depuis": "since",
	"until": "until", "jusque": "until", "jusqua": "until",
	"on": "on", "le": "on", "date": "on", "en": "on",
	"amount": "amount", "montant": "amount",
	"tag": "tag", "etiquette": "tag",
}

// cutKey cuts the name of a filter and its colon off the text.
func cutKey(text string) (key, rest string, ok bool) {
	name, rest, found := strings.Cut(text, ":")
	if !found || len(name) > maxTermBytes || strings.ContainsFunc(name, unicode.IsSpace) {
		return "", text, false
	}
	key, ok = filterNames[strings.Join(terms(name), "")]
	if !ok {
		return "", text, false
	}
	return key, rest, true
}

// read adds the part at hand to the query.
func (p *parser) read() {
	if p.part.key == "" {
		p.word()
		return
	}
	if p.part.value == "" {
		p.warn(Empty, p.part.raw)
		return
	}
	switch p.part.key {
	case "type":
		p.query.Types = append(p.query.Types, TypeFilter{recordType(p.part.value), p.part.not})
	case "source":
		p.source()
	case "tag":
		p.tag()
	case "amount":
		p.amount()
	default:
		p.days()
	}
}

func (p *parser) word() {
	value := p.part.value
	w := Word{Text: value, IsQuoted: p.part.isQuoted, Not: p.part.not}
	if !w.IsQuoted {
		value, w.IsPrefix = strings.CutSuffix(value, "*")
		if strings.Contains(value, "*") || w.IsPrefix && value == "" {
			p.warn(BadWildcard, p.part.raw)
		}
	}
	w.Terms = terms(value)
	if len(w.Terms) != 1 {
		w.IsPrefix = false
	}
	if len(w.Terms) > 0 {
		p.query.Words = append(p.query.Words, w)
	}
}

// recordType spells a type as records do.
func recordType(value string) record.Type {
	return record.Type(strings.Join(terms(value), "-"))
}

func (p *parser) source() {
	f := SourceFilter{Name: p.part.value, Not: p.part.not}
	if id, err := core.ParseSourceID(f.Name); err == nil {
		f.Sources = []core.SourceID{id}
	}
	p.query.Sources = append(p.query.Sources, f)
}

func (p *parser) tag() {
	value, f := p.part.value, TagFilter{Not: p.part.not}
	if !p.part.isQuoted {
		value, f.IsPrefix = strings.CutSuffix(value, "*")
	}
	if f.Tag = TagKey(value); f.Tag == "" {
		p.warn(Empty, p.part.raw)
		return
	}
	p.query.Tags = append(p.query.Tags, f)
}

func (p *parser) days() {
	first, last, isRange := strings.Cut(p.part.value, "..")
	from, ok := parsePeriod(first)
	end := from
	if isRange && ok && p.part.key == "on" {
		end, ok = parsePeriod(last)
	} else {
		ok = ok && !isRange
	}
	if !ok {
		p.warn(BadDate, p.part.raw)
		return
	}
	period := Period{MinDay, MaxDay}
	switch p.part.key {
	case "before":
		period.End = from.From
	case "after":
		period.From = from.End
	case "since":
		period.From = from.From
	case "until":
		period.End = from.End
	case "on":
		period = Period{from.From, end.End}
	}
	p.query.Days = append(p.query.Days, DayFilter{period, p.part.not})
}

func (p *parser) amount() {
	f, ok := parseAmounts(p.part.value)
	if !ok {
		p.warn(BadAmount, p.part.raw)
		return
	}
	f.Not = p.part.not
	p.query.Amounts = append(p.query.Amounts, f)
}

// parseAmounts reads "12.30", ">100", "<=20", "10..20", "10.." or "..20".
func parseAmounts(text string) (AmountFilter, bool) {
	f := AmountFilter{Min: MinAmount, Max: MaxAmount}
	if first, last, ok := strings.Cut(text, ".."); ok {
		return amountRange(first, last)
	}
	number := strings.TrimLeft(text, "<>=")
	operator := text[:len(text)-len(number)]
	value, ok := ParseAmount(number)
	f.IsSigned = isSigned(number) || value == 0 && operator != ""
	switch operator {
	case "", "=":
		f.Min, f.Max = value, value
	case ">":
		f.Min = value + 1
	case ">=":
		f.Min = value
	case "<":
		f.Max = value - 1
	case "<=":
		f.Max = value
	default:
		ok = false
	}
	return f, ok && value != MinAmount && value != MaxAmount
}

func amountRange(first, last string) (AmountFilter, bool) {
	f := AmountFilter{Min: MinAmount, Max: MaxAmount, IsSigned: isSigned(first) || isSigned(last)}
	ok := first != "" || last != ""
	if first != "" && ok {
		f.Min, ok = ParseAmount(first)
	}
	if last != "" && ok {
		f.Max, ok = ParseAmount(last)
	}
	if f.Min > f.Max {
		f.Min, f.Max = f.Max, f.Min
	}
	return f, ok
}

func isSigned(number string) bool { return strings.ContainsAny(number, "-+−") }
