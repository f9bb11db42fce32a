package providers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Where the curve is served, and how much of it at once.
const (
	pathCurve = "/api/consumption_load_curve"
	pathDaily = "/api/daily_consumption"
	maxCurve  = 7 // days
	maxDaily  = 365
	billsPage = 12
)

// data answers a client with an access token, while the consent lasts.
func (e *Energy) data(w http.ResponseWriter, r *http.Request, fault FaultKind) {
	g := e.grantOf(r)
	switch {
	case g == nil || fault == SessionExpired:
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		sendError(w, http.StatusUnauthorized, "invalid_token")
	case fault == Terms:
		sendError(w, http.StatusForbidden, "terms_to_accept")
	case fault == ConsentExpired || !e.hasConsent(g):
		sendError(w, http.StatusForbidden, "consent_expired")
	default:
		e.private(w, r, fault)
	}
}

func (e *Energy) private(w http.ResponseWriter, r *http.Request, fault FaultKind) {
	name, isPDF := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/api/bills/"), ".pdf")
	switch path := r.URL.Path; {
	case path == "/api/contract":
		e.sendData(w, e.contract(), fault)
	case path == "/api/bills":
		e.sendData(w, e.billList(r, fault), fault)
	case isPDF:
		e.sendBill(w, r, name)
	case path == pathCurve:
		e.sendReading(w, r, maxCurve, fault, e.curve)
	case path == pathDaily:
		e.sendReading(w, r, maxDaily, fault, e.daily)
	default:
		sendError(w, http.StatusNotFound, "not_found")
	}
}

// sendData replies with v, wrapped as nobody expects under fault [Layout].
func (e *Energy) sendData(w http.ResponseWriter, v any, fault FaultKind) {
	if fault == Layout {
		v = map[string]any{"version": 2, "data": map[string]any{"attributes": v}}
	}
	sendJSON(w, http.StatusOK, v)
}

// contract is the contract as JSON, with the tariff of the present month.
func (e *Energy) contract() any {
	s := e.supplier
	t := tariffOf(MonthOf(e.config.Clock().In(s.zone)))
	return map[string]any{
		"client": s.client(), "usage_point_id": s.usagePoint(), "holder": s.family.People[0].Name(),
		"offer": "Grand Vent, heures creuses", "energy": "electricity", "subscribed_power": "9 kVA", "start_date": s.since().Format(time.DateOnly),
		"address": s.family.Street + ", " + s.family.Postcode + " " + s.family.City, "notice": "P15D", "currency": "EUR",
		"tariff": map[string]any{"standing_charge": t.Standing.String(), "period": "P1M", "peak": t.Peak.String(), "off_peak": t.OffPeak.String(), "off_peak_hours": "22:00-06:00"},
	}
}

type billReply struct {
	Number string          `json:"number"`
	Issued string          `json:"issued"`
	Due    string          `json:"due"`
	Start  string          `json:"period_start"`
	End    string          `json:"period_end"` // its last day
	Amount string          `json:"amount,omitempty"`
	Tax    string          `json:"tax"`
	Money  string          `json:"currency"`
	Lines  []billLineReply `json:"lines"`
	PDF    string          `json:"pdf"`
}

type billLineReply struct {
	Label  string `json:"label"`
	KWh    int    `json:"quantity_kwh,omitempty"`
	Price  string `json:"unit_price,omitempty"`
	Amount string `json:"amount"`
}

func (e *Energy) billReply(b Bill) billReply {
	day := func(n int) string { return b.Month.Day(n, e.supplier.zone).Format(time.DateOnly) }
	out := billReply{Number: b.Number, Issued: b.Issued.Format(time.DateOnly), Due: b.Due.Format(time.DateOnly), Start: day(1), End: day(b.Month.Days()),
		Amount: b.Total.String(), Tax: b.Tax.String(), Money: "EUR", PDF: "/api/bills/" + b.Number + ".pdf"}
	for _, l := range b.Lines {
		line := billLineReply{Label: l.Label, Amount: l.Amount.String(), KWh: l.KWh}
		if l.KWh > 0 {
			line.Price = l.Price.String()
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}

// billList is a page of the bills, newest first: ?page= from 1.
func (e *Energy) billList(r *http.Request, fault FaultKind) any {
	all := e.Bills()
	pages := max(1, (len(all)+billsPage-1)/billsPage)
	page, _ := strconv.Atoi(r.FormValue("page")) // absent is the first
	page = min(max(page, 1), pages)
	list := []billReply{}
	for _, b := range all[(page-1)*billsPage : min(page*billsPage, len(all))] {
		list = append(list, e.billReply(b))
	}
	if fault == Partial && len(list) > 0 {
		list[0].Amount = ""
	}
	return map[string]any{"bills": list, "page": page, "pages": pages, "count": len(all)}
}

func (e *Energy) sendBill(w http.ResponseWriter, r *http.Request, number string) {
	all := e.Bills()
	i := slices.IndexFunc(all, func(b Bill) bool { return b.Number == number })
	if i < 0 {
		sendError(w, http.StatusNotFound, "not_found")
		return
	}
	data, err := e.supplier.pdf(all[i])
	if err != nil {
		sendError(w, http.StatusInternalServerError, "internal_error")
		return
	}
	send(w, "application/pdf", "Armor-"+all[i].Month.String()+".pdf", data)
}
