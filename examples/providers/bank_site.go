package providers

import (
	"fmt"
	"net/http"
	"time"
)

// Code returns the one-time code last sent, "" before the first.
func (b *Bank) Code() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.messages) == 0 {
		return ""
	}
	return b.messages[0].Code
}

// RenewConsent makes the consent last from now on, as the person does at
// /consentement.
func (b *Bank) RenewConsent() { b.setConsent(b.config.Clock().Add(b.config.Consent)) }

// EndConsent ends the consent now.
func (b *Bank) EndConsent() { b.setConsent(b.config.Clock()) }

func (b *Bank) setConsent(end time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.consent = end
}

// hasConsent reports whether the consent lasts.
func (b *Bank) hasConsent() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.config.Clock().Before(b.consent)
}

// SignOutAll ends every session, so that the next run needs a code.
func (b *Bank) SignOutAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.sessions)
}

// switchSessions answers the button that ends every session.
func (b *Bank) switchSessions(w http.ResponseWriter, r *http.Request) {
	b.SignOutAll()
	http.Redirect(w, r, "/_control", http.StatusSeeOther)
}

// backstage adds to the control page what only a bank has.
func (b *Bank) backstage(d *pageData) {
	d.Messages, d.Consent, d.Sessions = b.messages, consentSentence(b.consent.In(b.life.zone)), len(b.sessions)
}

func consentSentence(end time.Time) string {
	return fmt.Sprintf("L’accès aux données est consenti jusqu’au %s à %s.", frenchDate(end), end.Format("15:04"))
}

// showCode answers /_control/code with the last code as plain text.
func (b *Bank) showCode(w http.ResponseWriter, _ *http.Request) {
	code := b.Code()
	if code == "" {
		http.Error(w, "no code was sent", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, code)
}

// switchConsent answers the buttons of the control page.
func (b *Bank) switchConsent(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("what") == "end" {
		b.EndConsent()
	} else {
		b.RenewConsent()
	}
	http.Redirect(w, r, "/_control", http.StatusSeeOther)
}

// front is the page for people, with a notice unless "".
func (b *Bank) front(w http.ResponseWriter, notice string) {
	b.mu.Lock()
	d := pageData{Brand: b.brand, Title: "Accès à vos comptes", Consent: consentSentence(b.consent.In(b.life.zone)), Notice: notice}
	b.mu.Unlock()
	render(w, http.StatusOK, "bank.html", d)
}

// renew is the person renewing their consent.
func (b *Bank) renew(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if r.FormValue("identifier") != b.config.User || r.FormValue("password") != b.config.Password {
		b.counted(func(s *Stats) { s.Refused++ })
		b.front(w, meaning("bad_credentials"))
		return
	}
	b.RenewConsent()
	b.front(w, "")
}
