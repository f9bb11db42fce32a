package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/locale"
)

type correctPage struct {
	frame
	Ref, Name string
	Problem   *advice
	Fields    []correctField
}

// A correctField is one field of the form, from the schema of the record's type.
type correctField struct {
	Name, ID, Label, Hint string
	Input                 string // "line", "lines", "money", "day", "date", "whole" or "choice"
	Value                 string // as typed
	Was                   string // JSON, as the record had it when the form was made; "" for nothing
	Says                  string // what the source says, of a field that was corrected
	Wrong                 string
	Options               []option
	MaxLength             int
	IsRequired            bool
}

// About names what stands beside the field and is about it.
func (c correctField) About() string {
	var ids []string
	for _, part := range []struct{ begin, text string }{{"h-", c.Hint}, {"s-", c.Says}, {"w-", c.Wrong}} {
		if part.text != "" {
			ids = append(ids, part.begin+c.ID)
		}
	}
	return strings.Join(ids, " ")
}

func (s *site) showCorrect(v *visit) error { return s.correctForm(v, http.StatusOK, nil) }

// correct changes what the person changed in the form. When a field cannot be
// so, the form comes again with all that was typed.
func (s *site) correct(v *visit) error {
	err := s.changeRecord(v, func(ctx context.Context, ref core.Ref) error {
		r, err := v.Query.Get(ctx, ref)
		if err != nil {
			return err
		}
		return v.Connect.Ingest.Correct(ctx, ref, s.changes(v, r))
	})
	if refusal, ok := errors.AsType[*ingest.Refusal](err); ok {
		return s.correctForm(v, http.StatusBadRequest, refusal.Faults)
	}
	return err
}

func (s *site) takeBack(v *visit) error {
	fields := v.Request().PostForm["field"]
	err := s.changeRecord(v, func(ctx context.Context, ref core.Ref) error {
		return v.Connect.Ingest.TakeBack(ctx, ref, fields...)
	})
	if refusal, ok := errors.AsType[*ingest.Refusal](err); ok { // another correction stands in the way
		return s.correctForm(v, http.StatusBadRequest, refusal.Faults)
	}
	return err
}

func (s *site) keepCorrections(v *visit) error { return s.changeRecord(v, v.Connect.Ingest.Keep) }

// changes are the fields that hold something else than the form came with. What
// the person left alone is not changed, whatever a run made of it meanwhile.
func (s *site) changes(v *visit, r core.Record) (changes []ingest.FieldChange) {
	form := v.Request().PostForm
	for _, f := range v.Connect.Ingest.Fields(r.Type) {
		if !form.Has(f.Name) {
			continue
		}
		was := wasOf(form.Get("was-" + f.Name))
		typed := strings.ReplaceAll(form.Get(f.Name), "\r\n", "\n")
		if typed != typedOf(v.l, f, was) {
			changes = append(changes, ingest.FieldChange{Field: f.Name, Was: was, Own: readField(f.Kind, typed)})
		}
	}
	return changes
}

func wasOf(text string) json.RawMessage {
	if text == "" || !json.Valid([]byte(text)) {
		return nil
	}
	return json.RawMessage(text)
}

// correctForm shows the form: with the record's values, or after faults with
// what was typed.
func (s *site) correctForm(v *visit, status int, faults []ingest.Fault) error {
	ref, err := core.ParseRef(v.Param("ref"))
	if err != nil {
		return core.E(core.NotFound, "find record", err)
	}
	r, err := v.Query.Get(v.Request().Context(), ref)
	if err != nil {
		return err
	}
	if r.Deleted {
		return v.Redirect(http.StatusSeeOther, "/records/"+ref.String())
	}
	fields, err := v.Connect.Ingest.Form(r)
	if err != nil {
		return err
	}
	page := &correctPage{frame: s.frame(v, v.l.T("correct.title")), Ref: ref.String(), Name: titleOf(v.l, r)}
	page.Path = "/records/" + page.Ref + "/correct"
	for _, f := range fields {
		one, err := correctFieldOf(v, r, f)
		if err != nil {
			return err
		}
		one.keep(v.Request().PostForm, f)
		if i := slices.IndexFunc(faults, func(fault ingest.Fault) bool { return fault.Field == f.Name }); i >= 0 {
			one.Wrong = v.l.T("correct."+string(faults[i].Reason), "n", f.MaxLength)
		}
		page.Fields = append(page.Fields, one)
	}
	if faults != nil {
		page.Problem = adviceFor(v.l, "correct.refused")
	}
	return s.render(v.Context, status, "correct", page)
}

// keep puts what was typed back into the field.
func (c *correctField) keep(form map[string][]string, f ingest.Field) {
	typed, ok := form[f.Name]
	if !ok {
		return
	}
	c.Value, c.Was = typed[0], ""
	if was := form["was-"+f.Name]; len(was) > 0 {
		c.Was = was[0]
	}
	if c.Input == "day" && !isDay(c.Value) { // a browser would not show it
		c.Input = "date"
	}
	for i := range c.Options {
		c.Options[i].Selected = c.Options[i].Value == c.Value
	}
}

func correctFieldOf(v *visit, r core.Record, f ingest.Field) (c correctField, err error) {
	value, err := ingest.Value(r, f.Name)
	if err != nil {
		return c, err
	}
	lang := string(v.l.Lang)
	c = correctField{Name: f.Name, ID: strings.ReplaceAll(f.Name, "/", "-"), Label: correctedName(v.l, f.Name), Hint: f.Descriptions[lang],
		Value: typedOf(v.l, f, value), Was: string(value), MaxLength: f.MaxLength, IsRequired: f.IsRequired}
	if name := "field." + strings.TrimPrefix(f.Name, ingest.DataField); f.Titles != nil && !v.l.Has(name) {
		c.Label = f.Titles[lang]
	}
	if f.Name == ingest.TimeField {
		c.Hint = v.l.T("correct.time-hint")
	}
	c.Input, c.Options = inputOf(v.l, f, c.Value)
	if i := slices.IndexFunc(r.Corrected, func(known core.Correction) bool { return known.Field == f.Name }); i >= 0 {
		c.Says = correctionsOf(v.l, r).All[i].Source
		if c.Says == "" {
			c.Says = v.l.T("record.nothing")
		}
	}
	return c, nil
}

// inputOf returns the control of a field that holds value.
func inputOf(l *locale.Locale, f ingest.Field, value string) (input string, options []option) {
	choices := f.Choices
	switch {
	case f.Kind == ingest.Line && strings.Contains(value, "\n"):
		return "lines", nil
	case f.Kind == ingest.Date && (value == "" || isDay(value)):
		return "day", nil
	case f.Kind == ingest.Truth:
		choices = []string{"true", "false"}
	case f.Kind != ingest.Choice:
		return string(f.Kind), nil
	}
	if !f.IsRequired || value == "" {
		options = append(options, option{"", l.T("correct.not-said"), value == ""})
	}
	for _, choice := range choices {
		options = append(options, option{choice, textOf(l, "kind", choice, ""), choice == value})
	}
	return "choice", options
}

func isDay(text string) bool { day, ok := readDay(text); return ok && !day.IsZero() }
