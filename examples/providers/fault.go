package providers

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// A FaultKind is a way for a provider to misbehave.
type FaultKind string

const (
	Error500       FaultKind = "error"           // 500 in place of pages
	Maintenance    FaultKind = "maintenance"     // 503 and a page that says so
	Slow           FaultKind = "slow"            // replies after [TelcoConfig].Delay
	RateLimit      FaultKind = "rate_limit"      // 429 with Retry-After: [TelcoConfig].Pause
	SessionExpired FaultKind = "session_expired" // the session is gone
	Layout         FaultKind = "layout"          // the pages were redesigned
	Partial        FaultKind = "partial"         // a bill lacks its amount
	Truncated      FaultKind = "truncated"       // bodies stop halfway
	WrongPassword  FaultKind = "wrong_password"  // sign-in is refused
	Terms          FaultKind = "terms"           // new terms are to be accepted first
	Cut            FaultKind = "cut"             // connections close without a reply
)

// FaultKinds returns every kind of fault.
func FaultKinds() []FaultKind {
	return []FaultKind{Error500, Maintenance, Slow, RateLimit, SessionExpired, Layout, Partial, Truncated, WrongPassword, Terms, Cut}
}

// A Fault is what goes wrong, from which request on and how often. The zero
// Fault is none.
type Fault struct {
	Kind  FaultKind
	After int // requests that it would touch and lets pass first
	Times int // requests touched; 0 means all from then on
}

// strikes reports whether the fault touches this request, and counts it.
func (f *Fault) strikes(r *http.Request) bool {
	if f.Kind == "" || !f.Kind.touches(r) {
		return false
	}
	if f.After > 0 {
		f.After--
		return false
	}
	if f.Times == 0 {
		return true
	}
	if f.Times--; f.Times == 0 {
		*f = Fault{}
	}
	return true
}

// touches reports whether a fault of this kind could touch r.
func (k FaultKind) touches(r *http.Request) bool {
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

// strike misbehaves in place of the reply, or before it. It reports whether
// that was all.
func (f FaultKind) strike(w http.ResponseWriter, r *http.Request, config TelcoConfig) bool {
	switch f {
	case Error500:
		render(w, http.StatusInternalServerError, "error.html", pageData{Title: "Erreur"})
	case Maintenance:
		render(w, http.StatusServiceUnavailable, "maintenance.html", pageData{Title: "Maintenance"})
	case RateLimit:
		w.Header().Set("Retry-After", strconv.Itoa(int(config.Pause.Seconds())))
		render(w, http.StatusTooManyRequests, "slow-down.html", pageData{Title: "Trop de demandes"})
	case Cut:
		panic(http.ErrAbortHandler)
	case Slow:
		select {
		case <-time.After(config.Delay):
		case <-r.Context().Done():
		}
		return r.Context().Err() != nil
	default:
		return false
	}
	return true
}

// halfWriter announces a whole body and sends half of it.
type halfWriter struct {
	http.ResponseWriter
	body []byte
}

func (w *halfWriter) Write(p []byte) (int, error) {
	w.body = append(w.body, p...)
	return len(p), nil
}

func (w *halfWriter) finish() {
	if len(w.body) == 0 {
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(w.body)))
	w.ResponseWriter.Write(w.body[:len(w.body)/2])
	panic(http.ErrAbortHandler)
}

// control is the switchboard at /_control: what this provider counted, and
// buttons for its faults.
func (t *Telco) control(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/_control/stats":
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(t.Stats())
	case r.URL.Path == "/_control/fault" && r.Method == http.MethodPost:
		kind := FaultKind(r.FormValue("kind"))
		if kind != "" && !slices.Contains(FaultKinds(), kind) {
			http.Error(w, "no such fault", http.StatusBadRequest)
			return
		}
		after, _ := strconv.Atoi(r.FormValue("after")) // absent is 0
		times, _ := strconv.Atoi(r.FormValue("times")) // absent is 0
		t.SetFault(Fault{Kind: kind, After: max(after, 0), Times: max(times, 0)})
		http.Redirect(w, r, "/_control", http.StatusSeeOther)
	default:
		t.mu.Lock()
		d := pageData{Title: "Coulisses", Faults: FaultKinds(), Fault: t.fault.Kind, Stats: t.stats}
		t.mu.Unlock()
		render(w, http.StatusOK, "control.html", d)
	}
}
