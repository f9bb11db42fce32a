package main

import "strings"

// wayOf says whether a word means that money comes in, or goes out. ok is false
// for other words.
func wayOf(cell string) (in, ok bool) {
	switch cell {
	case "+":
		return true, true
	case "-", "−", "–":
		return false, true
	}
	switch word := fold(cell); word {
	case "c", "cr", "cred", "credit", "h", "haben", "in", "inflow", "inkomsten", "bij", "bijschrijving", "gutschrift", "abono", "ingreso", "haber", "entrata", "entrate", "accredito", "avere", "credito", "deposit", "recette", "entree", "bevetel", "prijem", "income":
		return true, true
	case "d", "dr", "db", "deb", "debit", "s", "soll", "out", "outflow", "af", "afschrijving", "debet", "lastschrift", "belastung", "cargo", "gasto", "debe", "uscita", "uscite", "addebito", "dare", "debito", "withdrawal", "depense", "sortie", "kiadas", "vydaj", "expense":
		return false, true
	default:
		_, isLong := strings.CutSuffix(word, " transaction")
		if isLong {
			return wayOf(strings.TrimSuffix(word, " transaction"))
		}
	}
	return false, false
}
