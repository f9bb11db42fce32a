package providers

import (
	"net/http"
	"strings"
	"time"
)

// BankConfig describes a bank. The zero value has defaults for all.
type BankConfig struct {
	Seed     uint64           // the same as the telco's and the energy supplier's, for their bills to be debited
	Clock    func() time.Time // time.Now unless given
	Months   int              // of lines, the present one included; 24 unless given
	User     string           // "48219077" unless given
	Password string           // "brise-marine" unless given
	Session  time.Duration    // that a session lasts; 60 days unless given
	Consent  time.Duration    // that the consent lasts; 90 days unless given
	Delay    time.Duration    // of fault [Slow]; 5 s unless given
	Pause    time.Duration    // that fault [RateLimit] asks for; 120 s unless given
}

// Bank is Banque des Embruns, a made-up bank: an [http.Handler] with a JSON API
// under /api. One signs in with identifier and password, then with a one-time
// code that comes by SMS: to [Bank.Code] and /_control. A session is a cookie.
// Accounts have balances and lines, listed by a cursor; payments by card show
// as pending first. The API serves only while the person's consent lasts,
// which they renew at /consentement.
//
// Lines follow from the seed and the clock alone: a later clock adds lines,
// books pending ones, and changes no booked one. Safe for concurrent use.
type Bank struct {
	switchboard
	config BankConfig
	life   life
	ledger *ledger
	first  Month // the first whose bills are kept: lines begin a month later, when those are debited

	challenges map[string]*challenge
	sessions   map[string]time.Time // token to end
	messages   []textMessage        // newest first
	consent    time.Time            // its end
}

// NewBank returns a bank whose oldest lines are those of config.Months ago. The
// consent begins now.
func NewBank(config BankConfig) *Bank {
	config = config.filled()
	l := newLife(config.Seed)
	b := &Bank{config: config, life: l, ledger: newLedger(l), challenges: map[string]*challenge{}, sessions: map[string]time.Time{}}
	b.switchboard = switchboard{
		brand: bankBrand(), kinds: ConsentFaultKinds(), touches: touchesBank, count: countBank, say: explainJSON,
		delay: config.Delay, pause: config.Pause, more: b.backstage,
		actions: map[string]http.HandlerFunc{"GET /_control/code": b.showCode, "POST /_control/consent": b.switchConsent,
			"POST /_control/sessions": b.switchSessions},
	}
	b.first = l.telco.firstMonth(config.Clock(), config.Months)
	b.consent = config.Clock().Add(config.Consent)
	return b
}

func (c BankConfig) filled() BankConfig {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Months == 0 {
		c.Months = 24
	}
	if c.User == "" {
		c.User = "48219077"
	}
	if c.Password == "" {
		c.Password = "brise-marine"
	}
	c.Session = either(c.Session, 60*24*time.Hour)
	c.Consent = either(c.Consent, 90*24*time.Hour)
	c.Delay = either(c.Delay, 5*time.Second)
	c.Pause = either(c.Pause, 120*time.Second)
	return c
}

// either returns d, or otherwise when d is 0.
func either(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// User and Password sign in, with a code.
func (b *Bank) User() string     { return b.config.User }
func (b *Bank) Password() string { return b.config.Password }

// Accounts returns the joint account, then the savings.
func (b *Bank) Accounts() []BankAccount { return b.life.accounts() }

// Lines returns what the bank shows of an account now: pending lines first,
// then booked ones, newest first. It returns none for an unknown id.
func (b *Bank) Lines(account string) []BankLine {
	s, _ := b.statement(account)
	return s.lines
}

// Balances returns what is booked on an account now, and that less what is
// pending.
func (b *Bank) Balances(account string) (booked, available Cents) {
	s, _ := b.statement(account)
	return s.booked, s.available
}

func (b *Bank) statement(account string) (statement, bool) {
	for n, a := range b.Accounts() {
		if a.ID == account {
			return b.ledger.statement(n, b.first.Add(1), b.config.Clock()), true
		}
	}
	return statement{}, false
}

// touchesBank reports whether a fault of a kind could touch r.
func touchesBank(k FaultKind, r *http.Request) bool {
	path := r.URL.Path
	isData := strings.HasPrefix(path, "/api/accounts")
	switch k {
	case WrongPassword:
		return path == "/api/login"
	case WrongCode:
		return path == "/api/login/confirm"
	case SessionExpired, Terms, ConsentExpired, Layout:
		return isData
	case Partial:
		return strings.HasSuffix(path, "/transactions")
	}
	return true
}

func countBank(s *Stats, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/transactions") {
		s.Pages++
	}
}

// ServeHTTP implements [http.Handler].
func (b *Bank) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.serve(w, r, b.answer) }

func (b *Bank) answer(w http.ResponseWriter, r *http.Request, fault FaultKind) {
	switch path := r.URL.Path; {
	case r.Method == http.MethodGet && path == "/":
		b.front(w, "")
	case r.Method == http.MethodPost && path == "/consentement":
		b.renew(w, r)
	case r.Method == http.MethodPost && path == "/api/login":
		b.login(w, r, fault)
	case r.Method == http.MethodPost && path == "/api/login/code":
		b.sendCode(w, r)
	case r.Method == http.MethodPost && path == "/api/login/confirm":
		b.confirm(w, r, fault)
	case r.Method == http.MethodGet && strings.HasPrefix(path, "/api/"):
		b.data(w, r, fault)
	default:
		sendError(w, http.StatusNotFound, "not_found")
	}
}
