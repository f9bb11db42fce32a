package main

import (
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
)

// A decade is what ten years of a household's life leave, up to a day: lines of
// two accounts, calls, the meter's half-hours and bills, 55 records a day.
type decade struct{ end time.Time }

const decadeDays = 3650

// records yields about 200,000 records, the oldest first.
func (d decade) records() iter.Seq[record.Record] {
	return func(yield func(record.Record) bool) {
		n := 0
		add := func(kind record.Type, at record.Time, title string, data any) bool {
			n++
			id := strconv.Itoa(n)
			if kind == record.TypeSeries {
				id = "" // its data say it
			}
			return yield(record.Record{Type: kind, ID: id, Time: at, Title: title, Data: encode(data)})
		}
		for day := range decadeDays {
			at := d.end.AddDate(0, 0, day-decadeDays+1)
			if !d.lines(at, day, add) || !d.calls(at, day, add) || at.Day() == 1 && !d.meter(at, day, add) || at.Day() == 5 && !d.bills(at, add) {
				return
			}
		}
	}
}

// adding is what takes a record; false when no more are wanted.
type adding func(kind record.Type, at record.Time, title string, data any) bool

func (d decade) lines(at time.Time, day int, add adding) bool {
	shops := [...]string{"SUPERMARCHE LES LICES RENNES", "BOULANGERIE GLYCINES", "CAFE DE LA GARE", "STATION SAINT HELIER", "PHARMACIE DE LA PLACE", "CINEMA L ARGUS"}
	booked := record.Date(at.Date())
	for i := range 24 {
		label := fmt.Sprintf("CARTE %s %s %d", at.Format("02/01"), shops[(day+i)%len(shops)], (day*7+i)%311)
		data := record.Transaction{BankAccount: [...]string{"joint", "own"}[i%2], Booked: booked, Currency: "EUR", Label: label, Kind: "CARTE", State: "booked",
			Amount: record.Money(fmt.Sprintf("-%d.%02d", 1+(day+i*13)%97, (day*i)%100))}
		if !add(record.TypeTransaction, booked, label, data) {
			return false
		}
	}
	return true
}

func (d decade) calls(at time.Time, day int, add adding) bool {
	for i := range 31 {
		data := record.Call{Line: "06 39 98 12 07", Direction: [...]string{"out", "in"}[i%2], Kind: [...]string{"voice", "sms", "data"}[i%3],
			Counterpart: fmt.Sprintf("06 39 98 %04d", (day+i*i)%3000), Currency: "EUR", Country: "FR", Price: "0.00"}
		switch data.Kind {
		case "voice":
			data.Seconds = int64((day*i)%600 + 1)
		case "data":
			data.Bytes, data.Counterpart = int64(i+1)*1_500_000, ""
		}
		if !add(record.TypeCall, record.Instant(at.Add(time.Duration(i)*45*time.Minute)), data.Kind, data) {
			return false
		}
	}
	return true
}

// meter is the month that begins at a moment.
func (d decade) meter(at time.Time, day int, add adding) bool {
	var values []*int64
	for i := range int(at.AddDate(0, 1, 0).Sub(at) / (30 * time.Minute)) {
		value := int64(80 + (day*31+i*i*7)%900)
		values = append(values, &value)
	}
	date := record.Date(at.Date())
	return add(record.TypeSeries, date, "Électricité", record.Series{Measure: "electricity.consumption", Meter: "14862093571184", Unit: "Wh", Step: "PT30M",
		Start: record.Instant(at), Zone: "UTC", Values: values})
}

func (d decade) bills(at time.Time, add adding) bool {
	for i, vendor := range [...]string{"Télécom Ondine", "Énergie d'Armor", "Eaux du Ponant", "Mutuelle des Lices"} {
		date := record.Date(at.Date())
		data := record.Bill{Vendor: vendor, Number: fmt.Sprintf("%s-%d", at.Format("200601"), i), Issued: date, Currency: "EUR", Contract: fmt.Sprintf("C-%d", i),
			Amount: record.Money(fmt.Sprintf("%d.%02d", 19+i*17, int(at.Month())))}
		if !add(record.TypeBill, date, vendor, data) {
			return false
		}
	}
	return true
}
