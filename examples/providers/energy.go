package providers

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// EnergyConfig describes an energy supplier. The zero value has defaults for
// all.
type EnergyConfig struct {
	Seed      uint64           // the same as the bank's, for its bills to be debited
	Clock     func() time.Time // time.Now unless given
	Months    int              // of bills; 24 unless given
	User      string           // "karim.benali@exemple.example" unless given
	Password  string           // "lande-bruyere" unless given
	Client    string           // OAuth client id; "domicile" unless given
	Redirects []string         // redirect URIs beside those on loopback, which all are allowed
	Access    time.Duration    // that an access token lasts; 10 minutes unless given
	Consent   time.Duration    // that a consent lasts; 90 days unless given
	Device    time.Duration    // that the codes of the device flow last; 15 minutes unless given
	Interval  time.Duration    // that a device leaves between two requests, in whole seconds; 5 s unless given
	Delay     time.Duration    // of fault [Slow]; 5 s unless given
	Pause     time.Duration    // that fault [RateLimit] asks for; 120 s unless given
}

// Energy is Énergie d'Armor, a made-up electricity supplier: an [http.Handler]
// with OAuth 2 (RFC 6749, code flow of a public client, PKCE with S256
// required, and the device flow of RFC 8628) at /authorize, /device_authorization,
// /device and /token, and under /api the contract, the bills,
// each a PDF, and the half-hour load curve in the form of Enedis Data Connect.
// Access tokens are short-lived; refresh tokens are good once, and one used
// again ends the whole grant (RFC 9700, 4.14.2).
//
// A bill depends on the seed and its month alone, and a day's curve on the
// seed and the day. Safe for concurrent use.
type Energy struct {
	switchboard
	config   EnergyConfig
	supplier supplier
	first    Month

	pending map[string]authorisation // asked for, by the id in the form
	devices map[string]*deviceAsk    // by device code
	codes   map[string]*grant
	access  map[string]accessToken
	refresh map[string]*grant // refresh tokens, spent ones too
}

// NewEnergy returns a supplier whose oldest bill is that of config.Months
// months before the clock's present month, as the telco's is.
func NewEnergy(config EnergyConfig) *Energy {
	config = config.filled()
	l := newLife(config.Seed)
	e := &Energy{config: config, supplier: l.energy, pending: map[string]authorisation{}, devices: map[string]*deviceAsk{}, codes: map[string]*grant{},
		access: map[string]accessToken{}, refresh: map[string]*grant{}}
	e.switchboard = switchboard{
		brand: energyBrand(), kinds: DeviceFaultKinds(), touches: touchesEnergy, count: countEnergy,
		delay: config.Delay, pause: config.Pause, more: e.backstage,
		actions: map[string]http.HandlerFunc{"POST /_control/consent": e.switchConsent},
	}
	e.say = e.explain
	e.first = l.telco.firstMonth(config.Clock(), config.Months)
	return e
}

func (c EnergyConfig) filled() EnergyConfig {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Months == 0 {
		c.Months = 24
	}
	if c.User == "" {
		c.User = Family().People[1].Email
	}
	if c.Password == "" {
		c.Password = "lande-bruyere"
	}
	if c.Client == "" {
		c.Client = "domicile"
	}
	c.Access = either(c.Access, 10*time.Minute)
	c.Consent = either(c.Consent, 90*24*time.Hour)
	c.Device = either(c.Device, 15*time.Minute)
	c.Interval = either(c.Interval, 5*time.Second)
	c.Delay = either(c.Delay, 5*time.Second)
	c.Pause = either(c.Pause, 120*time.Second)
	return c
}

// User and Password sign in at /authorize; Client is the OAuth client id.
func (e *Energy) User() string     { return e.config.User }
func (e *Energy) Password() string { return e.config.Password }
func (e *Energy) Client() string   { return e.config.Client }

// Contract returns the client number and the usage point, the meter's place.
func (e *Energy) Contract() (client, usagePoint string) {
	return e.supplier.client(), e.supplier.usagePoint()
}

// Bills returns the bills listed now, newest first.
func (e *Energy) Bills() []Bill {
	now := e.config.Clock()
	var all []Bill
	for m := e.first; ; m = m.Add(1) {
		if !m.Add(1).Day(1, e.supplier.zone).Before(now) {
			break
		}
		b := e.supplier.bill(m)
		if b.Issued.After(now) {
			break
		}
		all = append(all, b)
	}
	slices.Reverse(all)
	return all
}

// Day returns the load curve of the day that holds t, on the clock of Paris,
// whether or not the supplier has it yet.
func (e *Energy) Day(t time.Time) []Step { return e.supplier.day(t) }

// Tariff returns what is charged in m.
func (e *Energy) Tariff(m Month) Tariff { return tariffOf(m) }

// Available returns the first day of the curve that is served now and the day
// after the last: today is not served before tomorrow.
func (e *Energy) Available() (first, end time.Time) {
	y, m, d := e.config.Clock().In(e.supplier.zone).Date()
	return e.first.Day(1, e.supplier.zone), time.Date(y, m, d, 0, 0, 0, 0, e.supplier.zone)
}

// touchesEnergy reports whether a fault of a kind could touch r.
func touchesEnergy(k FaultKind, r *http.Request) bool {
	path := r.URL.Path
	isData := strings.HasPrefix(path, "/api/")
	switch k {
	case WrongPassword, WrongCode:
		return (path == "/authorize" || path == "/device") && r.Method == http.MethodPost
	case Pending, SlowDown, CodeExpired:
		return path == "/token"
	case SessionExpired, ConsentExpired:
		return isData || path == "/token"
	case Terms:
		return isData
	case Layout, Partial:
		return isData && !strings.HasSuffix(path, ".pdf")
	}
	return true
}

func countEnergy(s *Stats, r *http.Request) {
	switch path := r.URL.Path; {
	case path == "/api/bills":
		s.Pages++
	case strings.HasSuffix(path, ".pdf"):
		s.PDFs++
	case path == pathCurve || path == pathDaily:
		s.Curves++
	}
}

// ServeHTTP implements [http.Handler].
func (e *Energy) ServeHTTP(w http.ResponseWriter, r *http.Request) { e.serve(w, r, e.answer) }

func (e *Energy) answer(w http.ResponseWriter, r *http.Request, fault FaultKind) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	switch path := r.URL.Path; {
	case path == "/authorize" && r.Method == http.MethodGet:
		e.ask(w, r)
	case path == "/authorize" && r.Method == http.MethodPost:
		e.decide(w, r, fault)
	case path == "/device_authorization" && r.Method == http.MethodPost:
		e.device(w, r)
	case path == "/device" && r.Method == http.MethodGet:
		e.devicePage(w, "")
	case path == "/device" && r.Method == http.MethodPost:
		e.enterCode(w, r, fault)
	case path == "/token" && r.Method == http.MethodPost:
		e.token(w, r, fault)
	case strings.HasPrefix(path, "/api/") && r.Method == http.MethodGet:
		e.data(w, r, fault)
	default:
		e.explain(w, r, http.StatusNotFound, "not_found")
	}
}

// explain says what is wrong: with a page to people, else with an object.
func (e *Energy) explain(w http.ResponseWriter, r *http.Request, status int, what string) {
	switch {
	case what == "not_found":
		sendError(w, status, what)
	case r.URL.Path == "/authorize" || r.URL.Path == "/device":
		e.explainPage(w, r, status, what)
	default:
		explainJSON(w, r, status, what)
	}
}
