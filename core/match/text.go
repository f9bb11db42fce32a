package match

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold returns s in upper case without accents, each run of other characters
// than letters and digits as one space. An & between two of them stays: H & M is
// H&M.
func fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for at, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			gap = !unicode.Is(unicode.Mn, r) || gap
			if r == '&' && isSingle(b.String()) && isInitial(s[at+1:]) {
				b.WriteByte('&')
				gap = false
			}
			continue
		}
		if gap && b.Len() > 0 && !strings.HasSuffix(b.String(), "&") {
			b.WriteByte(' ')
		}
		gap = false
		if r = unicode.ToUpper(r); r <= unicode.MaxASCII {
			b.WriteByte(byte(r))
		} else {
			b.WriteString(plain(r))
		}
	}
	return b.String()
}

// isSingle reports whether a folded text ends with a word of one character.
func isSingle(text string) bool {
	return len(text) == 1 || len(text) > 1 && text[len(text)-2] == ' '
}

// isInitial reports whether s begins with a word of one character.
func isInitial(s string) bool {
	s = strings.TrimLeft(s, " ")
	isWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	r, size := utf8.DecodeRuneInString(s)
	after, _ := utf8.DecodeRuneInString(s[size:])
	return isWord(r) && !isWord(after)
}

// plain returns a capital letter without its accent.
func plain(r rune) string {
	for _, group := range [...]string{"AÀÁÂÃÄÅĀĂĄ", "CÇĆČ", "DĎĐ", "EÈÉÊËĒĖĘĚ", "IÌÍÎÏĪİ", "LŁ", "NÑŃŇ", "OÒÓÔÕÖØŌŐ", "RŘ", "SŚŞŠȘ", "TŤȚ", "UÙÚÛÜŪŮŰ", "YÝŸ", "ZŹŻŽ"} {
		if strings.ContainsRune(group, r) {
			return group[:1]
		}
	}
	switch r {
	case 'Œ':
		return "OE"
	case 'Æ':
		return "AE"
	case 'ß', 'ẞ':
		return "SS"
	}
	return string(r)
}

// The words of labels. They stand folded, in the languages of the banks nearby.
var (
	// noise says nothing of who is paid: what banks print before a name, those who
	// pass payments on, legal forms, articles and months.
	noise = set(`PRLV PRLVT PRLVM PRLVSEPA PRELEVEMENT PRELEVEMENTS PRELEVT PREL SEPA SDD CORE B2B CB CARTE CARD CARDS VIR VIRT VIREMENT INST PERMANENT PAIEMENT PAIEMENTS PMT PYMT PMNT
	PAYMENT PAYMENTS PAID ACHAT DD DIRECT DEBIT DEBITS CREDIT TRANSFER STO STANDING ORDER BACS FPS FASTER POS VISA MASTERCARD MC MAESTRO AMEX CONTACTLESS PURCHASE CHARGE
	CHECKCARD DEBITCARD RECURRING AUTOPAY BILLPAY ACH WITHDRAWAL ONLINE BANKING GIRO BGC TO FROM FAVEUR EMIS RECU WEB INTERNET EUROPEEN CHQ CHEQUE CHECK RETRAIT
	TIP AVIS FACTURE FACT INVOICE INV BILL REF REFERENCE RUM ICS MANDAT MANDATE MANDATO MNDT ECHEANCE NUM NO NR ID NOTPROVIDED AUTORISATION AUTHORISATION PENDING MOTIF LIBELLE
	LASTSCHRIFT SEPALASTSCHRIFT BASISLASTSCHRIFT FIRMENLASTSCHRIFT FOLGELASTSCHRIFT ERSTLASTSCHRIFT EINZUG ABBUCHUNG UBERWEISUNG UEBERWEISUNG DAUERAUFTRAG GUTSCHRIFT
	KARTENZAHLUNG GIROCARD EC ELV ZAHLUNG MANDATSREF MANDATSREFERENZ GLAUBIGER GLAEUBIGER RECHNUNG RECHNUNGSNR RNR RG KUNDENNR KUNDENNUMMER VERWENDUNGSZWECK SVWZ EREF MREF KREF CRED IBAN BIC
	RECIBO ADEUDO DOMICILIACION DOMICILIADO CARGO COMPRA TARJETA TRANSFERENCIA TRANSF PAGO FACTURA ADDEBITO ADDEB DIRETTO BONIFICO PAGAMENTO CARTA ACQUISTO FATTURA RID
	INCASSO MACHTIGING BETALING BETAALAUTOMAAT BEA OVERBOEKING FACTUUR DEBITO DIRETO CARTAO PAYPAL GOCARDLESS STRIPE KLARNA SUMUP ZETTLE ADYEN SLIMPAY MOLLIE PP SQ
	SA SAS SASU SARL EURL SCA SNC SCOP GMBH AG KG MBH LTD LIMITED PLC INC LLC CORP CO COMPANY BV NV SPA SRL SL OY AB AS UG SE
	DE DU DES LA LE LES L D ET AU AUX AND THE OF FOR POUR PAR A EN DER DIE DAS UND FUR VON VOM IM DEL DELLA DI IL LO GLI EL LOS LAS Y VAN HET EEN
	EUR GBP USD CHF FR UK COM WWW REJET IMPAYE RETOUR REPRESENTATION
	JANVIER FEVRIER MARS AVRIL MAI JUIN JUILLET AOUT SEPTEMBRE OCTOBRE NOVEMBRE DECEMBRE
	JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER JAN FEB MAR APR JUN JUL AUG SEP OCT NOV DEC
	JANUAR FEBRUAR MARZ MAERZ JUNI JULI OKTOBER DEZEMBER MRZ OKT DEZ ENERO FEBRERO MARZO ABRIL MAYO JUNIO JULIO AGOSTO SEPTIEMBRE OCTUBRE NOVIEMBRE DICIEMBRE
	GENNAIO FEBBRAIO APRILE MAGGIO GIUGNO LUGLIO SETTEMBRE OTTOBRE DICEMBRE`)

	// trades are lines of business, each with its words: many vendors share them,
	// and they tell two vendors of one name apart.
	trades = families("TELECOM TELECOMS TELEPHONE", "MOBILE MOBILES", "BROADBAND FIBRE FIBER", "INSURANCE ASSURANCE ASSURANCES VERSICHERUNG VERSICHERUNGEN SEGURO SEGUROS ASSICURAZIONE ASSICURAZIONI",
		"ENERGY ENERGIE ENERGIES ENERGIA GAZ GAS ELECTRICITE ELECTRICITY STROM POWER", "WATER EAU EAUX WASSER AGUA ACQUA", "BANK BANQUE BANCO BANCA", "HOTEL", "RESTAURANT", "CAFE", "GARAGE",
		"PLUMBER PLUMBING PLOMBIER PLOMBERIE", "ELECTRICIEN ELECTRICIAN", "BAKERY BOULANGERIE", "PHARMACY PHARMACIE APOTHEKE", "DENTIST DENTISTE DENTAL", "FITNESS GYM", "COIFFURE COIFFEUR", "TAXI TAXIS",
		"IMMOBILIER", "SCHOOL ECOLE")

	// filler says as little, and tells nobody apart.
	filler = set(`FRANCE EUROPE SERVICE SERVICES GROUP GROUPE CLUB SPORT MEDIA CLIENTS INTERNATIONAL SOCIETE CABINET VILLE DEUTSCHLAND GERMANY ESPANA SPAIN ITALIA ITALY IRELAND LUXEMBOURG
	BELGIQUE BELGIUM SUISSE SCHWEIZ SWITZERLAND NEDERLAND UTILITIES RETAIL TRADING OSTERREICH AUSTRIA EU HOLDING AGENCE AGENCY STADT CITY SHOP STORE`)
)

// set returns words as a set.
func set(words string) map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		all[w] = true
	}
	return all
}

// families returns the first word of its family for each word.
func families(all ...string) map[string]string {
	first := map[string]string{}
	for _, family := range all {
		for w := range strings.FieldsSeq(family) {
			first[w], _, _ = strings.Cut(family, " ")
			first[bare(w)] = first[w]
		}
	}
	return first
}

func isGeneric(w string) bool { return trades[w] != "" || filler[w] }

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// umlauts are written out in some banks, and without their points in others.
var umlauts = strings.NewReplacer("AE", "A", "OE", "O", "UE", "U")

// bare returns a word with its umlauts as without points.
func bare(w string) string {
	if strings.Contains(w, "AE") || strings.Contains(w, "OE") || strings.Contains(w, "UE") {
		return umlauts.Replace(w)
	}
	return w
}

// words returns the telling words of a folded text, each once, sorted.
func words(folded string) []string {
	out := make([]string, 0, 8)
	for w := range strings.FieldsSeq(folded) {
		if len(w) > 1 && !noise[w] && !hasDigit(w) {
			out = append(out, bare(w))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// saysCredit reports whether a folded text says that money is got.
func saysCredit(text string) bool {
	return says(text, "REFUND", "REFUNDED", "REMBOURSEMENT", "REMB", "AVOIR", "CREDIT NOTE", "ERSTATTUNG", "RUCKERSTATTUNG", "GUTSCHRIFT", "REEMBOLSO", "ABONO", "RIMBORSO", "ACCREDITO",
		"TERUGBETALING", "SALAIRE", "SALARY", "PAYROLL", "GEHALT", "LOHN", "NOMINA", "STIPENDIO", "VIREMENT RECU", "VIR RECU", "EN VOTRE FAVEUR")
}

// says reports whether text, folded, holds one of some words.
func says(text string, any ...string) bool {
	return slices.ContainsFunc(any, func(w string) bool { return holds(text, w) })
}

// holds reports whether text, folded, holds the folded words one after another
// and whole.
func holds(text, part string) bool {
	for at := 0; part != ""; at++ {
		n := strings.Index(text[at:], part)
		if n < 0 {
			break
		}
		at += n
		if end := at + len(part); (at == 0 || text[at-1] == ' ') && (end == len(text) || text[end] == ' ') {
			return true
		}
	}
	return false
}
