package ingest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// A Fault is a field that the person filled in as it cannot be.
type Fault struct {
	Field  string // as in core.Correction, or TagsField
	Reason Reason
}

// A Reason says what is wrong with a field.
type Reason string

// The reasons.
const (
	Missing  Reason = "missing"  // it must have a value
	TooLong  Reason = "too_long" // for the field, or a tag
	TooMany  Reason = "too_many" // tags
	NotMoney Reason = "not_money"
	NotDate  Reason = "not_date"
	NotWhole Reason = "not_whole" // number
	BadForm  Reason = "bad_form"  // not as the field's description asks
	Unknown  Reason = "unknown"   // no field that can be corrected, or no choice
)

// A Refusal is the cause of an invalid error: what the person filled in wrongly.
type Refusal struct{ Faults []Fault }

// Error names the fields and what is wrong, not the values.
func (r *Refusal) Error() string {
	var all []string
	for _, f := range r.Faults {
		all = append(all, fmt.Sprintf("%s: %s", f.Field, f.Reason))
	}
	return strings.Join(all, "; ")
}

func refuse(op string, faults ...Fault) error { return core.E(core.Invalid, op, &Refusal{faults}) }

// faults checks a draft by the schema of its type and names each member at fault.
func (in *Ingest) faults(d *draft) []Fault {
	var all []Fault
	add := func(f Fault) {
		for _, known := range all {
			if known.Field == f.Field {
				return
			}
		}
		all = append(all, f)
	}
	kinds := map[string]FieldKind{}
	for _, f := range in.fields[d.Type] {
		kinds[f.Name] = f.Kind
	}
	s := in.schemas[d.Type]
	if broken, ok := errors.AsType[*jsonschema.ValidationError](s.compiled.Validate(d.data)); ok {
		walkFaults(broken, kinds, add)
	}
	for _, member := range s.times {
		if text, ok := d.data[member].(string); ok {
			if _, err := record.ParseTime(text); err != nil {
				add(Fault{DataField + member, NotDate})
			}
		}
	}
	return all
}

// walkFaults turns the rules that a validation found broken into faults.
func walkFaults(broken *jsonschema.ValidationError, kinds map[string]FieldKind, add func(Fault)) {
	for _, cause := range broken.Causes {
		walkFaults(cause, kinds, add)
	}
	if len(broken.Causes) > 0 {
		return
	}
	at := ""
	if len(broken.InstanceLocation) > 0 {
		at = DataField + broken.InstanceLocation[0]
	}
	switch k := broken.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			add(Fault{DataField + name, Missing})
		}
	case *kind.DependentRequired:
		for _, name := range k.Missing {
			add(Fault{DataField + name, Missing})
		}
	case *kind.MinLength:
		add(Fault{at, Missing})
	case *kind.MaxLength:
		add(Fault{at, TooLong})
	case *kind.Enum:
		add(Fault{at, Unknown})
	default:
		add(Fault{at, reasonOf(kinds[at])})
	}
}

// reasonOf is what is wrong with a value that does not have the form of its kind.
func reasonOf(k FieldKind) Reason {
	switch k {
	case Money:
		return NotMoney
	case Date:
		return NotDate
	case Whole:
		return NotWhole
	}
	return BadForm
}
