package connect

import (
	"context"
	"net/netip"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// load reads the source's secrets, cookies and cursor.
func (s *session) load(ctx context.Context) error {
	if s.mode == protocol.ModeCheck {
		return nil
	}
	return s.c.Vault.View(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(s.source.ID)
		if err != nil {
			return err
		}
		s.secrets = secrets{}
		for _, f := range s.p.Manifest.Fields {
			if value, err := optional(space, keySecret+f.Name); err != nil {
				return err
			} else if value != nil {
				s.secrets[f.Name] = core.Secret(value)
			}
		}
		if s.state, err = optional(space, keyState); err != nil {
			return err
		}
		if s.act.snapshot().Trial {
			s.jar = new(fetch.Jar)
			return s.loadTrial(space)
		}
		cookies, err := optional(space, keyCookies)
		if err != nil {
			return err
		}
		s.jar, err = fetch.NewJar(cookies)
		return err
	})
}

// optional reads a setting; nil when there is none.
func optional(space *vault.Space, key string) ([]byte, error) {
	value, err := space.Get(settings, []byte(key))
	if core.CodeOf(err) == core.NotFound {
		return nil, nil
	}
	return value, err
}

// connectNetwork gives the run its client, bound to the manifest's hosts and
// to the exact addresses that the person allowed.
func (s *session) connectNetwork() (err error) {
	allowed := append([]netip.AddrPort(nil), s.source.Allowed...)
	for _, f := range s.p.Manifest.Fields {
		if f.Kind == "address" && s.source.Config[f.Name] != "" {
			address, err := addressOf(s.source.Config[f.Name])
			if err != nil {
				return core.E(core.Invalid, "start run", err)
			}
			allowed = append(allowed, address)
		}
	}
	s.client, err = fetch.New(
		fetch.Policy{Hosts: s.p.Manifest.Hosts, Allowed: allowed, Own: s.c.Own, Limits: fetch.Limits{Requests: s.limits().Requests}},
		fetch.Options{Jar: s.jar, Secrets: s.fills(), Audit: s.hop, Pace: s.c.pace, Clock: s.c.Clock, Carry: s.carry()},
	)
	return err
}

// carry is what a parked run has used already.
func (s *session) carry() fetch.Carry {
	if s.parked == nil {
		return fetch.Carry{}
	}
	return s.parked.Carry
}

// fills tells fetch the source's secrets and the only places for them.
func (s *session) fills() []fetch.Secret {
	var all []fetch.Secret
	for _, f := range s.p.Manifest.Fields {
		if value, given := s.secrets[f.Name]; given && IsSecret(f) {
			all = append(all, fetch.Secret{Name: f.Name, Value: value, TOTP: f.Kind == "totp", Use: f.Use})
		}
	}
	return all
}

// hop keeps one line of the run's connections.
func (s *session) hop(h fetch.Hop) {
	h.Path = s.log.scrub(h.Path)
	s.hops.pending = append(s.hops.pending, h)
	s.update(func(r *Run) { r.Use.Requests++; r.Use.Received += h.Received })
}
