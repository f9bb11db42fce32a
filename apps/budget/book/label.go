package book

import "strings"

const (
	keyWords = 6   // words of a label that tell who is paid
	MaxKey   = 100 // bytes of a key
)

// Fold returns text in capitals of A to Z and digits, its words parted by one
// space each.
func Fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	space := true
	for _, r := range text {
		folded := foldRune(r)
		if folded == "" {
			if !space {
				b.WriteByte(' ')
			}
			space = true
			continue
		}
		b.WriteString(folded)
		space = false
	}
	return strings.TrimSuffix(b.String(), " ")
}

func foldRune(r rune) string {
	const capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	switch {
	case r >= 'a' && r <= 'z':
		return capitals[r-'a' : r-'a'+1]
	case r >= 'A' && r <= 'Z':
		return capitals[r-'A' : r-'A'+1]
	case r >= '0' && r <= '9':
		return "0123456789"[r-'0' : r-'0'+1]
	}
	switch r {
	case 'à', 'â', 'ä', 'á', 'ã', 'å', 'À', 'Â', 'Ä', 'Á', 'Ã', 'Å':
		return "A"
	case 'ç', 'Ç':
		return "C"
	case 'é', 'è', 'ê', 'ë', 'É', 'È', 'Ê', 'Ë':
		return "E"
	case 'î', 'ï', 'í', 'ì', 'Î', 'Ï', 'Í', 'Ì':
		return "I"
	case 'ñ', 'Ñ':
		return "N"
	case 'ô', 'ö', 'ó', 'ò', 'õ', 'ø', 'Ô', 'Ö', 'Ó', 'Ò', 'Õ', 'Ø':
		return "O"
	case 'ù', 'û', 'ü', 'ú', 'Ù', 'Û', 'Ü', 'Ú':
		return "U"
	case 'ÿ', 'Ÿ', 'ý', 'Ý':
		return "Y"
	case 'œ', 'Œ':
		return "OE"
	case 'æ', 'Æ':
		return "AE"
	case 'ß':
		return "SS"
	}
	return ""
}

// noise are the words that banks put around who is paid, and the months.
func noise() map[string]bool {
	all := map[string]bool{}
	for _, word := range strings.Fields(`
		CARTE CB ACHAT ACHATS PAIEMENT PAIEMENTS PMT PAR PRLV PRLVT PRELEVEMENT PRELEVT SEPA EUROPEEN VIR VIREMENT VIREMENTS FACTURE
		AUTORISATION RETRAIT DAB INST INSTANTANE RECU EMIS PERMANENT FAVEUR TIERS CORE RCUR FRST OOFF MANDAT MDT REF REFERENCE ECHEANCE NUM NO N
		AVOIR REMB REMBOURSEMENT COM COMMERCE ELECTRONIQUE SANS CONTACT DE DU DES D LE LA LES L EN AU A ET POUR VERS VOTRE SUR
		CARD PURCHASE PAYMENT PAYMENTS POS VISA MASTERCARD MC DEBIT DIRECT DD SO STANDING ORDER BILL CONTACTLESS ONLINE TRANSACTION ON AT THE OF TO FROM VIA BGC FPI FPO BP CHG
		JANVIER FEVRIER MARS AVRIL MAI JUIN JUILLET AOUT SEPTEMBRE OCTOBRE NOVEMBRE DECEMBRE
		JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC JANUARY FEBRUARY MARCH APRIL JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER`) {
		all[word] = true
	}
	return all
}

// key returns what alike lines have in common: who is paid, without what the
// bank puts around it, dates, numbers and references. It takes folded text.
func (r *Reader) key(folded string) string {
	var kept []string
	for word := range strings.FieldsSeq(folded) {
		if !r.noise[word] && !strings.ContainsAny(word, "0123456789") {
			if kept = append(kept, word); len(kept) == keyWords {
				break
			}
		}
	}
	key := strings.Join(kept, " ")
	if key == "" {
		key = strings.Map(func(c rune) rune {
			if c >= '0' && c <= '9' {
				return '#'
			}
			return c
		}, folded)
	}
	return key[:min(len(key), MaxKey)]
}
