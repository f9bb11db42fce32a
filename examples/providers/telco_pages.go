package providers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func (t *Telco) data(title string) pageData {
	a := t.account
	return pageData{Brand: t.brand, Title: title, Client: a.client(), Since: frenchDate(a.since()), Price: planLarge + planSmall, Home: a.family}
}

// private answers someone who is signed in.
func (t *Telco) private(w http.ResponseWriter, r *http.Request, fault FaultKind) {
	switch path := r.URL.Path; {
	case path == "/" || path == "/espace-client":
		d := t.data("Espace client")
		d.Bills = t.Bills()[:1]
		render(w, http.StatusOK, "account.html", d)
	case path == "/contrat" && fault == Layout:
		render(w, http.StatusOK, "contract-new.html", t.data("Mon contrat"))
	case path == "/contrat":
		render(w, http.StatusOK, "contract.html", t.data("Mon contrat"))
	case path == "/factures":
		t.listBills(w, r, fault)
	case strings.HasPrefix(path, "/factures/"):
		t.sendPDF(w, r, strings.TrimPrefix(path, "/factures/"))
	case strings.HasPrefix(path, "/consommation/"):
		t.sendCSV(w, r, strings.TrimPrefix(path, "/consommation/"))
	default:
		http.NotFound(w, r)
	}
}

func (t *Telco) listBills(w http.ResponseWriter, r *http.Request, fault FaultKind) {
	all := t.Bills()
	d := t.data("Mes factures")
	d.Count, d.Pages, d.Gap = len(all), (len(all)+pageSize-1)/pageSize, fault == Partial
	d.Page, _ = strconv.Atoi(r.FormValue("page")) // absent is the first
	d.Page = min(max(d.Page, 1), d.Pages)
	if d.Page < d.Pages {
		d.Next = d.Page + 1
	}
	d.Bills = slices.Collect(slices.Chunk(all, pageSize))[d.Page-1]
	if fault == Layout {
		render(w, http.StatusOK, "bills-new.html", d)
		return
	}
	render(w, http.StatusOK, "bills.html", d)
}

func (t *Telco) sendPDF(w http.ResponseWriter, r *http.Request, name string) {
	for _, b := range t.Bills() {
		if name != b.Number+".pdf" {
			continue
		}
		data, err := t.account.pdf(b, t.config.Scan)
		if err != nil {
			http.Error(w, "PDF", http.StatusInternalServerError)
			return
		}
		send(w, "application/pdf", "Ondine-"+b.Month.String()+".pdf", data)
		return
	}
	http.NotFound(w, r)
}

func (t *Telco) sendCSV(w http.ResponseWriter, r *http.Request, name string) {
	m, err := ParseMonth(strings.TrimSuffix(name, ".csv"))
	if err != nil || m.Before(t.first) || t.last().Before(m) {
		http.NotFound(w, r)
		return
	}
	send(w, "text/csv; charset=utf-8", "consommation-"+m.String()+".csv", t.account.csv(m))
}

func send(w http.ResponseWriter, mediaType, name string, data []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	w.Write(data)
}
