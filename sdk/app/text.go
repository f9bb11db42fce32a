package app

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// Strings are the texts of an app in one language, by key: strings/en.json and
// strings/fr.json of its package, embedded.
type Strings map[string]string

// Strings reads the app's texts in the person's language from strings/ of fsys,
// in English where there is none.
func (s *Session) Strings(fsys fs.FS) (Strings, error) {
	all := Strings{}
	for _, language := range []string{"en", s.Locale()} {
		text, err := fs.ReadFile(fsys, "strings/"+language+".json")
		if err != nil {
			return nil, fmt.Errorf("read strings: %w", err)
		}
		if err := json.Unmarshal(text, &all); err != nil {
			return nil, fmt.Errorf("read strings: %s: %w", language, err)
		}
	}
	return all, nil
}

// T returns the text of key, its {name} places filled from pairs of name and
// value. A missing key shows itself.
func (t Strings) T(key string, pairs ...string) string {
	text, ok := t[key]
	if !ok {
		return key
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}

// Text returns the text of key with values in its {name} places, which the home
// writes in the person's language: T("due", "amount", app.Money("3.10", "EUR")).
func (t Strings) Text(key string, pairs ...any) view.Text {
	rest := t.T(key)
	var all view.Text
	for rest != "" {
		before, after, found := strings.Cut(rest, "{")
		name, tail, closed := strings.Cut(after, "}")
		if !found || !closed {
			return append(all, view.Value{Text: rest})
		}
		if before != "" {
			all = append(all, view.Value{Text: before})
		}
		all, rest = append(all, place(name, pairs)), tail
	}
	return all
}

func place(name string, pairs []any) view.Value {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] != name {
			continue
		}
		if v, ok := pairs[i+1].(view.Value); ok {
			return v
		}
		return view.Value{Text: fmt.Sprint(pairs[i+1])}
	}
	return view.Value{Text: "{" + name + "}"}
}

// Plain is a text of the app's own, or one of a record.
func Plain(text string) view.Text { return view.Text{{Text: text}} }

// Money is an amount in a currency.
func Money(amount record.Money, currency string) view.Value {
	return view.Value{Money: amount, Currency: currency}
}

// Number is a number with its unit, "" for none.
func Number(n record.Decimal, unit string) view.Value { return view.Value{Number: n, Unit: unit} }

// Int is a whole number.
func Int(n int) view.Value { return view.Value{Number: record.Decimal(fmt.Sprint(n))} }

// Date is a day, a month or a year.
func Date(t record.Time) view.Value { return view.Value{Date: t} }

// Count asks for the number of records of t.
func Count(t record.Type, by ...string) protocol.AggregateRequest {
	return protocol.AggregateRequest{Type: t, Group: by}
}

// Total asks for the sum of a field of records of t.
func Total(t record.Type, field string, by ...string) protocol.AggregateRequest {
	return protocol.AggregateRequest{Type: t, Sum: field, Group: by}
}
