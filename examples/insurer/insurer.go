// Package insurer simulates an insurer that publishes an offer: a real HTTP
// server that hears of a person only when they accept it or take that back. It
// keeps everything that it ever received, connections apart, for people at
// /_control and for tests; and it misbehaves on demand. The insurer does not
// exist.
package insurer

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Address is where apps/offers expects this insurer: on the same machine.
const Address = "127.0.0.1:8431"

// A Fault is a way to misbehave, "" for none.
type Fault string

const (
	Error500 Fault = "error"    // 500 in place of the answer
	Slow     Fault = "slow"     // the answer after Config.Delay
	Silence  Fault = "silence"  // the connection closes without an answer
	Redirect Fault = "redirect" // sends the acceptance elsewhere
)

// Faults returns every fault.
func Faults() []Fault { return []Fault{Error500, Slow, Silence, Redirect} }

// A Config describes an insurer. Its zero value will do.
type Config struct {
	Clock     func() time.Time // nil: time.Now
	Delay     time.Duration    // of Slow; 0: five seconds
	Elsewhere string           // where Redirect leads; "": another path
}

// A Received is one request, whole.
type Received struct {
	At     time.Time   `json:"at"`
	From   string      `json:"from"`
	Method string      `json:"method"`
	Path   string      `json:"path"` // with its query
	Header http.Header `json:"header"`
	Body   string      `json:"body"`
}

// A Policy is what the insurer knows of one acceptance.
type Policy struct {
	Reference string `json:"reference"`
	Receipt   string `json:"receipt"` // the one name under which it knows the person
	Offer     string `json:"offer"`
	Band      string `json:"band"`
	State     string `json:"state"` // accepted or withdrawn
}

const maxBody = 64 << 10

// An Insurer is the server. Make one with [New]; it is safe for concurrent use.
type Insurer struct {
	config Config

	mu       sync.Mutex
	received []Received
	policies []Policy
	fault    Fault
}

// New returns an insurer that never heard of anybody.
func New(c Config) *Insurer {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Delay == 0 {
		c.Delay = 5 * time.Second
	}
	return &Insurer{config: c}
}

// SetFault makes the insurer misbehave from now on.
func (i *Insurer) SetFault(f Fault) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fault = f
}

// Received returns everything that it ever received, /_control apart.
func (i *Insurer) Received() []Received {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.received)
}

// Policies returns what it knows of whom.
func (i *Insurer) Policies() []Policy {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.policies)
}

// ServeHTTP implements http.Handler.
func (i *Insurer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /_control":
		i.control(w)
		return
	case "GET /_control/received":
		send(w, http.StatusOK, i.Received())
		return
	case "POST /_control/fault":
		i.controlFault(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		send(w, http.StatusRequestEntityTooLarge, map[string]string{"error": "too large"})
		return
	}
	i.mu.Lock()
	i.received = append(i.received, Received{i.config.Clock(), r.RemoteAddr, r.Method, r.URL.RequestURI(), r.Header.Clone(), string(body)})
	fault := i.fault
	i.mu.Unlock()
	if i.misbehave(w, r, fault) {
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "POST /home/acceptances":
		i.accept(w, body)
	case "POST /home/withdrawals":
		i.withdraw(w, body)
	default:
		send(w, http.StatusNotFound, map[string]string{"error": "nothing here"})
	}
}

// misbehave reports whether the fault was all of the answer.
func (i *Insurer) misbehave(w http.ResponseWriter, r *http.Request, fault Fault) bool {
	switch fault {
	case Error500:
		send(w, http.StatusInternalServerError, map[string]string{"error": "our systems are down"})
	case Silence:
		panic(http.ErrAbortHandler)
	case Redirect:
		to := i.config.Elsewhere
		if to == "" {
			to = "/partners/acceptances"
		}
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
	case Slow:
		select {
		case <-time.After(i.config.Delay):
		case <-r.Context().Done():
		}
		return r.Context().Err() != nil
	default:
		return false
	}
	return true
}

// accept takes an acceptance. The same receipt again is the same policy.
func (i *Insurer) accept(w http.ResponseWriter, body []byte) {
	var p Policy
	if err := json.Unmarshal(body, &p); err != nil || p.Receipt == "" || p.Band == "" {
		send(w, http.StatusBadRequest, map[string]string{"error": "want offer, band and receipt"})
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, known := range i.policies {
		if known.Receipt == p.Receipt {
			send(w, http.StatusOK, known)
			return
		}
	}
	p.Reference, p.State = fmt.Sprintf("H-%05d", len(i.policies)+1), "accepted"
	i.policies = append(i.policies, p)
	send(w, http.StatusCreated, p)
}

// withdraw ends the policy of a receipt and forgets its band.
func (i *Insurer) withdraw(w http.ResponseWriter, body []byte) {
	form, err := url.ParseQuery(string(body))
	i.mu.Lock()
	defer i.mu.Unlock()
	for n := range i.policies {
		if p := &i.policies[n]; err == nil && p.Receipt == form.Get("receipt") {
			p.State, p.Band = "withdrawn", ""
			send(w, http.StatusOK, *p)
			return
		}
	}
	send(w, http.StatusNotFound, map[string]string{"error": "no such receipt"})
}

func (i *Insurer) controlFault(w http.ResponseWriter, r *http.Request) {
	fault := Fault(r.FormValue("kind"))
	if fault != "" && !slices.Contains(Faults(), fault) {
		http.Error(w, "no such fault", http.StatusBadRequest)
		return
	}
	i.SetFault(fault)
	http.Redirect(w, r, "/_control", http.StatusSeeOther)
}

//go:embed control.html
var controlPage string

func (i *Insurer) control(w http.ResponseWriter) {
	page, err := template.New("control").Parse(controlPage)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	i.mu.Lock()
	data := struct {
		Received []Received
		Policies []Policy
		Faults   []Fault
		Fault    Fault
	}{slices.Clone(i.received), slices.Clone(i.policies), append([]Fault{""}, Faults()...), i.fault}
	i.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, data) // the reader has gone
}

func send(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the reader has gone
}
