package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/domicile-home/domicile/examples/providers"
)

// partProvider plays the operator, in a process of its own.
const partProvider = "provider"

// bills and scan are what a run brings in: 40 bills over 4 pages, each a PDF of
// about 100 KB.
const (
	bills = 40
	scan  = 100_000
)

type providerPart struct {
	telco  *providers.Telco
	server *http.Server
	where  string
	ended  chan error
}

func newProvider() (part, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	telco := providers.NewTelco(providers.TelcoConfig{Seed: 1, Months: bills, Scan: scan, Pause: time.Second})
	site, err := keepDocuments(telco)
	if err != nil {
		return nil, err
	}
	p := &providerPart{telco: telco, server: &http.Server{Handler: site, ReadHeaderTimeout: time.Minute}, where: "http://" + l.Addr().String(), ended: make(chan error, 1)}
	go func() { p.ended <- p.server.Serve(l) }()
	return p, nil
}

// do answers where the operator is, and who may sign in.
func (p *providerPart) do(context.Context, request) (reply, error) {
	return reply{Text: map[string]string{"url": p.where, "user": p.telco.User(), "password": p.telco.Password()}}, nil
}

func (p *providerPart) close() error {
	err := p.server.Close()
	if served := <-p.ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// keepDocuments makes each PDF and CSV of the operator once, before anybody
// asks, so that making them is no part of what is measured.
func keepDocuments(telco *providers.Telco) (http.Handler, error) {
	cookies, err := signIn(telco)
	if err != nil {
		return nil, err
	}
	type document struct {
		header http.Header
		body   []byte
	}
	kept := map[string]document{}
	for _, b := range telco.Bills() {
		for _, path := range []string{"/factures/" + b.Number + ".pdf", "/consommation/" + b.Month.String() + ".csv"} {
			res := visit(telco, cookies, "GET", path, "")
			if res.Code != http.StatusOK {
				return nil, errors.New("the operator does not serve " + path)
			}
			kept[path] = document{res.Header(), res.Body.Bytes()}
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d, ok := kept[r.URL.Path]
		if !ok {
			telco.ServeHTTP(w, r)
			return
		}
		for _, name := range []string{"Content-Type", "Content-Disposition"} {
			w.Header().Set(name, d.header.Get(name))
		}
		_, _ = w.Write(d.body) // a client that went away is its own problem
	}), nil
}

// signIn returns the cookies of a session.
func signIn(telco *providers.Telco) ([]*http.Cookie, error) {
	page := visit(telco, nil, "GET", "/login", "")
	_, csrf, _ := strings.Cut(page.Body.String(), `name="csrf" value="`)
	csrf, _, _ = strings.Cut(csrf, `"`)
	cookies := page.Result().Cookies()
	form := url.Values{"csrf": {csrf}, "username": {telco.User()}, "password": {telco.Password()}}
	landed := visit(telco, cookies, "POST", "/login", form.Encode())
	if landed.Header().Get("Location") != "/espace-client" {
		return nil, errors.New("the operator refuses to sign in")
	}
	return landed.Result().Cookies(), nil
}

func visit(telco http.Handler, cookies []*http.Cookie, method, path, form string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	telco.ServeHTTP(w, r)
	return w
}
