package act

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A Fault says what is wrong with a field, "" for nothing.
type Fault string

const (
	Missing    Fault = "missing"    // nothing was chosen or typed
	Undeclared Fault = "undeclared" // no option of the manifest, or no field
	Unreadable Fault = "unreadable" // breaks, or characters that nobody sees
	TooLong    Fault = "too-long"   // over protocol.MaxActText bytes
)

// Check says which fields of an act are wrong: what was chosen, what was typed
// where a choice stands, and the reverse.
func Check(a protocol.Act, choices, typed map[string]string) map[string]Fault {
	wrong := map[string]Fault{}
	for _, given := range []map[string]string{choices, typed} {
		for name := range given {
			if _, ok := a.Field(name); !ok {
				wrong[name] = Undeclared
			}
		}
	}
	for _, f := range a.Fields {
		fault := checkText(f, typed)
		if f.Kind == protocol.ActChoice {
			fault = checkChoice(f, choices)
		}
		_, chosen := choices[f.Name]
		_, written := typed[f.Name]
		if chosen && f.Kind != protocol.ActChoice || written && f.Kind != protocol.ActText {
			fault = Undeclared
		}
		if fault != "" {
			wrong[f.Name] = fault
		}
	}
	return wrong
}

func checkChoice(f protocol.ActField, choices map[string]string) Fault {
	value, ok := choices[f.Name]
	if !ok {
		return Missing
	}
	if _, ok := f.Option(value); !ok {
		return Undeclared
	}
	return ""
}

func checkText(f protocol.ActField, typed map[string]string) Fault {
	text := typed[f.Name]
	switch {
	case text == "" && !f.Optional:
		return Missing
	case len(text) > protocol.MaxActText:
		return TooLong
	case !program.IsSeen(text):
		return Unreadable
	}
	return ""
}

// fill writes the bytes: the template, each place filled with its value, which
// is escaped so that it cannot leave its place. The template was checked when
// the program was loaded.
func fill(a protocol.Act, values map[string]string) []byte {
	var b bytes.Buffer
	for _, p := range program.Pieces(a.Template) {
		b.WriteString(p.Text)
		if p.Place != "" {
			b.WriteString(escape(a.MediaType, values[p.Place]))
		}
	}
	return b.Bytes()
}

func escape(mediaType, value string) string {
	switch mediaType {
	case "application/json":
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		_ = e.Encode(value) // a string into memory
		text := strings.TrimSuffix(b.String(), "\n")
		return text[1 : len(text)-1]
	case "application/x-www-form-urlencoded":
		return url.QueryEscape(value)
	}
	return value
}
