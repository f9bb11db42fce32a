package main

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"regexp"
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
	lines      []record.BillLine
}

func readPDF(text string) (p printed, err error) {
	p.number, _, _ = strings.Cut(after(text, "Facture n° "), " ")
	if p.due, err = frenchDate(after(text, "Date de prélèvement : ")); err != nil {
		return p, err
	}
	if p.tax, err = amount(after(text, "TVA 20 % ")); err != nil {
		return p, err
	}
	if p.total, err = amount(after(text, "Total à payer TTC ")); err != nil {
		return p, err
	}
	detail, _, _ := strings.Cut(after(text, "Montant TTC "), "Total hors taxes")
	for part := range strings.SplitSeq(strings.TrimSpace(detail), "€") {
		part = strings.TrimSpace(part)
		space := strings.LastIndexByte(part, ' ')
		if space < 0 {
			continue
		}
		value, err := sdk.Amount(part[space:], ',')
		if err != nil {
			return p, err
		}
		p.lines = append(p.lines, record.BillLine{Label: part[:space], Amount: value})
	}
	return p, nil
}

// stream and shown find the text of this operator's PDFs, and of no other: a
// real reader would add work to the reference.
const (
	stream = `/Filter /FlateDecode /Length (\d+)>>\nstream\n`
	shown  = `(?s)\(((?:[^()\\]|\\.)*)\) ?Tj`
)

// pdfText returns the strings that the pages show.
func pdfText(pdf []byte) (string, error) {
	var text strings.Builder
	for _, at := range regexp.MustCompile(stream).FindAllSubmatchIndex(pdf, -1) {
		n, err := strconv.Atoi(string(pdf[at[2]:at[3]]))
		if err != nil || at[1]+n > len(pdf) {
			return "", fmt.Errorf("cut PDF: %w", err)
		}
		r, err := zlib.NewReader(bytes.NewReader(pdf[at[1] : at[1]+n]))
		if err != nil {
			return "", err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return "", err
		}
		for _, found := range regexp.MustCompile(shown).FindAllSubmatch(content, -1) {
			for _, c := range bytes.ReplaceAll(found[1], []byte{'\\'}, nil) {
				if c == 0x80 { // in windows-1252
					text.WriteRune('€')
				} else {
					text.WriteRune(rune(c))
				}
			}
			text.WriteByte('\n')
		}
	}
	return words(text.String()), nil
}

// words joins the words of text with single spaces.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

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

// frenchDate reads the date that text starts with: "3 mars 2026".
func frenchDate(text string) (record.Time, error) {
	parts := append(strings.Fields(text), "", "", "")
	month := 1 + slices.Index([]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
		"septembre", "octobre", "novembre", "décembre"}, parts[1])
	day, err := strconv.Atoi(strings.TrimSuffix(parts[0], "er"))
	if err != nil {
		return record.Time{}, fmt.Errorf("no date: %w", err)
	}
	return record.ParseTime(fmt.Sprintf("%.4s-%02d-%02d", parts[2], month, day))
}
