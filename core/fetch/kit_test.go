package fetch_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// internet is what a test has of it: servers on loopback under made-up names.
type internet struct {
	t     testing.TB
	cert  tls.Certificate
	roots *x509.CertPool

	mu    sync.Mutex
	names map[string][]string // a name's answers; with several, one after the other, then the last for ever
	asked map[string]int
	hops  []fetch.Hop
}

func newInternet(t testing.TB) *internet {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		DNSNames:    []string{"bank.test", "*.bank.test", "shop.test", "rebind.test"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	n := &internet{t: t, roots: x509.NewCertPool(), cert: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		names: map[string][]string{}, asked: map[string]int{}}
	n.roots.AddCert(parsed)
	return n
}

// secure starts an https server and returns its address.
func (n *internet) secure(h http.HandlerFunc) netip.AddrPort {
	n.t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{n.cert}}
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // a client may leave in a handshake
	s.StartTLS()
	n.t.Cleanup(s.Close)
	return netip.MustParseAddrPort(s.Listener.Addr().String())
}

// plain starts an http server and returns its address.
func (n *internet) plain(h http.HandlerFunc) netip.AddrPort {
	n.t.Helper()
	s := httptest.NewServer(h)
	n.t.Cleanup(s.Close)
	return netip.MustParseAddrPort(s.Listener.Addr().String())
}

// name makes a host resolve to addresses, one a look-up.
func (n *internet) name(host string, addresses ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.names[host] = addresses
}

// client returns a Client whose hops are noted.
func (n *internet) client(p fetch.Policy, o fetch.Options) *fetch.Client {
	n.t.Helper()
	o.Resolver, o.Roots = n.resolver(), n.roots
	o.Audit = func(h fetch.Hop) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.hops = append(n.hops, h)
	}
	c, err := fetch.New(p, o)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(c.Close)
	return c
}

func (n *internet) audited() []fetch.Hop {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]fetch.Hop(nil), n.hops...)
}

// resolver is a real one whose name server is [internet.answer].
func (n *internet) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go n.serveNames(server)
		return client, nil
	}}
}

// serveNames answers DNS over a stream: length, message.
func (n *internet) serveNames(conn net.Conn) {
	defer conn.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		reply, err := n.answer(query)
		if err != nil {
			return
		}
		binary.BigEndian.PutUint16(size[:], uint16(len(reply)))
		if _, err := conn.Write(append(size[:], reply...)); err != nil {
			return
		}
	}
}

func (n *internet) answer(query []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		return nil, err
	}
	q := m.Questions[0]
	m.Response, m.Additionals = true, nil
	host := strings.TrimSuffix(q.Name.String(), ".")
	n.mu.Lock()
	addresses := n.names[host]
	i := min(n.asked[host], len(addresses)-1)
	if q.Type == dnsmessage.TypeA { // each look-up asks for A and AAAA
		n.asked[host]++
	}
	n.mu.Unlock()
	if len(addresses) == 0 {
		m.RCode = dnsmessage.RCodeNameError
		return m.Pack()
	}
	addr := netip.MustParseAddr(addresses[i])
	head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
	switch {
	case addr.Is4() && q.Type == dnsmessage.TypeA:
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: addr.As4()}})
	case addr.Is6() && q.Type == dnsmessage.TypeAAAA:
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}})
	}
	return m.Pack()
}

// at names a host on the port of to: "bank.test:8443".
func at(host string, to netip.AddrPort) string {
	return host + to.String()[strings.LastIndexByte(to.String(), ':'):]
}

// bank is a bank at bank.test and what a source of it may do.
func (n *internet) bank(h http.HandlerFunc) (host string, policy fetch.Policy) {
	n.t.Helper()
	to := n.secure(h)
	n.name("bank.test", "127.0.0.1")
	host = at("bank.test", to)
	return host, fetch.Policy{Hosts: []string{host}, Allowed: []netip.AddrPort{to}}
}

func get(url string) protocol.HTTPRequest { return protocol.HTTPRequest{URL: url} }

func form(url string, pairs ...string) (protocol.HTTPRequest, []byte) {
	v := make([]string, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		v = append(v, quote(pairs[i])+"="+quote(pairs[i+1]))
	}
	return protocol.HTTPRequest{Method: "POST", URL: url,
		Headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}, []byte(strings.Join(v, "&"))
}

func quote(s string) string { return url.QueryEscape(s) }

// read makes a request and reads its reply whole.
func read(t *testing.T, c *fetch.Client, r protocol.HTTPRequest, body []byte) (*fetch.Response, string, error) {
	t.Helper()
	resp, err := c.Do(t.Context(), r, body)
	if err != nil {
		return nil, "", err
	}
	text, err := io.ReadAll(resp.Body)
	if e := resp.Body.Close(); e != nil {
		t.Errorf("close body: %v", e)
	}
	return resp, string(text), err
}

// mustRead is read for a request that succeeds.
func mustRead(t *testing.T, c *fetch.Client, r protocol.HTTPRequest, body []byte) (*fetch.Response, string) {
	t.Helper()
	resp, text, err := read(t, c, r, body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, text
}

// wantCode fails unless err has the code.
func wantCode(t *testing.T, err error, want core.Code) {
	t.Helper()
	if got := core.CodeOf(err); got != want {
		t.Fatalf("got %v, want code %q", err, want)
	}
}
