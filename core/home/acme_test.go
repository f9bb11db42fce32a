package home_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/home"
)

const homeName = "home.example.test"

// clientOf returns a client that trusts roots alone, finds addresses where at
// says, and follows no redirect.
func clientOf(roots *x509.CertPool, at map[string]string) http.Client {
	return http.Client{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if other := at[address]; other != "" {
					address = other
				}
				return (&net.Dialer{}).DialContext(ctx, network, address)
			}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       time.Minute,
	}
}

// settles waits for what another process does in its own time.
func settles(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatal("it never settled")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestAuthority_gives_the_home_a_certificate(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	authority := newPebble(t, homeName, port)
	dir := t.TempDir()
	h, _ := unlocked(t, dir, shared(t), &log{})
	listen := home.Listen{Address: "127.0.0.1:" + port, Authority: authority.Authority}
	serial := func() string {
		res, err := authority.client.Get("https://" + homeName + ":" + port + "/unlock")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK || res.TLS.Version != tls.VersionTLS13 {
			t.Errorf("status %d, TLS %x", res.StatusCode, res.TLS.Version)
		}
		return res.TLS.PeerCertificates[0].SerialNumber.String()
	}

	url, stop := serve(t, h, listen)
	if want := "https://" + homeName + ":" + port; url != want {
		t.Errorf("served at %s, want %s", url, want)
	}
	first := serial()
	for _, name := range []string{"evil.example.test", "www." + homeName, ""} {
		conn, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{ServerName: name, InsecureSkipVerify: true})
		if err == nil {
			conn.Close()
			t.Errorf("a certificate of %q", name)
		}
	}
	stop()

	// What is kept is its owner's alone, and does until the authority is needed again.
	authority.stop()
	kept := 0
	err := filepath.WalkDir(filepath.Join(dir, home.Acme), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if want := map[bool]fs.FileMode{false: 0o600, true: 0o700}[d.IsDir()]; err == nil && info.Mode().Perm() != want {
			t.Errorf("%s: mode %v", path, info.Mode())
		}
		kept++
		return err
	})
	if err != nil || kept != 3 { // the folder, the account, one certificate
		t.Errorf("%d kept, %v", kept, err)
	}
	_, stop = serve(t, h, listen)
	if again := serial(); again != first {
		t.Error("another certificate after a restart")
	}
	stop()
}

func TestAuthority_that_cannot_be_reached_is_said(t *testing.T) {
	t.Parallel()
	out := &log{}
	h, _ := unlocked(t, t.TempDir(), shared(t), out)
	_, stop := serve(t, h, home.Listen{Address: "127.0.0.1:0",
		Authority: home.Authority{Domains: []string{homeName}, Directory: "https://127.0.0.1:" + freePort(t) + "/dir"}})
	settles(t, func() bool { return strings.Contains(out.String(), "there is no certificate") })
	stop()
}

func TestListen_refuses_what_is_unsafe_or_says_two_things(t *testing.T) {
	t.Parallel()
	h, _ := unlocked(t, t.TempDir(), shared(t), &log{})
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	named := home.Authority{Domains: []string{homeName}}
	for name, l := range map[string]home.Listen{
		"a certificate twice":          {Certificate: "chain.pem", Key: "key.pem", Authority: named},
		"behind a proxy":               {Proxies: prefixes("127.0.0.1/32"), Authority: named},
		"an authority without TLS":     {Authority: home.Authority{Domains: named.Domains, Directory: "http://127.0.0.1/dir"}},
		"no authority":                 {Authority: home.Authority{Domains: named.Domains, Directory: "nonsense"}},
		"roots that are not there":     {Authority: home.Authority{Domains: named.Domains, Roots: "nowhere"}},
		"roots without a certificate":  {Authority: home.Authority{Domains: named.Domains, Roots: empty}},
		"beyond the machine, in clear": {Address: "0.0.0.0:0", Hosts: []string{homeName}},
	} {
		if l.Address == "" {
			l.Address = "127.0.0.1:0"
		}
		err := h.Serve(t.Context(), l, func(string) { t.Errorf("%s: served", name) })
		if core.CodeOf(err) != core.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// serve serves the home until stop is called, or the test ends.
func serve(t *testing.T, h *home.Home, l home.Listen) (url string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- h.Serve(ctx, l, func(u string) { ready <- u }) }()
	stop = func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		ended <- nil
	}
	t.Cleanup(stop)
	select {
	case url = <-ready:
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
	}
	return url, stop
}
