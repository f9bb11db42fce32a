package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

// printed is what a bill's PDF says.
type printed struct {
	number     string
	due        record.Time
	tax, total record.Money
	lines      []record.BillLine // none when they do not add up to the total
}

// readPDF reads a bill's text, however its lines are broken.
func readPDF(text string) (printed, error) {
	text = strings.Join(strings.Fields(text), " ")
	var p printed
	var errs [3]error
	p.number, _, _ = strings.Cut(after(text, "Facture n° "), " ")
	p.due, errs[0] = frenchDate(after(text, "Date de prélèvement : "))
	p.tax, errs[1] = amount(after(text, "TVA 20 % "))
	p.total, errs[2] = amount(after(text, "Total à payer TTC "))
	for _, err := range errs {
		if err != nil {
			return printed{}, changed("bill's PDF: " + err.Error())
		}
	}
	detail, _, _ := strings.Cut(after(text, "Montant TTC "), "Total hors taxes")
	p.lines = lines(detail, p.total)
	return p, nil
}

// after returns what follows label in text, "" without one.
func after(text, label string) string {
	_, rest, _ := strings.Cut(text, label)
	return rest
}

// amount reads the euros that text starts with.
func amount(text string) (record.Money, error) {
	digits, _, _ := strings.Cut(text, "€")
	return sdk.Amount(digits, ',')
}

// lines reads "label 19,99 € label 3,00 € …". It returns none rather than
// lines that do not add up to the total.
func lines(text string, total record.Money) []record.BillLine {
	var all []record.BillLine
	sum := int64(0)
	for part := range strings.SplitSeq(text, "€") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		space := strings.LastIndexByte(part, ' ')
		if space < 0 {
			return nil
		}
		value, err := sdk.Amount(part[space:], ',')
		cents, scale, err2 := value.Parts()
		if err != nil || err2 != nil || scale != 2 {
			return nil
		}
		sum += cents
		all = append(all, record.BillLine{Label: part[:space], Amount: value})
	}
	if want, _, err := total.Parts(); err != nil || want != sum {
		return nil
	}
	return all
}

// frenchDate reads the date that text starts with: "3 mars 2026", "1er mai 2026".
func frenchDate(text string) (record.Time, error) {
	words := append(strings.Fields(text), "", "", "")
	month := 1 + slices.Index([]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
		"septembre", "octobre", "novembre", "décembre"}, words[1])
	day, err := strconv.Atoi(strings.TrimSuffix(words[0], "er"))
	year, err2 := strconv.Atoi(words[2])
	if err != nil || err2 != nil || month == 0 {
		return record.Time{}, changed("no date in " + strconv.Quote(strings.Join(words[:3], " ")))
	}
	return record.ParseTime(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
}
