package main

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

// bill writes the PDF of r to a file and returns its record and its calls'.
func (s *site) bill(r row, contract, dir string) ([]line, error) {
	pdf, err := s.get(r.pdf)
	if err != nil {
		return nil, err
	}
	name := "ondine-" + r.month.Format("2006-01") + ".pdf"
	if err := os.WriteFile(filepath.Join(dir, name), pdf, 0o600); err != nil {
		return nil, err
	}
	text, err := pdfText(pdf)
	if err != nil {
		return nil, err
	}
	p, err := readPDF(text)
	if err != nil {
		return nil, err
	}
	if p.number != r.number || p.total != r.amount {
		return nil, errors.New("it is not what its PDF says")
	}
	year, month, _ := r.month.Date()
	bill := line{Type: record.TypeBill, ID: r.number, Time: r.issued, Title: vendor + ", " + r.period,
		Data: record.Bill{Vendor: vendor, Number: r.number, Issued: r.issued, Due: p.due,
			Start: record.Date(year, month, 1), End: record.Date(year, month+1, 0),
			Amount: r.amount, Currency: "EUR", Tax: p.tax, Contract: contract, Lines: p.lines},
		Files: []string{name}, Links: []record.Link{{Rel: "contract", Type: record.TypeContract, ID: contract}}}
	calls, err := s.calls(r.csv)
	return append([]line{bill}, calls...), err
}

// calls returns the records of a month's usage.
func (s *site) calls(path string) ([]line, error) {
	text, err := s.get(path)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff")))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return nil, err
	}
	seen := map[string]int{}
	var all []line
	for _, fields := range rows[1:] {
		c, err := readCall(fields, zone)
		if err != nil {
			return nil, err
		}
		if seen[c.ID]++; seen[c.ID] > 1 {
			c.ID += "#" + strconv.Itoa(seen[c.ID])
		}
		all = append(all, c)
	}
	return all, nil
}

func readCall(fields []string, zone *time.Location) (line, error) {
	kind := map[string]string{"Appel": "voice", "SMS": "sms", "MMS": "mms", "Internet": "data"}[fields[3]]
	direction := map[string]string{"Émis": "out", "Reçu": "in"}[fields[4]]
	country := map[string]string{"France": "FR", "Irlande": "IE", "Royaume-Uni": "GB"}[fields[8]]
	at, err := time.ParseInLocation("02/01/2006 15:04:05", fields[1]+" "+fields[2], zone)
	if err != nil {
		return line{}, err
	}
	c := record.Call{Line: fields[0], Direction: direction, Kind: kind, Counterpart: fields[5], Currency: "EUR", Country: country}
	c.Price, err = sdk.Amount(fields[9], ',')
	for part := range strings.SplitSeq(fields[6], ":") {
		c.Seconds = c.Seconds*60 + number(part)
	}
	c.Bytes = number(fields[7]) * 1000
	return line{Type: record.TypeCall, Time: record.Instant(at), Title: title(fields), Data: c,
		ID: strings.Join([]string{fields[0], at.Format("20060102T150405"), kind, direction, fields[5]}, "|")}, err
}

func title(fields []string) string {
	switch {
	case fields[5] == "":
		return fields[3] + " mobile"
	case fields[4] == "Reçu":
		return fields[3] + " de " + fields[5]
	default:
		return fields[3] + " à " + fields[5]
	}
}

// number reads digits; anything else is 0.
func number(text string) int64 {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0
	}
	return int64(n)
}
