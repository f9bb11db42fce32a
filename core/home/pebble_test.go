package home_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/domicile-home/domicile/core/home"
)

// pebbleModule is Let's Encrypt's authority for tests. It is built apart, so that
// nothing of it is a dependency of the home.
const pebbleModule = "github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.3"

// A pebble is a real authority on loopback, which finds every name there.
type pebble struct {
	home.Authority
	client http.Client // trusts what pebble issues, and finds the home
	stop   func()
}

// newPebble starts an authority that visits names at a port of loopback.
func newPebble(t *testing.T, name string, port string) *pebble {
	t.Helper()
	dir := t.TempDir()
	install := exec.CommandContext(t.Context(), "go", "install", pebbleModule)
	install.Dir, install.Env = dir, append(os.Environ(), "GOBIN="+dir, "GOFLAGS=", "CGO_ENABLED=0")
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("pebble is needed, and cannot be built: %v\n%s", err, out)
	}
	roots := selfSigned(t, dir)
	pages, admin := freePort(t), freePort(t)
	tlsPort, err := net.LookupPort("tcp", port)
	if err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": "127.0.0.1:" + pages, "managementListenAddress": "127.0.0.1:" + admin, "tlsPort": tlsPort, "httpPort": 1,
		"certificate": filepath.Join(dir, "cert.pem"), "privateKey": filepath.Join(dir, "key.pem"), "keyAlgorithm": "ecdsa",
		"retryAfter": map[string]int{"authz": 1, "order": 1}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "pebble"), "-config", filepath.Join(dir, "config.json"), "-dnsserver", serveNames(t))
	cmd.Env = []string{"PEBBLE_VA_NOSLEEP=1"}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &pebble{Authority: home.Authority{Domains: []string{name}, Email: "someone@" + name,
		Directory: "https://127.0.0.1:" + pages + "/dir", Roots: filepath.Join(dir, "cert.pem")}}
	p.stop = func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	}
	t.Cleanup(p.stop)
	own := clientOf(roots, nil)
	issued := x509.NewCertPool()
	settles(t, func() bool {
		if _, err := get(own, p.Directory); err != nil {
			return false
		}
		root, err := get(own, "https://127.0.0.1:"+admin+"/roots/0")
		return err == nil && issued.AppendCertsFromPEM(root)
	})
	p.client = clientOf(issued, map[string]string{name + ":" + port: "127.0.0.1:" + port})
	return p
}

// selfSigned writes a certificate of 127.0.0.1 and its key, and returns a pool
// with it.
func selfSigned(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	err = errors.Join(os.WriteFile(filepath.Join(dir, "cert.pem"), chain, 0o600),
		os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(chain)
	return pool
}

// freePort returns a port of loopback that was free a moment ago: pebble wants
// to know each beforehand.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func get(c http.Client, url string) ([]byte, error) {
	res, err := c.Get(url)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}

// serveNames answers that every name is at 127.0.0.1, over TCP as pebble asks.
func serveNames(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if err := answerName(c); err != nil {
				t.Log("name server:", err)
			}
			c.Close()
		}
	}()
	return l.Addr().String()
}

func answerName(c net.Conn) error {
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	var size uint16
	if err := binary.Read(c, binary.BigEndian, &size); err != nil {
		return err
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(c, text); err != nil {
		return err
	}
	var m dnsmessage.Message
	if err := m.Unpack(text); err != nil {
		return err
	}
	m.Response, m.Additionals = true, nil
	for _, q := range m.Questions {
		if q.Type == dnsmessage.TypeA {
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60},
				Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}})
		}
	}
	packed, err := m.Pack()
	if err != nil {
		return err
	}
	_, err = io.Copy(c, bytes.NewReader(append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...)))
	return err
}
