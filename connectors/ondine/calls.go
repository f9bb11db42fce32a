package main

import (
	"encoding/csv"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

const header = "Ligne;Date;Heure;Type;Sens;Correspondant;Durée;Volume (Ko);Pays;Montant (EUR)"

// calls returns the records of a month's usage.
func (p *site) calls(path string) ([]sdk.Record, error) {
	file, err := p.document(path, "text/csv")
	if err != nil {
		return nil, err
	}
	text, err := p.s.ReadFile(file)
	if err != nil {
		return nil, err
	}
	all, err := readCalls(strings.TrimPrefix(string(text), "\ufeff"))
	if err != nil {
		return nil, changed(path + ": " + err.Error())
	}
	return all, nil
}

// readCalls reads the spreadsheet. Its lines have no number of their own: the
// id is what never changes about a call, counted when two are alike.
func readCalls(text string) ([]sdk.Record, error) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = ';'
	rows, err := r.ReadAll() // all as long as the first
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || !slices.Equal(rows[0], strings.Split(header, ";")) {
		return nil, errors.New("other columns than expected")
	}
	seen := map[string]int{}
	var all []sdk.Record
	for _, fields := range rows[1:] {
		c, err := readCall(fields, paris)
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

func readCall(fields []string, zone *time.Location) (sdk.Record, error) {
	line, kind, direction, peer, place := fields[0], kinds(fields[3]), directions(fields[4]), fields[5], fields[8]
	at, err := time.ParseInLocation("02/01/2006 15:04:05", fields[1]+" "+fields[2], zone)
	if err != nil {
		return sdk.Record{}, err
	}
	if kind == "" || direction == "" {
		return sdk.Record{}, errors.New("unknown kind of call " + fields[3] + ", " + fields[4])
	}
	c := record.Call{Line: line, Direction: direction, Kind: kind, Counterpart: peer, Currency: "EUR", Country: countries(place)}
	if c.Country == "" && place != "" {
		c.Extra = map[string]any{"pays": place}
	}
	var errs [3]error
	c.Price, errs[0] = sdk.Amount(fields[9], ',')
	c.Seconds, errs[1] = seconds(fields[6])
	kilobytes, err := number(fields[7])
	c.Bytes, errs[2] = kilobytes*1000, err
	return sdk.Record{Type: record.TypeCall, Time: record.Instant(at), Title: title(fields), Data: c,
		ID: strings.Join([]string{line, at.Format("20060102T150405"), kind, direction, peer}, "|")}, errors.Join(errs[:]...)
}

// title says in one line what a row is about.
func title(fields []string) string {
	switch kind, peer := fields[3], fields[5]; {
	case peer == "":
		return kind + " mobile"
	case fields[4] == "Reçu":
		return kind + " de " + peer
	default:
		return kind + " à " + peer
	}
}

func kinds(text string) string {
	return map[string]string{"Appel": "voice", "SMS": "sms", "MMS": "mms", "Internet": "data"}[text]
}

func directions(text string) string {
	return map[string]string{"Émis": "out", "Reçu": "in"}[text]
}

// countries returns the ISO code of those this operator names, else "".
func countries(text string) string {
	return map[string]string{"France": "FR", "Irlande": "IE", "Royaume-Uni": "GB", "Belgique": "BE", "Espagne": "ES", "Allemagne": "DE", "Italie": "IT"}[text]
}

// seconds reads "00:12:45"; "" is none.
func seconds(text string) (int64, error) {
	var total int64
	for part := range strings.SplitSeq(text, ":") {
		n, err := number(part)
		if err != nil {
			return 0, err
		}
		total = total*60 + n
	}
	return total, nil
}

// number reads digits; "" is 0.
func number(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 32)
	return int64(n), err
}
