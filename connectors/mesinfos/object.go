package main

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

// An object is a JSON object; numbers are kept as written.
type object map[string]any

// text returns a member as text: a string, trimmed, or a number as written. It
// is "" for anything else.
func (o object) text(name string) string {
	switch v := o[name].(type) {
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		return v.String()
	}
	return ""
}

// has reports whether o has all these members.
func (o object) has(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { _, ok := o[name]; return !ok })
}

// object returns a member that is an object, nil for anything else.
func (o object) object(name string) object {
	v, _ := o[name].(map[string]any)
	return v
}

// list returns the objects of a member that is an array.
func (o object) list(name string) []object {
	items, _ := o[name].([]any)
	var all []object
	for _, item := range items {
		if v, ok := item.(map[string]any); ok {
			all = append(all, v)
		}
	}
	return all
}

// extra returns the members that are not in used and not empty. What Cozy
// wrote for itself is no data of the person.
func (o object) extra(used ...string) map[string]any {
	all := map[string]any{}
	for name, v := range o {
		if v != nil && v != "" && !slices.Contains(used, name) && name != "_id" && name != "_rev" && name != "docType" && name != "docTypeVersion" {
			all[name] = v
		}
	}
	return all
}

// docType says the Cozy type of o for a message.
func docType(o object) string {
	if t := o.text("docType"); t != "" {
		return " (docType " + quoted(t) + ")"
	}
	return ""
}

// money reads an amount: a number, or a text such as "12,30 €" or "-690.0".
// The currency is "" when it is not said; another than the euro is not read.
func money(text string) (m record.Money, currency string, ok bool) {
	digits := strings.TrimSpace(text)
	for _, mark := range []string{"€", "EUR", "euros", "euro"} {
		if rest, found := strings.CutSuffix(digits, mark); found {
			digits, currency = rest, "EUR"
			break
		}
	}
	if strings.ContainsFunc(digits, func(r rune) bool { return unicode.IsLetter(r) || unicode.Is(unicode.Sc, r) }) {
		return "", "", false
	}
	point := '.'
	if strings.Contains(digits, ",") {
		point = ','
	}
	m, err := sdk.Amount(digits, point)
	return m, currency, err == nil
}

// scaled reads a number exactly as an integer × 10^-scale.
func scaled(text string, scale int) (int64, bool) {
	m, _, ok := money(text)
	if !ok {
		return 0, false
	}
	coefficient, decimals, err := m.Parts()
	if err != nil {
		return 0, false
	}
	for ; decimals > scale; decimals-- {
		if coefficient%10 != 0 {
			return 0, false
		}
		coefficient /= 10
	}
	for ; decimals < scale; decimals++ {
		if coefficient > maxValue || coefficient < -maxValue {
			return 0, false
		}
		coefficient *= 10
	}
	return coefficient, coefficient <= maxValue && coefficient >= -maxValue
}

// maxValue bounds a value of a series: what every JSON reader keeps exactly.
const maxValue = 1<<53 - 1

// joined makes an id of parts, in which a bar stands for nothing else.
func joined(parts ...string) string {
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(clip(part, 80), "%", "%25"), "|", "%7C")
	}
	return strings.Join(parts, "|")
}

// meterName returns the number of a meter as ids of series hold it, "" for
// none: they have no other place for a bar.
func meterName(number string) string {
	return clip(strings.ReplaceAll(number, "|", "/"), 80)
}

// identify returns the provider's own id, or else one made of parts, numbered
// when the file has it already: two equal rows stay two.
func (r *reading) identify(o object, parts ...string) string {
	if id := o.text("_id"); id != "" {
		return joined(id)
	}
	id := joined(parts...)
	r.seen[id]++
	if n := r.seen[id]; n > 1 {
		return id + "|" + strconv.Itoa(n)
	}
	return id
}
