package providers

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A switchboard stands behind each provider: what it counted and how it
// misbehaves, for tests to read and set, and for people at /_control.
type switchboard struct {
	brand   brand
	kinds   []FaultKind                                           // that this provider knows
	touches func(FaultKind, *http.Request) bool                   // whether a fault of the kind could touch the request
	count   func(*Stats, *http.Request)                           // counts the request
	say     func(http.ResponseWriter, *http.Request, int, string) // replies with a status and the name of what is wrong
	delay   time.Duration
	pause   time.Duration
	more    func(*pageData)             // what /_control shows beside; the caller holds mu
	actions map[string]http.HandlerFunc // of /_control, by path

	mu    sync.Mutex // guards the fault, the counts and the provider's own state
	fault Fault
	stats Stats
}

// What a provider says when a fault is the whole answer.
const (
	sayError       = "error"
	sayMaintenance = "maintenance"
	saySlowDown    = "slow-down"
)

// explainPage says it with a page.
func (s *switchboard) explainPage(w http.ResponseWriter, _ *http.Request, status int, what string) {
	title := map[string]string{sayError: "Erreur", sayMaintenance: "Maintenance", saySlowDown: "Trop de demandes"}[what]
	render(w, status, what+".html", pageData{Brand: s.brand, Title: title})
}

// explainJSON says it with an object.
func explainJSON(w http.ResponseWriter, _ *http.Request, status int, what string) {
	sendError(w, status, map[string]string{sayError: "internal_error", sayMaintenance: "maintenance", saySlowDown: "too_many_requests"}[what])
}

// Stats is what a provider counted since it began; requests to /_control and
// to its style sheet apart.
type Stats struct {
	Requests  int `json:"requests"`
	Logins    int `json:"logins"`    // sessions opened; of Energy, authorisations given
	Refused   int `json:"refused"`   // sign-ins refused for their password
	Pictures  int `json:"pictures"`  // of letters shown
	Misread   int `json:"misread"`   // sign-ins refused for their letters
	Codes     int `json:"codes"`     // one-time codes sent
	Denied    int `json:"denied"`    // one-time codes refused; of Energy, authorisations declined
	Devices   int `json:"devices"`   // device codes given
	Polls     int `json:"polls"`     // of devices that wait
	Refreshes int `json:"refreshes"` // access tokens renewed
	Pages     int `json:"pages"`     // of the list of bills, or of bank lines
	Curves    int `json:"curves"`    // pieces of the load curve, and of the daily totals
	PDFs      int `json:"pdfs"`
	CSVs      int `json:"csvs"`
}

// SetFault makes the provider misbehave, in place of any earlier fault.
func (s *switchboard) SetFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Stats returns what was counted so far.
func (s *switchboard) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// counted changes the counts.
func (s *switchboard) counted(change func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.stats)
}

// serve answers r with handle, unless it is for the control page or the fault
// that strikes it is the whole answer. handle minds the other faults.
func (s *switchboard) serve(w http.ResponseWriter, r *http.Request, handle func(http.ResponseWriter, *http.Request, FaultKind)) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/_control"):
		s.control(w, r)
		return
	case r.URL.Path == "/site.css":
		http.ServeFileFS(w, r, pages, "pages/site.css")
		return
	}
	fault := s.next(r)
	if s.misbehave(w, r, fault) {
		return
	}
	if fault == Truncated {
		half := &halfWriter{ResponseWriter: w}
		defer half.finish()
		w = half
	}
	handle(w, r, fault)
}

// next counts r and returns the fault that strikes it.
func (s *switchboard) next(r *http.Request) FaultKind {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Requests++
	s.count(&s.stats, r)
	kind := s.fault.Kind
	if !s.fault.strikes(r, s.touches) {
		return ""
	}
	return kind
}

// misbehave does what is the same for every provider, in place of the reply or
// before it. It reports whether that was all.
func (s *switchboard) misbehave(w http.ResponseWriter, r *http.Request, kind FaultKind) bool {
	switch kind {
	case Error500:
		s.say(w, r, http.StatusInternalServerError, sayError)
	case Maintenance:
		s.say(w, r, http.StatusServiceUnavailable, sayMaintenance)
	case RateLimit:
		w.Header().Set("Retry-After", strconv.Itoa(int(s.pause.Seconds())))
		s.say(w, r, http.StatusTooManyRequests, saySlowDown)
	case Cut:
		panic(http.ErrAbortHandler)
	case Slow:
		select {
		case <-time.After(s.delay):
		case <-r.Context().Done():
		}
		return r.Context().Err() != nil
	default:
		return false
	}
	return true
}

// control is the switchboard at /_control: what this provider counted, and
// buttons for its faults.
func (s *switchboard) control(w http.ResponseWriter, r *http.Request) {
	if action := s.actions[r.Method+" "+r.URL.Path]; action != nil {
		action(w, r)
		return
	}
	switch {
	case r.URL.Path == "/_control/stats":
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(s.Stats())
	case r.URL.Path == "/_control/fault" && r.Method == http.MethodPost:
		s.controlFault(w, r)
	default:
		s.mu.Lock()
		d := pageData{Brand: s.brand, Title: "Coulisses", Faults: s.kinds, Fault: s.fault.Kind, Stats: s.stats}
		if s.more != nil {
			s.more(&d)
		}
		s.mu.Unlock()
		render(w, http.StatusOK, "control.html", d)
	}
}

func (s *switchboard) controlFault(w http.ResponseWriter, r *http.Request) {
	kind := FaultKind(r.FormValue("kind"))
	if kind != "" && !slices.Contains(s.kinds, kind) {
		http.Error(w, "no such fault", http.StatusBadRequest)
		return
	}
	after, _ := strconv.Atoi(r.FormValue("after")) // absent is 0
	times, _ := strconv.Atoi(r.FormValue("times")) // absent is 0
	s.SetFault(Fault{Kind: kind, After: max(after, 0), Times: max(times, 0)})
	http.Redirect(w, r, "/_control", http.StatusSeeOther)
}
