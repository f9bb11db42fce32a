package providers

import (
	"net/http"
	"strconv"
)

// A FaultKind is a way for a provider to misbehave.
type FaultKind string

// The faults that every provider knows.
const (
	Error500       FaultKind = "error"           // 500 in place of replies
	Maintenance    FaultKind = "maintenance"     // 503 and a reply that says so
	Slow           FaultKind = "slow"            // replies after the Delay of the provider's configuration
	RateLimit      FaultKind = "rate_limit"      // 429 with Retry-After: the Pause of the provider's configuration
	SessionExpired FaultKind = "session_expired" // the session is gone
	Layout         FaultKind = "layout"          // the pages or replies were redesigned
	Partial        FaultKind = "partial"         // a bill, a bank line or a reading lacks its amount
	Truncated      FaultKind = "truncated"       // bodies stop halfway
	WrongPassword  FaultKind = "wrong_password"  // sign-in is refused
	Terms          FaultKind = "terms"           // new terms are to be accepted first
	Cut            FaultKind = "cut"             // connections close without a reply
)

// The faults of [Bank] and [Energy] alone.
const (
	WrongCode      FaultKind = "wrong_code"      // the one-time code is refused; of Energy, the person declines
	ConsentExpired FaultKind = "consent_expired" // the consent has ended, or a renewal did not help
)

// The faults of the device flow, which [Energy] alone speaks.
const (
	Pending     FaultKind = "pending"      // the person has not decided yet, whatever they did
	SlowDown    FaultKind = "slow_down"    // the device asks too often
	CodeExpired FaultKind = "code_expired" // the codes are over
)

// FaultKinds returns the kinds of fault that every provider knows.
func FaultKinds() []FaultKind {
	return []FaultKind{Error500, Maintenance, Slow, RateLimit, SessionExpired, Layout, Partial, Truncated, WrongPassword, Terms, Cut}
}

// ConsentFaultKinds returns the kinds of fault that [Bank] and [Energy] know.
func ConsentFaultKinds() []FaultKind { return append(FaultKinds(), WrongCode, ConsentExpired) }

// DeviceFaultKinds returns the kinds of fault that [Energy] knows.
func DeviceFaultKinds() []FaultKind {
	return append(ConsentFaultKinds(), Pending, SlowDown, CodeExpired)
}

// A Fault is what goes wrong, from which request on and how often. The zero
// Fault is none.
type Fault struct {
	Kind  FaultKind
	After int // requests that it would touch and lets pass first
	Times int // requests touched; 0 means all from then on
}

// strikes reports whether the fault touches this request, and counts it.
func (f *Fault) strikes(r *http.Request, touches func(FaultKind, *http.Request) bool) bool {
	if f.Kind == "" || !touches(f.Kind, r) {
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
