package program_test

import (
	"slices"
	"testing"

	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestTitles_name_every_field_in_both_languages(t *testing.T) {
	t.Parallel()
	beside := []string{protocol.FieldTime, protocol.FieldTitle, protocol.FieldFiles, protocol.FieldSource}
	for _, typ := range record.Types() {
		en, fr := program.Titles(typ, "en"), program.Titles(typ, "fr")
		for _, field := range program.Fields(typ) {
			if named := en[field] != "" && fr[field] != ""; named == slices.Contains(beside, field) {
				t.Errorf("%s of %s: %q, %q", field, typ, en[field], fr[field])
			}
		}
	}
	if en, fr := program.Titles(record.TypeBill, "en"), program.Titles(record.TypeBill, "fr"); en["currency"] != "Currency" || fr["currency"] != "Devise" || fr["issued"] != "Émise le" {
		t.Errorf("%v, %v", en, fr)
	}
}
