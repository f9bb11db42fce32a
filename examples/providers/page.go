package providers

import (
	"embed"
	"html/template"
	"net/http"
)

//go:embed pages
var pages embed.FS

// pageData is what a page may show.
type pageData struct {
	Brand   brand
	Title   string
	CSRF    string // sign-in form
	Letters bool   // it shows a picture of them
	User    string
	Wrong   bool   // the password was refused
	Notice  string // what went wrong
	Client  string
	Since   string // contract
	Price   Cents
	Home    Household
	Bills   []Bill
	Count   int // of all bills
	Page    int // from 1
	Pages   int
	Next    int  // page, 0 for none
	Gap     bool // fault Partial: the first bill lacks its amount
	Faults  []FaultKind
	Fault   FaultKind
	Stats   Stats

	Messages []textMessage  // control page of the bank
	Sessions int            // open at the bank
	Consent  string         // control pages of the bank and the supplier
	Ask      *authorisation // what the supplier's sign-in page is about
}

// render writes the page called name. A template that fails is our own bug.
func render(w http.ResponseWriter, status int, name string, d pageData) {
	all := template.New("").Funcs(template.FuncMap{"date": frenchDate})
	all = template.Must(all.ParseFS(pages, "pages/frame.html", "pages/"+name))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := all.ExecuteTemplate(w, "frame.html", d); err != nil {
		panic(http.ErrAbortHandler)
	}
}
