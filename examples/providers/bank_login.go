package providers

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	rng "math/rand/v2"
	"net/http"
	"time"
)

// The bounds of a sign-in.
const (
	challengeLife = 10 * time.Minute
	challengeUses = 3 // codes tried
	maxChallenges = 1000
	maxMessages   = 20 // kept
	bankCookie    = "embruns"
)

// A challenge is a sign-in whose password was right and whose code is awaited.
type challenge struct {
	code  string // "" until it was sent
	tries int
	ends  time.Time
}

// A textMessage is an SMS of the bank.
type textMessage struct {
	At   time.Time
	To   string
	Code string
}

// login checks identifier and password and opens a challenge. No code is sent
// before it is asked for.
func (b *Bank) login(w http.ResponseWriter, r *http.Request, fault FaultKind) {
	var in struct {
		Identifier string `json:"identifier"`
		Password   string `json:"password"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	if fault == WrongPassword || in.Identifier != b.config.User || in.Password != b.config.Password {
		b.counted(func(s *Stats) { s.Refused++ })
		sendError(w, http.StatusUnauthorized, "bad_credentials")
		return
	}
	id := rand.Text()
	b.mu.Lock()
	if len(b.challenges) >= maxChallenges {
		clear(b.challenges)
	}
	b.challenges[id] = &challenge{ends: b.config.Clock().Add(challengeLife)}
	b.mu.Unlock()
	sendJSON(w, http.StatusOK, map[string]any{"challenge": map[string]any{
		"id": id, "method": "sms", "destination": hidden(b.life.family.People[0].Mobile), "expires_in": int(challengeLife.Seconds())}})
}

// hidden shows the first and last digits of a number: "06 •• •• •• 07".
func hidden(mobile string) string {
	return mobile[:2] + " •• •• •• " + mobile[len(mobile)-2:]
}

// sendCode sends the code of a challenge, another each time.
func (b *Bank) sendCode(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Challenge string `json:"challenge"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	b.mu.Lock()
	c := b.open(in.Challenge)
	if c != nil {
		b.stats.Codes++
		c.code = b.code(b.stats.Codes)
		b.messages = append([]textMessage{{b.config.Clock().In(b.life.zone), b.life.family.People[0].Mobile, c.code}}, b.messages...)
		b.messages = b.messages[:min(len(b.messages), maxMessages)]
	}
	b.mu.Unlock()
	if c == nil {
		sendError(w, http.StatusGone, "challenge_expired")
		return
	}
	sendJSON(w, http.StatusAccepted, map[string]any{"sent": true})
}

// code returns the n-th code of this bank.
func (b *Bank) code(n int) string {
	return fmt.Sprintf("%06d", rng.New(rng.NewPCG(b.config.Seed, uint64(n)<<8|'s')).IntN(1_000_000))
}

// open returns the challenge of an id, nil when it is over. The caller holds mu.
func (b *Bank) open(id string) *challenge {
	c := b.challenges[id]
	if c == nil || c.tries >= challengeUses || !b.config.Clock().Before(c.ends) {
		delete(b.challenges, id)
		return nil
	}
	return c
}

// confirm checks the code and opens a session.
func (b *Bank) confirm(w http.ResponseWriter, r *http.Request, fault FaultKind) {
	var in struct {
		Challenge string `json:"challenge"`
		Code      string `json:"code"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	token, refusal := b.try(in.Challenge, in.Code, fault)
	switch refusal {
	case "":
	case "wrong_code":
		sendError(w, http.StatusUnauthorized, refusal)
		return
	default:
		sendError(w, http.StatusGone, refusal)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: bankCookie, Value: token, Path: "/api", HttpOnly: true,
		SameSite: http.SameSiteStrictMode, MaxAge: int(b.config.Session.Seconds())})
	sendJSON(w, http.StatusOK, map[string]any{"expires_in": int(b.config.Session.Seconds())})
}

// try opens a session when the code is right, else it says why not.
func (b *Bank) try(id, code string, fault FaultKind) (token, refusal string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.open(id)
	if c == nil || c.code == "" {
		return "", "challenge_expired"
	}
	if c.tries++; fault == WrongCode || subtle.ConstantTimeCompare([]byte(code), []byte(c.code)) == 0 {
		b.stats.Denied++
		return "", "wrong_code"
	}
	delete(b.challenges, id)
	if len(b.sessions) >= maxSessions {
		clear(b.sessions)
	}
	token = rand.Text()
	b.sessions[token] = b.config.Clock().Add(b.config.Session)
	b.stats.Logins++
	return token, ""
}

// isSignedIn reports whether r carries the cookie of an open session.
func (b *Bank) isSignedIn(r *http.Request) bool {
	c, err := r.Cookie(bankCookie)
	if err != nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	ends, ok := b.sessions[c.Value]
	return ok && b.config.Clock().Before(ends)
}

// signOut ends the session of r.
func (b *Bank) signOut(r *http.Request) {
	if c, err := r.Cookie(bankCookie); err == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.sessions, c.Value)
	}
}
