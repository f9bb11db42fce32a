package main

import (
	"strings"
	"unicode"
)

// fold returns the letters and digits of a heading in lower case, without the
// accents of the languages below, one space between words.
func fold(text string) string {
	var out strings.Builder
	space := false
	for _, r := range strings.ToLower(text) {
		if plain, ok := unaccented(r); ok {
			if space && out.Len() > 0 {
				out.WriteByte(' ')
			}
			space = false
			out.WriteString(plain)
		} else {
			space = true
		}
	}
	return out.String()
}

func unaccented(r rune) (string, bool) {
	for _, group := range []struct{ accented, plain string }{
		{"àáâäãå", "a"}, {"éèêë", "e"}, {"íìîï", "i"}, {"óòôöõ", "o"}, {"úùûü", "u"}, {"ç", "c"}, {"ñ", "n"}, {"ß", "ss"}, {"œ", "oe"}, {"æ", "ae"},
	} {
		if strings.ContainsRune(group.accented, r) {
			return group.plain, true
		}
	}
	return string(r), unicode.IsLetter(r) || unicode.IsDigit(r)
}

// A hint says what a column is whose heading is, or holds, some words: the
// longer the part of the heading, the better. Words of many meanings, which
// begin with =, must be the heading.
type hint struct {
	role  string
	words []string // folded; whole words of the heading
}

// hints are the headings of English, French, German, Spanish, Italian and Dutch
// tables, and some more that the corpora have.
func hints() []hint {
	return []hint{
		{"value-date", strings.Split("value date|valuta date|date de valeur|date valeur|=valuta|valutadatum|wertstellung|wertstellungsdatum|=wert|fecha valor|data valuta|rentedatum|interest date|post date|posted date|execution date|date d effet", "|")},
		{"date", strings.Split("date|booking date|posting date|transaction date|date processed|date operation|date de l operation|date d operation|date comptable|date de comptabilisation|dateop|date op|=jour|datum|buchungstag|buchungsdatum|buchung|belegdatum|transaktionsdatum|umsatzdatum|fecha|fecha operacion|fecha de operacion|f operacion|=data|data operazione|data contabile|data registrazione|boekdatum|boekingsdatum|transactiedatum|datum verrichting|=created|created at|completed date|started date|datum provedeni|datum zauctovani|tranzakcio datuma|date utc", "|")},
		{"note", strings.Split("=note|notes|memo|comment|comments|commentaire|commentaires|remarque|information complementaire|informations complementaires|=detail|additional description|bemerkung|=info|observaciones|comentario|concepto ampliado|nota|mededelingen|vrije mededeling|toelichting|poznamka", "|")},
		{"label", strings.Split("label|description|desc|details|=transaction|narrative|particulars|payment details|transaction description|libelle|libelle operation|libelle simplifie|libelle de l operation|nature de l operation|designation|intitule|=objet|motif|=operation|verwendungszweck|buchungstext|beschreibung|transaktionsbeschreibung|vorgang|=text|betreff|vwz|vwz1|concepto|descripcion|=movimiento|detalle|descrizione|causale|descrizione operazione|omschrijving|naam omschrijving|beschrijving|bank description|original description|payment reference|=message|=item|zprava", "|")},
		{"counterparty", strings.Split("counterparty|payee|payer|=name|merchant|merchant name|partner|partner name|beneficiary|recipient|tiers|beneficiaire|contrepartie|=nom|emetteur|donneur d ordre|creancier|marchand|empfanger|auftraggeber empfanger|auftraggeber|beguenstigter zahlungspflichtiger|begunstigter zahlungspflichtiger|zahlungsempfanger|zahlungspflichtiger|beguenstigter|beneficiario|ordenante|controparte|ordinante|destinatario|=naam|naam tegenpartij|tegenpartij|counteraccount name|nazev protiuctu|partner neve|handelaar|=reason", "|")},
		{"amount", strings.Split("amount|montant|montant de l operation|somme|betrag|umsatz|buchungsbetrag|importe|cantidad|monto|importo|bedrag|transactiebedrag|=total|=value|=valeur|castka|zauctovana castka|suma zauctovani|tranzakcio osszege|=net|kwota", "|")},
		{"out", strings.Split("=out|money out|paid out|debit|debits|debit amount|withdrawal|withdrawals|outflow|spent|depense|depenses|debits euros|=soll|lastschrift|belastung|ausgaben|cargo|cargos|gastos|addebito|addebiti|uscite|=dare|debet|=af|afschrijving|uitgaven", "|")},
		{"in", strings.Split("=in|money in|paid in|credit|credits|credit amount|deposit|deposits|inflow|received|recette|recettes|=haben|gutschrift|einnahmen|abono|abonos|ingresos|accredito|accrediti|entrate|=avere|=bij|bijschrijving|inkomsten", "|")},
		{"sign", strings.Split("debit credit|credit debit|debit ou credit|sens|=dc|d c|=cd|cr dr|dr cr|transaction type|=type|af bij|soll haben|s h|bevetel kiadas|direction|indicator|signe|debe haber|dare avere", "|")},
		{"currency", strings.Split("currency|iso currency code|devise|monnaie|wahrung|waehrung|buchungswahrung|divisa|moneda|=valuta|munt|muntsoort|mena|mena uctu|tranzakcio devizaneme|curr|ccy", "|")},
		{"balance", strings.Split("balance|running balance|runningbalance|account balance|ledger balance|solde|solde apres operation|saldo|kontostand|saldo nach buchung|saldo contable|saldo disponible|saldo na trn|saldo na mutatie|disponibile", "|")},
		{"reference", strings.Split("reference|reference number|transaction reference|=ref|check number|checknumber|cheque|cheque number|numero de cheque|n cheque|numero d operation|transaction id|transaction reference number|referenz|buchungsreferenz|kundenreferenz|kundenreferenz end to end|referencia|riferimento|transactiereferentie|referentie|kenmerk|volgnr|=num|=id", "|")},
		{"kind", strings.Split("kind|type operation|type d operation|type de l operation|type de transaction|categorie operation|umsatzart|transaktionstyp|umsatztyp|=tipo|tipo de movimiento|tipologia|mutatiesoort|=code|=class|typ transakce|payment type", "|")},
		{"account", strings.Split("=account|account number|account name|source account|=iban|compte|numero de compte|n compte|compte de l operation|konto|kontonummer|kontonr|auftragskonto|auftraggeberkonto|iban auftraggeberkonto|cuenta|numero de cuenta|conto|numero conto|rekening|rekeningnummer|iban bban|kredietkaart|cislo uctu|szamlaszam|account id|card no|umsatz getatigt von", "|")},
	}
}

// score says how well a folded heading fits a hint: 100 when it is one of
// the words, less when it holds one.
func (h hint) score(heading string) int {
	best := 0
	for _, word := range h.words {
		word, isWhole := strings.CutPrefix(word, "=")
		switch {
		case heading == word:
			return 100
		case isWhole:
		case strings.HasPrefix(heading, word+" "), strings.HasSuffix(heading, " "+word), strings.Contains(heading, " "+word+" "):
			best = max(best, 40+min(len(word), 40))
		case len(word) >= 6 && strings.Contains(strings.ReplaceAll(heading, " ", ""), word):
			best = max(best, 30)
		}
	}
	return best
}
