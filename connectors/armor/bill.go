package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

const (
	vendor   = "Énergie d’Armor"
	maxPages = 50
)

type contract struct {
	Client  string `json:"client"`
	Meter   string `json:"usage_point_id"`
	Holder  string `json:"holder"`
	Offer   string `json:"offer"`
	Energy  string `json:"energy"`
	Power   string `json:"subscribed_power"`
	Start   string `json:"start_date"`
	Address string `json:"address"`
	Notice  string `json:"notice"`
	Money   string `json:"currency"`
	Tariff  struct {
		Standing string `json:"standing_charge"`
		Period   string `json:"period"`
		Peak     string `json:"peak"`
		OffPeak  string `json:"off_peak"`
		Hours    string `json:"off_peak_hours"`
	} `json:"tariff"`
	start record.Time
}

func (p *supplier) contract() (contract, error) {
	var c contract
	if err := p.get("/api/contract", &c); err != nil {
		return c, err
	}
	start, err := p.day(c.Start)
	if err != nil {
		return c, err
	}
	if c.Meter == "" || c.Client == "" {
		return c, changed("the contract names no client or no meter")
	}
	c.start = record.Date(start.Date())
	return c, nil
}

func (c contract) record() sdk.Record {
	return sdk.Record{Type: record.TypeContract, ID: c.Client, Time: c.start, Title: c.Offer, Data: record.Contract{
		Vendor: vendor, Number: c.Client, Kind: "electricity", Label: c.Offer, Start: c.start, Price: record.Money(c.Tariff.Standing),
		Currency: c.Money, Period: c.Tariff.Period, Notice: c.Notice, Place: c.Address,
		Extra: map[string]any{"usage_point_id": c.Meter, "holder": c.Holder, "subscribed_power": c.Power,
			"peak": c.Tariff.Peak, "off_peak": c.Tariff.OffPeak, "off_peak_hours": c.Tariff.Hours}}}
}

type bill struct {
	Number string `json:"number"`
	Issued string `json:"issued"`
	Due    string `json:"due"`
	Start  string `json:"period_start"`
	End    string `json:"period_end"`
	Amount string `json:"amount"`
	Tax    string `json:"tax"`
	Money  string `json:"currency"`
	Lines  []struct {
		Label  string `json:"label"`
		KWh    int    `json:"quantity_kwh"`
		Price  string `json:"unit_price"`
		Amount string `json:"amount"`
	} `json:"lines"`
	PDF string `json:"pdf"`
}

// bills lists the bills from the last ones known on, oldest first. The supplier
// lists the newest first.
func (p *supplier) bills(known string) ([]bill, error) {
	var all []bill
	for page, pages := 1, 1; page <= pages; page++ {
		var reply struct {
			Bills []bill `json:"bills"`
			Pages int    `json:"pages"`
		}
		if err := p.get("/api/bills?page="+strconv.Itoa(page), &reply); err != nil {
			return nil, err
		}
		if pages = reply.Pages; pages < 1 || pages > maxPages {
			return nil, changed("the list of bills has an odd number of pages")
		}
		all = append(all, reply.Bills...)
		if n := slices.IndexFunc(all, func(b bill) bool { return b.Start <= known }); n >= 0 && len(all) >= n+rereadBills {
			all = all[:n+rereadBills]
			break
		}
	}
	slices.Reverse(all)
	return all, nil
}

// bringBill emits a bill with its PDF.
func (p *supplier) bringBill(b bill, c contract) error {
	r, err := p.billRecord(b, c)
	if err != nil {
		return err
	}
	pdf, err := p.fetch(b.PDF, true)
	if err != nil {
		return err
	}
	r.Files = []record.FileRef{sdk.Attach(pdf.File, b.Start[:len("2026-03")]+".pdf")}
	p.done++
	p.s.Progress(p.done, 0)
	return p.s.Emit(r)
}

func (p *supplier) billRecord(b bill, c contract) (sdk.Record, error) {
	var at [4]record.Time
	for i, text := range []string{b.Issued, b.Due, b.Start, b.End} {
		t, err := p.day(text)
		if err != nil {
			return sdk.Record{}, fmt.Errorf("bill %s: %w", b.Number, err)
		}
		at[i] = record.Date(t.Date())
	}
	if b.Number == "" || b.Amount == "" || !strings.HasPrefix(b.PDF, "/") {
		return sdk.Record{}, changed("a bill has no number, no amount or no PDF")
	}
	data := record.Bill{Vendor: vendor, Number: b.Number, Issued: at[0], Due: at[1], Start: at[2], End: at[3], Amount: record.Money(b.Amount),
		Tax: record.Money(b.Tax), Currency: b.Money, Contract: c.Client, IsRefund: strings.HasPrefix(b.Amount, "-")}
	for _, l := range b.Lines {
		line := record.BillLine{Label: l.Label, Amount: record.Money(l.Amount), Price: record.Decimal(l.Price)}
		if l.KWh > 0 {
			line.Quantity, line.Unit = record.Decimal(strconv.Itoa(l.KWh)), "kWh"
		}
		data.Lines = append(data.Lines, line)
	}
	return sdk.Record{Type: record.TypeBill, ID: b.Number, Time: at[0], Title: vendor + " " + b.Start[:len("2026-03")], Data: data,
		Links: []record.Link{{Rel: "contract", Type: record.TypeContract, ID: c.Client}}}, nil
}

// firstDay is the first day billed that the supplier still lists.
func firstDay(bills []bill, now time.Time) string {
	first := now.Format(time.DateOnly)
	for _, b := range bills {
		first = min(first, b.Start)
	}
	return first
}
