package main

import (
	"strings"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

// contract returns the record of the contract.
func (p *site) contract() (sdk.Record, error) {
	sel, err := p.read("/contrat", sdk.Queries{
		"contract": {Rows: "section#contrat", Fields: map[string]string{"client": "dd.client", "owner": "dd.titulaire", "label": "dd.offre",
			"since": "dd.depuis", "price": "dd.prix", "terms": "dd.engagement", "place": "dd.adresse"}},
		"line": {Rows: "section#contrat ul.lignes li", Fields: map[string]string{"number": ".numero"}},
	})
	if err != nil {
		return sdk.Record{}, err
	}
	fields := sel.First("contract")
	if fields["client"] == "" || fields["label"] == "" {
		return sdk.Record{}, changed("no contract on /contrat")
	}
	since, err := frenchDate(fields["since"])
	if err != nil {
		return sdk.Record{}, err
	}
	price, err := amount(fields["price"])
	if err != nil {
		return sdk.Record{}, changed("contract's price: " + err.Error())
	}
	var numbers []string
	for _, line := range sel["line"] {
		numbers = append(numbers, line["number"])
	}
	return sdk.Record{Type: record.TypeContract, ID: fields["client"], Time: since, Title: vendor + ", " + fields["label"],
		Data: record.Contract{Vendor: vendor, Number: fields["client"], Kind: "mobile", Label: fields["label"], Start: since,
			Price: price, Currency: "EUR", Period: "P1M", Notice: notice(fields["terms"]), Place: fields["place"],
			Extra: map[string]any{"titulaire": fields["owner"], "lignes": numbers, "engagement": fields["terms"]}}}, nil
}

// notice reads "…, préavis de 10 jours" as "P10D", "" when it says none.
func notice(text string) string {
	days, _, ok := strings.Cut(after(text, "préavis de "), " jour")
	if !ok || strings.Trim(days, "0123456789") != "" || days == "" {
		return ""
	}
	return "P" + days + "D"
}
