package providers

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"
)

// The device flow (RFC 8628): a client without a browser of its own shows a
// short code, which the person enters here, on any device.
const (
	grantDevice  = "urn:ietf:params:oauth:grant-type:device_code"
	slowDownBy   = 5 * time.Second // RFC 8628, 3.5
	userAlphabet = "BCDFGHJKLMNPQRSTVWXZ"
)

// A deviceAsk is an authorisation that a device waits for.
type deviceAsk struct {
	asked authorisation
	user  string // code, without the hyphen
	ends  time.Time
	every time.Duration // that the device must leave between two requests
	next  time.Time     // before which it asks too soon
	grant *grant        // once allowed
	isOut bool          // denied, or given
}

// device gives a client a device code and a user code (RFC 8628, 3.1 and 3.2).
func (e *Energy) device(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("client_id") != e.config.Client {
		sendOAuthError(w, "invalid_client", "unknown client")
		return
	}
	now, code := e.config.Clock(), rand.Text()
	d := &deviceAsk{user: userCode(), ends: now.Add(e.config.Device), every: e.config.Interval, next: now.Add(e.config.Interval),
		asked: authorisation{Client: e.config.Client, Scope: r.PostFormValue("scope")}}
	if d.asked.Scope == "" {
		d.asked.Scope = scopeAll
	}
	page := "http://" + r.Host + "/device"
	e.mu.Lock()
	keep(e.devices, code, d)
	e.stats.Devices++
	e.mu.Unlock()
	sendJSON(w, http.StatusOK, map[string]any{"device_code": code, "user_code": spaced(d.user), "verification_uri": page,
		"expires_in": int(e.config.Device.Seconds()), "interval": int(e.config.Interval.Seconds())})
}

// userCode is eight letters that spell no word and look like no other (RFC
// 8628, 6.1).
func userCode() string {
	var code [8]byte
	rand.Read(code[:])
	for i, b := range code {
		code[i] = userAlphabet[int(b)%len(userAlphabet)]
	}
	return string(code[:])
}

func spaced(code string) string { return code[:4] + "-" + code[4:] }

// bare is what the person typed, without what people add.
func bare(code string) string {
	return strings.NewReplacer("-", "", " ", "", "\u00a0", "").Replace(strings.ToUpper(code))
}

// devicePage shows the page on which the person enters the code.
func (e *Energy) devicePage(w http.ResponseWriter, notice string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'")
	render(w, http.StatusOK, "device.html", pageData{Brand: e.brand, Title: "Connecter un appareil", Notice: notice, Client: e.config.Client})
}

// enterCode reads the code that the person entered and what they decided.
func (e *Energy) enterCode(w http.ResponseWriter, r *http.Request, fault FaultKind) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d, now := e.deviceOf(bare(r.FormValue("code"))), e.config.Clock()
	switch {
	case d == nil || d.isOut || d.grant != nil || !now.Before(d.ends):
		e.devicePage(w, "Ce code n’est pas valable ou a expiré.")
	case fault == WrongCode || r.FormValue("decision") == "deny":
		e.stats.Denied++
		d.isOut = true
		render(w, http.StatusOK, "device-done.html", pageData{Brand: e.brand, Title: "Accès refusé"})
	case fault == WrongPassword || r.FormValue("username") != e.config.User || r.FormValue("password") != e.config.Password:
		e.stats.Refused++
		e.devicePage(w, meaning("bad_credentials"))
	default:
		e.stats.Logins++
		d.grant = &grant{asked: d.asked, consent: now.Add(e.config.Consent)}
		render(w, http.StatusOK, "device-done.html", pageData{Brand: e.brand, Title: "Appareil connecté"})
	}
}

// deviceOf returns what a user code stands for, or nil. The caller holds mu.
func (e *Energy) deviceOf(user string) *deviceAsk {
	for _, d := range e.devices {
		if d.user == user {
			return d
		}
	}
	return nil
}

// poll answers a device that asks whether the person has decided (RFC 8628, 3.5). The caller holds
// mu.
func (e *Energy) poll(w http.ResponseWriter, r *http.Request, fault FaultKind) {
	d, now := e.devices[r.PostFormValue("device_code")], e.config.Clock()
	e.stats.Polls++
	switch {
	case d == nil:
		sendOAuthError(w, "invalid_grant", "unknown device_code")
	case fault == CodeExpired || !now.Before(d.ends):
		sendOAuthError(w, "expired_token", "begin again")
	case d.isOut && d.grant == nil:
		sendOAuthError(w, "access_denied", "the person declined")
	case d.isOut:
		d.grant.isOver = true
		sendOAuthError(w, "invalid_grant", "the device_code was used before: the grant is over")
	case fault == SlowDown || now.Before(d.next):
		d.every += slowDownBy
		d.next = now.Add(d.every)
		sendOAuthError(w, "slow_down", "ask less often")
	case fault == Pending || d.grant == nil:
		d.next = now.Add(d.every)
		sendOAuthError(w, "authorization_pending", "the person has not decided")
	default:
		d.isOut = true
		e.give(w, d.grant)
	}
}
