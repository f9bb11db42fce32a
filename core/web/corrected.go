package web

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/locale"
)

// A correction is a field of a record that the person corrected, as its page
// shows it.
type correction struct {
	Field, Name string
	Own, Source string // "" for nothing
	IsNews      bool
}

// corrections is the part of a record's page that tells what the person
// corrected.
type corrections struct {
	All    []correction
	IsNews bool // the source has changed one of them
}

func correctionsOf(l *locale.Locale, r core.Record) (c corrections) {
	var data struct{ Currency string }
	if json.Unmarshal(r.Data, &data) != nil {
		data.Currency = ""
	}
	for _, one := range r.Corrected {
		c.All = append(c.All, correction{one.Field, correctedName(l, one.Field), saidWords(l, one.Field, one.Own, data.Currency),
			saidWords(l, one.Field, one.Source, data.Currency), one.IsNews()})
		c.IsNews = c.IsNews || one.IsNews()
	}
	return c
}

// correctedName names a field that can be corrected.
func correctedName(l *locale.Locale, field string) string {
	switch field {
	case ingest.TitleField:
		return l.T("record.titled")
	case ingest.TimeField:
		return l.T("correct.time")
	}
	return fieldName(l, strings.TrimPrefix(field, ingest.DataField))
}

// saidWords shows a field's value as the record's page does.
func saidWords(l *locale.Locale, field string, value json.RawMessage, currency string) string {
	if value == nil {
		return ""
	}
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	var decoded any
	if dec.Decode(&decoded) != nil {
		return ""
	}
	name := strings.TrimPrefix(field, ingest.DataField)
	if field == ingest.TimeField {
		name = "issued" // shown as any date
	}
	return valueOf(l, name, decoded, currency)
}

// mark says which facts are as the person corrected them.
func (p *recordPage) mark(l *locale.Locale, r core.Record) {
	for _, c := range r.Corrected {
		name, isData := strings.CutPrefix(c.Field, ingest.DataField)
		for i := range p.Facts {
			if isData && p.Facts[i].Name == fieldName(l, name) {
				p.Facts[i].Mark = l.T("record.corrected-mark")
			}
		}
	}
}
