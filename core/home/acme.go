package home

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// An Authority issues the home's certificate to whom it finds at the home's
// name (ACME, RFC 8555), over the pages' own listener (TLS-ALPN-01, RFC 8737).
type Authority struct {
	Domains   []string // the home's names; none for no authority
	Email     string   // where the authority may write to; may be ""
	Directory string   // its address, https; Let's Encrypt's when ""
	Roots     string   // PEM file of who signed its own certificate; the system's when ""
}

func (a Authority) isNamed() bool { return len(a.Domains) > 0 }

const (
	challengeProtocol = acme.ALPNProto
	authorityTime     = 30 * time.Second // of one request
	maxReply          = 1 << 20          // bytes of one answer of the authority
	lookAgain         = time.Hour        // between looks at the certificate
)

// A keeper keeps a certificate at hand. The key of the account, the certificate
// and its key lie in a folder in clear: they are needed before anybody unlocks.
type keeper struct {
	manager *autocert.Manager
	domains []string
	log     *slog.Logger
}

func newKeeper(dir string, a Authority, log *slog.Logger) (*keeper, error) {
	if a.Directory == "" {
		a.Directory = autocert.DefaultACMEDirectory
	}
	if at, err := url.Parse(a.Directory); err != nil || at.Scheme != "https" || at.Host == "" {
		return nil, fmt.Errorf("the authority's address is not one of https: %q", a.Directory)
	}
	roots, err := readRoots(a.Roots)
	if err != nil {
		return nil, fmt.Errorf("read who signed the authority's certificate: %w", err)
	}
	transport := &http.Transport{ // and no proxy: only the authority is spoken to
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: authorityTime, IdleConnTimeout: authorityTime}
	return &keeper{domains: a.Domains, log: log, manager: &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Cache:      autocert.DirCache(dir),
		HostPolicy: autocert.HostWhitelist(a.Domains...),
		Email:      a.Email,
		Client:     &acme.Client{DirectoryURL: a.Directory, HTTPClient: &http.Client{Transport: bounded{transport}, Timeout: authorityTime}},
	}}, nil
}

// readRoots reads a PEM file; nil, which stands for the system's, without one.
func readRoots(name string) (*x509.CertPool, error) {
	if name == "" {
		return nil, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, errors.New("no certificate in " + name)
	}
	return roots, nil
}

// bounded bounds what the authority answers.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = http.MaxBytesReader(nil, res.Body, maxReply)
	}
	return res, err
}

// certificate answers a handshake, the authority's challenge too. Whoever speaks
// TLS 1.3 reads P-256 (RFC 8446, 9.1): one certificate does for all.
func (k *keeper) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return k.manager.GetCertificate(&tls.ClientHelloInfo{
		ServerName: hello.ServerName, SupportedProtos: hello.SupportedProtos,
		CipherSuites:     []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
		SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
		SupportedCurves:  []tls.CurveID{tls.CurveP256},
	})
}

// start keeps a certificate until stop is called, which waits no longer than its
// context: what a slow authority answers then changes nothing. A nil keeper has
// nothing to do.
func (k *keeper) start(ctx context.Context) (stop func(context.Context)) {
	if k == nil {
		return func(context.Context) {}
	}
	ctx, cancel := context.WithCancel(ctx)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		k.keep(ctx)
	}()
	return func(limit context.Context) {
		cancel()
		select {
		case <-kept:
		case <-limit.Done():
		}
	}
}

// keep asks for the certificate before anybody wants it, and says when there is
// none. It returns when ctx is done and what it asked for is answered.
func (k *keeper) keep(ctx context.Context) {
	failing := false
	for {
		var errs []error
		for _, name := range k.domains {
			_, err := k.certificate(&tls.ClientHelloInfo{ServerName: name})
			errs = append(errs, err)
		}
		switch err := errors.Join(errs...); {
		case err != nil && !failing:
			k.log.Error("there is no certificate; the authority must reach this home at port 443 of its name", "error", err)
			failing = true
		case err == nil && failing:
			k.log.Warn("there is a certificate again")
			failing = false
		}
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return
		}
	}
}
