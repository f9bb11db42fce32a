package fetch

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"
)

const (
	dialTime = 15 * time.Second
	idleTime = 30 * time.Second
	maxIdle  = 8 // connections kept by a Client
)

// newWire returns the transport of one Client.
//
// Transports are not shared, neither between homes nor between the runs of a
// source. A pooled connection was judged by the guard of whoever opened it, so
// that a source that may not reach an address would be handed a connection to
// it under the same name; and pooled connections or TLS tickets would tell a
// provider which of its customers live in one home. A run makes its own few
// connections; what sharing would save is one handshake a run.
func newWire(g guard, resolver *net.Resolver, roots *x509.CertPool) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTime, Resolver: resolver, ControlContext: g.control}
	return &http.Transport{
		Proxy:                  nil, // not even the environment's
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    dialTime,
		MaxResponseHeaderBytes: maxHeaderBytes,
		MaxIdleConns:           maxIdle,
		IdleConnTimeout:        idleTime,
		ForceAttemptHTTP2:      true,
	}
}
