package web_test

import (
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/web"
	"github.com/domicile-home/domicile/examples/gallery"
	"github.com/domicile-home/domicile/sdk/record"
)

type toldRecord struct {
	name   string
	typ    record.Type
	at     record.Time
	data   string
	en, fr string
}

// told returns records and what they are in one sentence, values within brackets.
func told() []toldRecord {
	return []toldRecord{
		{name: "a bill of a month", typ: record.TypeBill,
			data: `{"vendor":"Ondine","amount":"31.20","currency":"EUR","issued":"2026-11-02","due":"2026-11-15","start":"2026-10-01","end":"2026-10-31"}`,
			en:   "Bill of [€31.20] from [Ondine] for [October 2026], due on [15 November 2026].",
			fr:   "Facture de [31,20 €] émise par [Ondine] pour [octobre 2026], à payer le [15 novembre 2026]."},
		{name: "a bill of another period", typ: record.TypeBill,
			data: `{"vendor":"Ondine","amount":"31.20","currency":"EUR","start":"2026-10-01","end":"2026-11-30","due":"2026-12"}`,
			en:   "Bill of [€31.20] from [Ondine] for [1 October 2026] to [30 November 2026], due in [December 2026].",
			fr:   "Facture de [31,20 €] émise par [Ondine] pour la période du [1er octobre 2026] au [30 novembre 2026], à payer en [décembre 2026]."},
		{name: "a bill without a period", typ: record.TypeBill, data: `{"vendor":"Ondine","amount":"31.20","currency":"EUR","issued":"2026-02-28"}`,
			en: "Bill of [€31.20] from [Ondine], dated [28 February 2026].", fr: "Facture de [31,20 €] émise par [Ondine], en date du [28 février 2026]."},
		{name: "a refund", typ: record.TypeBill, data: `{"vendor":"Ondine","amount":"-5","currency":"EUR","is_refund":true,"due":"2026-11-15"}`,
			en: "Refund of [€5.00] from [Ondine].", fr: "Remboursement de [5,00 €] émis par [Ondine]."},
		{name: "a bill without an amount", typ: record.TypeBill, data: `{"vendor":"Ondine"}`},
		{name: "an account", typ: record.TypeBankAccount, data: `{"institution":"Banque des Embruns","kind":"savings","currency":"EUR"}`,
			en: "Savings account at [Banque des Embruns], in [EUR].", fr: "Compte d’épargne chez [Banque des Embruns], en [EUR]."},
		{name: "an account of no known kind", typ: record.TypeBankAccount, data: `{"kind":"at"}`, en: "Bank account.", fr: "Compte bancaire."},
		{name: "a balance", typ: record.TypeBalance, at: record.Date(2026, 3, 1), data: `{"amount":"-12.5","currency":"EUR"}`,
			en: "Balance of [−€12.50] on [1 March 2026].", fr: "Solde de [−12,50 €] le [1er mars 2026]."},
		{name: "what is available", typ: record.TypeBalance, at: record.Date(2026, 3, 1), data: `{"amount":"2","currency":"EUR","kind":"available"}`,
			en: "Available balance of [€2.00] on [1 March 2026].", fr: "Solde disponible de [2,00 €] le [1er mars 2026]."},
		{name: "a debit", typ: record.TypeTransaction, at: record.Date(2026, 3, 2), data: `{"amount":"-12.5","currency":"EUR","counterparty":"Orange","state":"pending"}`,
			en: "[€12.50] paid to [Orange] on [2 March 2026], not booked yet.", fr: "Débit de [12,50 €] vers [Orange] le [2 mars 2026], pas encore comptabilisé."},
		{name: "a credit", typ: record.TypeTransaction, at: record.Date(2026, 3, 2), data: `{"amount":"1850","currency":"EUR","counterparty":"ACME"}`,
			en: "[€1,850.00] received from [ACME] on [2 March 2026].", fr: "Crédit de [1 850,00 €] envoyé par [ACME] le [2 mars 2026]."},
		{name: "a contract", typ: record.TypeContract, data: `{"vendor":"Ondine","label":"Duo","price":"29.98","currency":"EUR","period":"P1M","start":"2024-05"}`,
			en: "Contract with [Ondine], [Duo], [€29.98] a month, since [May 2024].", fr: "Contrat avec [Ondine], [Duo], [29,98 €] par mois, depuis [mai 2024]."},
		{name: "a contract that ended", typ: record.TypeContract, data: `{"vendor":"Ondine","price":"3","currency":"EUR","period":"P3M","end":"2024-05-31"}`,
			en: "Contract with [Ondine], [€3.00], until [31 May 2024].", fr: "Contrat avec [Ondine], [3,00 €], jusqu’au [31 mai 2024]."},
		{name: "a call", typ: record.TypeCall, at: record.Date(2026, 3, 2), data: `{"direction":"out","kind":"voice","counterpart":"0612345678","seconds":75,"price":"0.50","currency":"EUR"}`,
			en: "Call to [0612345678] on [2 March 2026], lasting [0:01:15], for [€0.50].", fr: "Appel vers [0612345678] le [2 mars 2026], pendant [0:01:15], pour [0,50 €]."},
		{name: "a message", typ: record.TypeCall, data: `{"direction":"in","kind":"sms","counterpart":"0612345678"}`,
			en: "Message from [0612345678].", fr: "Message entrant ([0612345678])."},
		{name: "a session", typ: record.TypeCall, data: `{"direction":"out","kind":"data","bytes":12000000}`,
			en: "Mobile data, [12 MB].", fr: "Données mobiles, [12 Mo]."},
		{name: "a meter", typ: record.TypeSeries, at: record.Date(2026, 3, 1), data: `{"measure":"gas.consumption","meter":"GI 17"}`,
			en: "[Gas] read from meter [GI 17] for [March 2026].", fr: "[Gaz] : relevés du compteur [GI 17] pour [mars 2026]."},
		{name: "a document", typ: record.TypeDocument, at: record.Date(2026, 3, 2), data: `{"issuer":"Ondine","number":"7"}`,
			en: "Document from [Ondine], number [7], dated [2 March 2026].", fr: "Document émis par [Ondine], numéro [7], en date du [2 mars 2026]."},
		{name: "no data", typ: record.TypeBill, data: ``},
		{name: "data of another shape", typ: record.TypeContract, data: `{"vendor":["x"]}`},
		{name: "an unknown type", typ: "mystery", data: `{}`},
		{name: "an enemy's braces", typ: record.TypeDocument, data: `{"issuer":"{number}","number":"{issuer}"}`,
			en: "Document from [{number}], number [{issuer}].", fr: "Document émis par [{number}], numéro [{issuer}]."},
	}
}

func TestSentence_says_what_a_record_is(t *testing.T) {
	t.Parallel()
	for _, tc := range told() {
		r := core.Record{Type: tc.typ, Time: tc.at, Data: []byte(tc.data)}
		for lang, want := range map[locale.Lang]string{locale.English: tc.en, locale.French: tc.fr} {
			got := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(web.Sentence(locale.New(lang), r))
			if got != want {
				t.Errorf("%s:\n got %s\nwant %s", tc.name, got, want)
			}
		}
	}
}

// TestSentence_is_said_of_every_type holds that a type that is added says what
// it is.
func TestSentence_is_said_of_every_type(t *testing.T) {
	t.Parallel()
	said := map[record.Type]bool{}
	for _, tc := range told() {
		said[tc.typ] = said[tc.typ] || tc.en != ""
	}
	for _, typ := range record.Types() {
		if !said[typ] {
			t.Errorf("no sentence of a %s", typ)
		}
	}
}

// TestSentence_bounds_what_a_source_sent holds that no value pushes the others away.
func TestSentence_bounds_what_a_source_sent(t *testing.T) {
	t.Parallel()
	for _, typ := range record.Types() {
		for _, text := range gallery.Texts() {
			r := must(gallery.Hostile(typ, text, record.Date(2026, 1, 1)))
			said := web.Sentence(locale.New(locale.English), r)
			for _, value := range strings.FieldsFunc(said, func(c rune) bool { return c == '[' || c == ']' }) {
				if len([]rune(value)) > 201 {
					t.Errorf("%s: a value of %d characters", typ, len([]rune(value)))
				}
			}
		}
	}
}
