package providers

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

// A grant is what the person allowed a client, until when.
type grant struct {
	asked    authorisation
	codeEnds time.Time
	consent  time.Time // its end
	isUsed   bool      // the code was
	isOver   bool      // revoked
	refresh  string    // the one refresh token that is good
}

// An accessToken opens the API for a while.
type accessToken struct {
	grant *grant
	ends  time.Time
}

// token answers a client's request for tokens (RFC 6749, 4.1.3 and 6; RFC
// 8628, 3.4).
func (e *Energy) token(w http.ResponseWriter, r *http.Request, fault FaultKind) {
	if r.PostFormValue("client_id") != e.config.Client {
		sendOAuthError(w, "invalid_client", "unknown client")
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		e.redeem(w, r)
	case "refresh_token":
		e.renew(w, r, fault)
	case grantDevice:
		e.poll(w, r, fault)
	default:
		sendOAuthError(w, "unsupported_grant_type", "authorization_code, refresh_token or device_code")
	}
}

// sendOAuthError replies as RFC 6749, 5.2 says.
func sendOAuthError(w http.ResponseWriter, code, description string) {
	sendJSON(w, http.StatusBadRequest, map[string]string{"error": code, "error_description": description})
}

// redeem gives tokens for a code, once: a code that comes twice was stolen.
// The caller holds mu.
func (e *Energy) redeem(w http.ResponseWriter, r *http.Request) {
	g := e.codes[r.PostFormValue("code")]
	switch {
	case g == nil:
		sendOAuthError(w, "invalid_grant", "unknown code")
	case g.isUsed:
		g.isOver = true
		sendOAuthError(w, "invalid_grant", "the code was used before: the grant is over")
	case !e.config.Clock().Before(g.codeEnds):
		sendOAuthError(w, "invalid_grant", "the code has expired")
	case r.PostFormValue("redirect_uri") != g.asked.Redirect:
		sendOAuthError(w, "invalid_grant", "another redirect_uri than the code's")
	case !proves(r.PostFormValue("code_verifier"), g.asked.challenge):
		sendOAuthError(w, "invalid_grant", "code_verifier does not fit")
	default:
		g.isUsed = true
		e.give(w, g)
	}
}

// proves reports whether the verifier is what the challenge was made of (RFC
// 7636, 4.6).
func proves(verifier, challenge string) bool {
	if len(verifier) < 43 || len(verifier) > 128 {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}

// renew gives tokens for a refresh token. The caller holds mu.
func (e *Energy) renew(w http.ResponseWriter, r *http.Request, fault FaultKind) {
	token := r.PostFormValue("refresh_token")
	g := e.refresh[token]
	switch {
	case g == nil || g.isOver || fault == SessionExpired:
		sendOAuthError(w, "invalid_grant", "the grant is over")
	case fault == ConsentExpired || !e.config.Clock().Before(g.consent):
		sendOAuthError(w, "invalid_grant", "the consent has expired")
	case g.refresh != token:
		g.isOver = true
		sendOAuthError(w, "invalid_grant", "the refresh token was used before: the grant is over")
	default:
		e.stats.Refreshes++
		e.give(w, g)
	}
}

// give sends new tokens. The caller holds mu.
func (e *Energy) give(w http.ResponseWriter, g *grant) {
	access := rand.Text()
	g.refresh = rand.Text()
	keep(e.access, access, accessToken{g, e.config.Clock().Add(e.config.Access)})
	keep(e.refresh, g.refresh, g)
	sendJSON(w, http.StatusOK, map[string]any{"access_token": access, "token_type": "Bearer",
		"expires_in": int(e.config.Access.Seconds()), "refresh_token": g.refresh, "scope": g.asked.Scope})
}

// grantOf returns the grant of r's access token, nil without a good one.
func (e *Energy) grantOf(r *http.Request) *grant {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	t, ok := e.access[token]
	if !ok || t.grant.isOver || !e.config.Clock().Before(t.ends) {
		return nil
	}
	return t.grant
}

// hasConsent reports whether the person's consent to g lasts.
func (e *Energy) hasConsent(g *grant) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.config.Clock().Before(g.consent)
}

// RenewConsent makes the consent of every grant last from now on.
func (e *Energy) RenewConsent() { e.setConsent(e.config.Clock().Add(e.config.Consent)) }

// EndConsent ends the consent of every grant now.
func (e *Energy) EndConsent() { e.setConsent(e.config.Clock()) }

func (e *Energy) setConsent(end time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, g := range e.refresh {
		g.consent = end
	}
}

// backstage adds to the control page until when consents last.
func (e *Energy) backstage(d *pageData) {
	var last time.Time
	for _, g := range e.refresh {
		if !g.isOver && g.consent.After(last) {
			last = g.consent
		}
	}
	d.Consent = "Aucun accès aux données n’est consenti."
	if e.config.Clock().Before(last) {
		d.Consent = consentSentence(last.In(e.supplier.zone))
	}
}

// switchConsent answers the buttons of the control page.
func (e *Energy) switchConsent(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("what") == "end" {
		e.EndConsent()
	} else {
		e.RenewConsent()
	}
	http.Redirect(w, r, "/_control", http.StatusSeeOther)
}
