package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

// site is the operator's site.
type site struct {
	base   string
	client *http.Client
}

func newSite(address string) (*site, error) {
	jar, err := cookiejar.New(nil)
	return &site{address, &http.Client{Jar: jar, Timeout: time.Minute}}, err
}

// get returns the body at path.
func (s *site) get(path string) ([]byte, error) {
	res, err := s.client.Get(s.base + path)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, res.Status)
	}
	return io.ReadAll(res.Body)
}

func (s *site) page(path string) (*goquery.Document, error) {
	body, err := s.get(path)
	if err != nil {
		return nil, err
	}
	return goquery.NewDocumentFromReader(strings.NewReader(string(body)))
}

func (s *site) signIn(user, password string) error {
	form, err := s.page("/login")
	if err != nil {
		return err
	}
	csrf := form.Find("form#connexion input[name=csrf]").AttrOr("value", "")
	res, err := s.client.PostForm(s.base+"/login", url.Values{"csrf": {csrf}, "username": {user}, "password": {password}})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	landed, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		return err
	}
	if landed.Find("form#connexion .alerte, form#conditions").Length() > 0 || res.Request.URL.Path == "/login" {
		return errors.New("refused")
	}
	return nil
}

func (s *site) contract() (line, error) {
	doc, err := s.page("/contrat")
	if err != nil {
		return line{}, err
	}
	field := func(name string) string { return words(doc.Find("section#contrat dd." + name).Text()) }
	since, err := frenchDate(field("depuis"))
	if err != nil {
		return line{}, err
	}
	price, err := amount(field("prix"))
	if err != nil {
		return line{}, err
	}
	numbers := doc.Find("section#contrat ul.lignes li .numero").Map(func(_ int, one *goquery.Selection) string { return words(one.Text()) })
	days, _, _ := strings.Cut(after(field("engagement"), "préavis de "), " jour")
	return line{Type: record.TypeContract, ID: field("client"), Time: since, Title: vendor + ", " + field("offre"),
		Data: record.Contract{Vendor: vendor, Number: field("client"), Kind: "mobile", Label: field("offre"), Start: since, Price: price,
			Currency: "EUR", Period: "P1M", Notice: "P" + days + "D", Place: field("adresse"),
			Extra: map[string]any{"titulaire": field("titulaire"), "lignes": numbers, "engagement": field("engagement")}}}, nil
}

// row is a bill as the list shows it.
type row struct {
	number, period, pdf, csv string
	month                    time.Time
	issued                   record.Time
	amount                   record.Money
}

// bills walks the pages of the list, newest first.
func (s *site) bills() ([]row, error) {
	var all []row
	for path := "/factures"; path != ""; {
		doc, err := s.page(path)
		if err != nil {
			return nil, err
		}
		for _, tr := range doc.Find("section#factures table.factures tbody tr").EachIter() {
			r, err := readRow(tr)
			if err != nil {
				return nil, err
			}
			all = append(all, r)
		}
		path = doc.Find("section#factures a[rel=next]").AttrOr("href", "")
		if count := doc.Find("section#factures .nombre").Text(); path == "" && count != fmt.Sprint(len(all)) {
			return nil, fmt.Errorf("the list says %s and shows %d", count, len(all))
		}
	}
	return all, nil
}

func readRow(tr *goquery.Selection) (r row, err error) {
	period := tr.Find("td.periode")
	r = row{number: tr.AttrOr("data-numero", ""), period: words(period.Text()),
		pdf: tr.Find("a.pdf").AttrOr("href", ""), csv: tr.Find("a.detail").AttrOr("href", "")}
	var errs [3]error
	r.month, errs[0] = time.Parse("2006-01", period.AttrOr("data-mois", ""))
	r.issued, errs[1] = record.ParseTime(tr.Find("td.date time").AttrOr("datetime", ""))
	r.amount, errs[2] = sdk.Amount(tr.Find("td.montant").Text(), ',')
	return r, errors.Join(errs[:]...)
}
