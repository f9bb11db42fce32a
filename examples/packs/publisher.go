package packs

import (
	"crypto/ed25519"
	"net/http"
	"strings"
	"sync"

	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/sdk/record"
)

// Suffix ends the path of each pack at a [Publisher].
const Suffix = ".pack"

// Seal signs an example of a version and date with the key of a seed, 0 for the
// examples' own, which everyone knows.
func Seal(name, version, date string, seed byte) ([]byte, error) {
	at, err := record.ParseTime(date)
	if err != nil {
		return nil, err
	}
	content, _ := Content(name)
	h := signed.Header{Format: pack.Format, ID: name, Version: version, Date: at, Publisher: Author, Licence: Licence}
	key := make([]byte, ed25519.SeedSize)
	key[0] = seed
	return signed.Seal(h, content, ed25519.NewKeyFromSeed(key))
}

// A Publisher is a simulated publisher of packs, a real HTTP server that gives
// the same to everyone, tries to mark its visitors, and remembers all that they
// sent. It is safe for concurrent use.
type Publisher struct {
	mu    sync.Mutex
	files map[string][]byte // by path
	fault http.HandlerFunc
	seen  []Visit
}

// A Visit is what a publisher was told by one request.
type Visit struct {
	Method, Target, Host string
	Header               http.Header
	Remote               string
}

// NewPublisher returns a publisher of the examples.
func NewPublisher() (*Publisher, error) {
	p := &Publisher{files: map[string][]byte{}}
	for _, name := range Names() {
		file, err := Seal(name, Version, Date, 0)
		if err != nil {
			return nil, err
		}
		p.Publish(name, file)
	}
	return p, nil
}

// Publish puts a file at the address of a pack, whatever it holds.
func (p *Publisher) Publish(name string, file []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files["/"+name+Suffix] = file
}

// Break has every request answered by handler; nil mends it.
func (p *Publisher) Break(handler http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = handler
}

// Visits returns what was asked for until now.
func (p *Publisher) Visits() []Visit {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Visit{}, p.seen...)
}

// ServeHTTP implements http.Handler.
func (p *Publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen = append(p.seen, Visit{r.Method, r.RequestURI, r.Host, r.Header.Clone(), r.RemoteAddr})
	fault, file := p.fault, p.files[r.URL.Path]
	p.mu.Unlock()
	h := w.Header()
	h.Set("Set-Cookie", "visitor=marked; Path=/; Max-Age=31536000")
	h.Set("ETag", `"marked"`)
	h.Set("Last-Modified", "Sat, 28 Nov 2026 08:00:00 GMT")
	switch {
	case fault != nil:
		fault(w, r)
	case file == nil || !strings.HasSuffix(r.URL.Path, Suffix):
		http.NotFound(w, r)
	default:
		h.Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(file) // who left does not want it
	}
}
