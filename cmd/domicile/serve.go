package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/vault"
)

type serveCmd struct {
	Listen        string   `help:"Address and port of the pages." default:"127.0.0.1:8420"`
	UnlockFile    string   `help:"Unlock with this key file, for an unattended start." type:"existingfile" placeholder:"FILE"`
	Host          []string `help:"A name by which the home is reached, besides this machine's own." placeholder:"NAME"`
	TLSCert       string   `help:"Certificate chain in PEM, to listen beyond this machine." type:"existingfile" placeholder:"FILE"`
	TLSKey        string   `help:"Its private key." type:"existingfile" placeholder:"FILE"`
	TrustedProxy  []string `help:"Address or network of a proxy whose X-Forwarded-For and X-Forwarded-Proto are believed; the way from it to the home is not encrypted." placeholder:"ADDR"`
	AcmeDomain    []string `help:"Ask an authority for a certificate of this name, and accept its terms. It must reach the home at port 443 of the name." placeholder:"NAME"`
	AcmeEmail     string   `help:"Where the authority may write to." placeholder:"ADDRESS"`
	AcmeDirectory string   `help:"The authority's address, Let's Encrypt's unless given." placeholder:"URL"`
	AcmeCA        string   `help:"Who signed the authority's own certificate, in PEM, unless the system knows." type:"existingfile" placeholder:"FILE"`
	Insecure      bool     `help:"Listen beyond this machine without TLS: whoever shares the network can read everything, the password included."`
}

func (c serveCmd) Run(s *session) error {
	dir, err := s.dir()
	if err != nil {
		return err
	}
	listen, err := c.listen()
	if err != nil {
		return err
	}
	h, shared, err := s.openHome(dir)
	if err != nil {
		return err
	}
	defer shared.Close()
	if err := c.unlock(s, h); err != nil {
		return errors.Join(err, h.Close())
	}
	err = h.Serve(s.ctx, listen, func(url string) { c.welcome(s, h, url) })
	return errors.Join(err, h.Close())
}

// listen is what the flags say of the listener.
func (c serveCmd) listen() (home.Listen, error) {
	l := home.Listen{Address: c.Listen, Hosts: c.Host, Certificate: c.TLSCert, Key: c.TLSKey, Insecure: c.Insecure,
		Authority: home.Authority{Domains: c.AcmeDomain, Email: c.AcmeEmail, Directory: c.AcmeDirectory, Roots: c.AcmeCA}}
	for _, text := range c.TrustedProxy {
		network, err := netip.ParsePrefix(text)
		if address, aerr := netip.ParseAddr(text); aerr == nil {
			network, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			return l, core.E(core.Invalid, "read --trusted-proxy", err)
		}
		l.Proxies = append(l.Proxies, network)
	}
	return l, nil
}

func (c serveCmd) unlock(s *session, h *home.Home) error {
	if c.UnlockFile == "" {
		return nil
	}
	key, err := os.ReadFile(c.UnlockFile)
	if err != nil {
		return core.E(core.Invalid, "read key file", err)
	}
	return hint(h.Unlock(s.ctx, vault.KeyFile(key)), core.Unauthenticated, "Make another with: domicile key-file new FILE")
}

// welcome says where the home is, and how to set it up when it is new.
func (c serveCmd) welcome(s *session, h *home.Home, url string) {
	switch h.State() {
	case home.New:
		fmt.Fprintf(s.out, "Set up your home (this link works once):\n  %s\n", h.SetupLink(url))
	case home.Locked:
		fmt.Fprintf(s.out, "Your home is locked. Unlock it at:\n  %s\n", url)
	default:
		fmt.Fprintf(s.out, "Your home is open at:\n  %s\n", url)
	}
}
