package providers

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"
)

// pageSize is how many bills a page lists.
const pageSize = 10

// sessionLife is how long an idle session stays open.
const sessionLife = 20 * time.Minute

// maxSessions is how many sessions may be open; one more closes them all.
const maxSessions = 1000

// TelcoConfig describes an operator. The zero value has defaults for all.
type TelcoConfig struct {
	Seed     uint64
	Clock    func() time.Time // time.Now unless given
	Months   int              // of bills; 24 unless given
	User     string           // "elodie.legoff@exemple.example" unless given
	Password string           // "marée-haute" unless given
	Letters  bool             // the sign-in form shows a picture of letters to be typed
	Scan     int              // bytes, about, of a picture in each PDF; none unless given
	Delay    time.Duration    // of fault [Slow]; 5 s unless given
	Pause    time.Duration    // that fault [RateLimit] asks for; 120 s unless given
}

// Telco is Ondine Télécom, a made-up mobile operator: an [http.Handler] with a
// sign-in form, with a picture of letters if it likes, a list of bills, each a PDF, itemised usage as CSV and a
// contract. A bill depends on the seed and its month alone: a later clock adds
// bills and changes none. Safe for concurrent use.
type Telco struct {
	switchboard
	config   TelcoConfig
	account  account
	first    Month
	sessions map[string]*session
	letters  string // of the picture shown last
}

type session struct {
	csrf     string
	letters  string // that the picture shows; "" before there is one
	signedIn bool
	seen     time.Time
}

// NewTelco returns an operator whose oldest bill is that of config.Months
// months before the clock's present month.
func NewTelco(config TelcoConfig) *Telco {
	if config.Clock == nil {
		config.Clock = time.Now
	}
	if config.Months == 0 {
		config.Months = 24
	}
	family := Family()
	if config.User == "" {
		config.User = family.People[0].Email
	}
	if config.Password == "" {
		config.Password = "marée-haute"
	}
	if config.Delay == 0 {
		config.Delay = 5 * time.Second
	}
	if config.Pause == 0 {
		config.Pause = 120 * time.Second
	}
	a := account{seed: config.Seed, family: family, zone: paris()}
	t := &Telco{config: config, account: a, sessions: map[string]*session{}}
	t.switchboard = switchboard{
		brand: telcoBrand(), kinds: FaultKinds(), touches: touchesTelco, count: countTelco,
		delay: config.Delay, pause: config.Pause,
	}
	t.say = t.explainPage
	t.first = a.firstMonth(config.Clock(), config.Months)
	return t
}

// last returns the month of the newest bill.
func (t *Telco) last() Month { return t.account.lastBilled(t.config.Clock()) }

// touchesTelco reports whether a fault of a kind could touch r.
func touchesTelco(k FaultKind, r *http.Request) bool {
	switch k {
	case WrongPassword:
		return r.Method == http.MethodPost && r.URL.Path == "/login"
	case SessionExpired, Terms:
		return r.URL.Path != "/login"
	case Partial:
		return r.URL.Path == "/factures"
	case Layout:
		return r.URL.Path == "/factures" || r.URL.Path == "/contrat"
	}
	return true
}

func countTelco(s *Stats, r *http.Request) {
	switch {
	case r.URL.Path == "/factures":
		s.Pages++
	case strings.HasSuffix(r.URL.Path, ".pdf"):
		s.PDFs++
	case strings.HasSuffix(r.URL.Path, ".csv"):
		s.CSVs++
	}
}

// User and Password sign in.
func (t *Telco) User() string     { return t.config.User }
func (t *Telco) Password() string { return t.config.Password }

// Client returns the client number, which is the contract's.
func (t *Telco) Client() string { return t.account.client() }

// Bills returns the bills listed now, newest first.
func (t *Telco) Bills() []Bill {
	var all []Bill
	for m, last := t.first, t.last(); !last.Before(m); m = m.Add(1) {
		all = append(all, t.account.bill(m))
	}
	slices.Reverse(all)
	return all
}

// Calls returns the usage of m.
func (t *Telco) Calls(m Month) []Call { return t.account.calls(m) }

// ServeHTTP implements [http.Handler].
func (t *Telco) ServeHTTP(w http.ResponseWriter, r *http.Request) { t.serve(w, r, t.answer) }

// answer answers a request of the site, with the fault that strikes it.
func (t *Telco) answer(w http.ResponseWriter, r *http.Request, fault FaultKind) {
	s := t.session(w, r)
	if fault == SessionExpired {
		t.sign(s, false)
	}
	switch {
	case r.URL.Path == "/login":
		t.login(w, r, s, fault)
	case r.URL.Path == "/lettres.png" && t.config.Letters:
		t.showLetters(w, s)
	case r.URL.Path == "/deconnexion":
		t.sign(s, false)
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	case !t.isSignedIn(s):
		http.Redirect(w, r, "/login", http.StatusFound)
	case fault == Terms:
		render(w, http.StatusOK, "terms.html", t.data("Nouvelles conditions"))
	default:
		t.private(w, r, fault)
	}
}

// session returns the session of r's cookie, or opens one.
func (t *Telco) session(w http.ResponseWriter, r *http.Request) *session {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.config.Clock()
	if c, err := r.Cookie("ondine"); err == nil {
		if s := t.sessions[c.Value]; s != nil && now.Sub(s.seen) < sessionLife {
			s.seen = now
			return s
		}
	}
	return t.open(w, &session{csrf: rand.Text(), seen: now})
}

// open gives s a new cookie. The caller holds mu.
func (t *Telco) open(w http.ResponseWriter, s *session) *session {
	if len(t.sessions) >= maxSessions {
		clear(t.sessions)
	}
	id := rand.Text()
	t.sessions[id] = s
	http.SetCookie(w, &http.Cookie{Name: "ondine", Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return s
}

func (t *Telco) isSignedIn(s *session) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return s.signedIn
}

func (t *Telco) sign(s *session, in bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.signedIn = in
}

// login shows the form, or checks what it sent. A wrong password is answered
// with 200 and a sentence, as most sites do.
func (t *Telco) login(w http.ResponseWriter, r *http.Request, s *session, fault FaultKind) {
	d := pageData{Brand: t.brand, Title: "Connexion", CSRF: s.csrf, Letters: t.config.Letters}
	switch {
	case r.Method != http.MethodPost && t.isSignedIn(s):
		http.Redirect(w, r, "/espace-client", http.StatusSeeOther)
	case r.Method != http.MethodPost:
		render(w, http.StatusOK, "login.html", d)
	case r.FormValue("csrf") != s.csrf:
		render(w, http.StatusForbidden, "error.html", pageData{Brand: t.brand, Title: "Formulaire expiré"})
	case t.config.Letters && !t.hasRead(s, r.FormValue("letters")):
		d.User, d.Notice = r.FormValue("username"), "Les lettres ne sont pas celles de l’image."
		render(w, http.StatusOK, "login.html", d)
	case fault == WrongPassword || r.FormValue("username") != t.config.User || r.FormValue("password") != t.config.Password:
		t.counted(func(s *Stats) { s.Refused++ })
		d.User, d.Wrong = r.FormValue("username"), true
		render(w, http.StatusOK, "login.html", d)
	default:
		t.mu.Lock()
		t.stats.Logins++
		t.open(w, &session{csrf: rand.Text(), signedIn: true, seen: t.config.Clock()})
		t.mu.Unlock()
		http.Redirect(w, r, "/espace-client", http.StatusSeeOther)
	}
}
