package program

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

const shapePeriod = `P([1-9]\d{0,2}[YM])`

// Months returns how many months the period of a read is long.
func Months(period string) (int, error) {
	if !is(shapePeriod, period) {
		return 0, errors.New("want months or years, such as P24M")
	}
	n, err := strconv.Atoi(period[1 : len(period)-1])
	if period[len(period)-1] == 'Y' {
		n *= 12
	}
	return n, err
}

// checkReads holds what an app asks for against the types' schemas.
func checkReads(m protocol.Manifest) error {
	if m.Kind != protocol.KindApp {
		if len(m.Reads) > 0 || len(m.Packs) > 0 || len(m.Themes) > 0 {
			return errors.New("reads: a connector reads nothing")
		}
		return nil
	}
	if len(m.Reads) == 0 || len(m.Reads) > len(record.Types()) {
		return errors.New("reads: an app reads something, each type once")
	}
	for i, r := range m.Reads {
		if err := checkRead(r); err != nil {
			return fmt.Errorf("reads[%d].%w", i, err)
		}
		if slices.ContainsFunc(m.Reads[:i], func(o protocol.Read) bool { return o.Type == r.Type }) {
			return fmt.Errorf("reads[%d].type: given twice", i)
		}
	}
	if len(m.Packs) > protocol.MaxPacks {
		return fmt.Errorf("packs: over %d", protocol.MaxPacks)
	}
	if err := checkList("packs", m.Packs, func(s string) bool { return is(shapeID, s) && len(s) <= 64 }); err != nil {
		return err
	}
	return checkList("themes", m.Themes, func(s string) bool { return slices.Contains(protocol.Themes(), s) })
}

func checkRead(r protocol.Read) error {
	if !slices.Contains(record.Types(), r.Type) {
		return errors.New("type: no such type of record")
	}
	if !slices.Contains(protocol.Granularities(), r.Granularity) {
		return errors.New("granularity: want records, daily, monthly, yearly or yes_no")
	}
	if _, err := Months(r.Period); r.Period != "" && err != nil {
		return fmt.Errorf("period: %w", err)
	}
	if !is(shapeKey, r.Purpose) {
		return errors.New("purpose: want the key of a string")
	}
	known := Fields(r.Type)
	if err := checkList("fields", r.Fields, func(f string) bool { return slices.Contains(known, f) }); err != nil {
		return err
	}
	if slices.Contains(known, "currency") && slices.ContainsFunc(r.Fields, isMoney) && !slices.Contains(r.Fields, "currency") {
		return errors.New("fields: an amount needs its currency")
	}
	return nil
}

func isMoney(field string) bool { return slices.Contains([]string{"amount", "price", "tax"}, field) }

// Fields returns what may be granted of records of a type: the members of its
// data by its schema, and what stands beside them.
func Fields(t record.Type) []string {
	text, ok := record.Schema(t)
	if !ok {
		return nil
	}
	var schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if json.Unmarshal(text, &schema) != nil { // a test of the schemas holds them
		return nil
	}
	all := []string{protocol.FieldTime, protocol.FieldTitle, protocol.FieldFiles, protocol.FieldSource}
	for name := range schema.Properties {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// Required returns the fields that every record of a type has: without them a
// record of it says nothing, so that they cannot be narrowed away one by one.
func Required(t record.Type) []string {
	text, _ := record.Schema(t)
	var schema struct {
		Required []string `json:"required"`
	}
	if json.Unmarshal(text, &schema) != nil {
		return nil
	}
	return schema.Required
}
