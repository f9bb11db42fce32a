package providers

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// The bounds of authorisations.
const (
	askLife   = 10 * time.Minute // of the sign-in page
	codeLife  = time.Minute
	maxGrants = 1000 // of any table; one more empties it
	scopeAll  = "contract bills consumption"
)

// An authorisation is what a client asks the person for.
type authorisation struct {
	ID        string // in the form
	Client    string
	Redirect  string
	State     string
	Scope     string
	challenge string // of PKCE
	ends      time.Time
}

// ask shows the page where the person signs in and consents. What is wrong is
// told to the client by a redirect, unless the redirect itself is.
func (e *Energy) ask(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	a := authorisation{Client: q.Get("client_id"), Redirect: q.Get("redirect_uri"), State: q.Get("state"), Scope: q.Get("scope"), challenge: q.Get("code_challenge")}
	if a.Client != e.config.Client || !e.mayRedirect(a.Redirect) {
		render(w, http.StatusBadRequest, "error.html", pageData{Brand: e.brand, Title: "Application inconnue"})
		return
	}
	if a.Scope == "" {
		a.Scope = scopeAll
	}
	switch {
	case q.Get("response_type") != "code":
		a.reply(w, r, "error", "unsupported_response_type")
		return
	case q.Get("code_challenge_method") != "S256" || len(a.challenge) != 43: // RFC 7636, 4.2
		a.reply(w, r, "error", "invalid_request")
		return
	}
	a.ID, a.ends = rand.Text(), e.config.Clock().Add(askLife)
	e.mu.Lock()
	keep(e.pending, a.ID, a)
	e.mu.Unlock()
	e.page(w, a, "")
}

// page shows the sign-in page, with a notice unless "".
func (e *Energy) page(w http.ResponseWriter, a authorisation, notice string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'")
	render(w, http.StatusOK, "authorize.html", pageData{Brand: e.brand, Title: "Partager vos données", Notice: notice, Ask: &a})
}

// keep puts v into a table that was emptied when full.
func keep[V any](table map[string]V, key string, v V) {
	if len(table) >= maxGrants {
		clear(table)
	}
	table[key] = v
}

// mayRedirect reports whether the client may have the person sent to address:
// one of the configuration, or any on loopback (RFC 8252, 7.3).
func (e *Energy) mayRedirect(address string) bool {
	if slices.Contains(e.config.Redirects, address) {
		return true
	}
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "http" && u.User == nil && u.Fragment == "" && slices.Contains([]string{"127.0.0.1", "::1", "localhost"}, u.Hostname())
}

// reply sends the person back to the client with one more parameter.
func (a authorisation) reply(w http.ResponseWriter, r *http.Request, name, value string) {
	u, err := url.Parse(a.Redirect)
	if err != nil {
		http.Error(w, "redirect_uri", http.StatusBadRequest)
		return
	}
	q := u.Query()
	q.Set(name, value)
	if a.State != "" {
		q.Set("state", a.State)
	}
	u.RawQuery = q.Encode()
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

// decide reads what the person answered.
func (e *Energy) decide(w http.ResponseWriter, r *http.Request, fault FaultKind) {
	e.mu.Lock()
	a, ok := e.pending[r.FormValue("request")]
	e.mu.Unlock()
	switch {
	case !ok || !e.config.Clock().Before(a.ends):
		render(w, http.StatusBadRequest, "error.html", pageData{Brand: e.brand, Title: "Demande expirée"})
	case fault == WrongCode || r.FormValue("decision") == "deny":
		e.counted(func(s *Stats) { s.Denied++ })
		e.close(a)
		a.reply(w, r, "error", "access_denied")
	case fault == WrongPassword || r.FormValue("username") != e.config.User || r.FormValue("password") != e.config.Password:
		e.counted(func(s *Stats) { s.Refused++ })
		e.page(w, a, meaning("bad_credentials"))
	default:
		a.reply(w, r, "code", e.allow(a))
	}
}

// close forgets what was asked.
func (e *Energy) close(a authorisation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.pending, a.ID)
}

// allow gives a code for what was asked.
func (e *Energy) allow(a authorisation) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	now, code := e.config.Clock(), rand.Text()
	delete(e.pending, a.ID)
	e.stats.Logins++
	keep(e.codes, code, &grant{asked: a, codeEnds: now.Add(codeLife), consent: now.Add(e.config.Consent)})
	return code
}
