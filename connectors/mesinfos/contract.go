package main

import (
	"strings"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

// energyContract reads a contract with EDF.
func (r *reading) energyContract(row row) error {
	o := row.object
	extra := o.extra("vendor", "number", "name", "start", "end", "pdl", "energie")
	data := record.Contract{Vendor: clip(o.text("vendor"), 200), Number: clip(o.text("number"), 200), Kind: energy(o.text("energie")),
		Label: clip(o.text("name"), 500), Place: clip(o.text("pdl"), 500), Extra: extra}
	if data.Vendor == "" || data.Number == "" {
		return refuse(row.line, "a contract without a vendor or a number")
	}
	data.Start = r.date(row, "start", extra, day)
	data.End = r.date(row, "end", extra, day)
	return r.add(sdk.Record{Type: record.TypeContract, ID: joined("contract", data.Vendor, data.Number), Time: data.Start,
		Title: describe(data.Vendor, data.Label, data.Number), Data: data})
}

// energy translates what EDF sells.
func energy(name string) string {
	switch strings.ToLower(name) {
	case "électricité", "electricité", "electricite":
		return "electricity"
	case "gaz", "gaz naturel":
		return "gas"
	}
	return clip(name, 64)
}

// insurance reads the contracts of a MAIF member, which are all in one object.
// The price is a year's, tax included.
func (r *reading) insurance(row row) error {
	for _, o := range row.object.list("contrat") {
		if err := r.insuranceContract(row.line, o); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) insuranceContract(line int, o object) error {
	extra := o.extra("name", "formuleBase", "montantTarifTtc", "startDate")
	data := record.Contract{Vendor: "MAIF", Kind: "insurance", Label: clip(o.text("formuleBase"), 500), Place: insured(o.object("objects")), Extra: extra}
	if name := o.text("name"); data.Label == "" {
		data.Label = clip(name, 500)
	} else if name != "" {
		extra["name"] = name
	}
	if text := o.text("montantTarifTtc"); text != "" {
		price, _, ok := money(text)
		if !ok {
			return refuse(line, "the montantTarifTtc of a contract is no amount: %s", quoted(text))
		}
		data.Price, data.Currency, data.Period = price, "EUR", "P1Y"
	}
	data.Start = r.date(row{o, line}, "startDate", extra, day)
	id := r.identify(o, "contract", "MAIF", o.text("societaire"), o.text("name"), o.text("startDate"), data.Place)
	return r.add(sdk.Record{Type: record.TypeContract, ID: id, Time: data.Start, Title: describe("MAIF", data.Label), Data: data})
}

// insured names what a contract insures: an address or a number plate.
func insured(o object) string {
	for _, place := range o.list("lieu") {
		a := place.object("address")
		if text := describe(a.text("street"), a.text("postCode"), a.text("city")); text != "" {
			return text
		}
	}
	for _, kind := range []string{"vehicule", "bateau"} {
		for _, thing := range o.list(kind) {
			for _, name := range []string{"immatriculationVehicule", "immatriculationBateau"} {
				if text := thing.text(name); text != "" {
					return clip(text, 500)
				}
			}
		}
	}
	return ""
}
