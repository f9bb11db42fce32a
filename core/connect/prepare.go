package connect

import (
	"context"
	"net/netip"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/core/program"
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
		if s.secrets, err = readSecrets(space, s.p); err != nil {
			return err
		}
		if s.state, err = optional(space, keyState); err != nil {
			return err
		}
		if s.tokens, err = readTokens(space); err != nil {
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

func readSecrets(space *vault.Space, p *program.Program) (secrets, error) {
	all := secrets{}
	for _, f := range p.Manifest.Fields {
		value, err := optional(space, keySecret+f.Name)
		if err != nil {
			return nil, err
		}
		if value != nil {
			all[f.Name] = core.Secret(value)
		}
	}
	return all, nil
}

// optional reads a setting; nil when there is none.
func optional(space *vault.Space, key string) ([]byte, error) {
	value, err := space.Get(settings, []byte(key))
	if core.CodeOf(err) == core.NotFound {
		return nil, nil
	}
	return value, err
}

// connectNetwork gives the run its client.
func (s *session) connectNetwork() (err error) {
	s.client, err = s.c.network(s.p, s.source, fetch.Limits{Requests: s.limits().Requests},
		fetch.Options{Jar: s.jar, Secrets: s.fills(), Audit: s.hop, Carry: s.carry()})
	return err
}

// network returns a client bound to the manifest's hosts and to the exact
// addresses that the person allowed.
func (c *Connect) network(p *program.Program, s Source, limits fetch.Limits, o fetch.Options) (*fetch.Client, error) {
	allowed, err := allowedOf(p, s)
	if err != nil {
		return nil, err
	}
	o.Pace, o.Clock = c.pace, c.Clock
	return fetch.New(fetch.Policy{Hosts: p.Manifest.Hosts, Allowed: allowed, Own: c.Own, Limits: limits}, o)
}

// allowedOf are the exact addresses that the person allowed.
func allowedOf(p *program.Program, s Source) ([]netip.AddrPort, error) {
	allowed := append([]netip.AddrPort(nil), s.Allowed...)
	for _, f := range p.Manifest.Fields {
		if f.Kind == "address" && s.Config[f.Name] != "" {
			address, err := addressOf(s.Config[f.Name])
			if err != nil {
				return nil, core.E(core.Invalid, "start run", err)
			}
			allowed = append(allowed, address)
		}
	}
	return allowed, nil
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
	all := fills(s.p, s.secrets)
	if o := s.p.Manifest.OAuth; o != nil {
		token := fetch.Secret{Name: protocol.OAuthToken, Bearer: o.Hosts}
		if s.tokens != nil {
			token.Value = core.Secret(s.tokens.Access)
		}
		all = append(all, token)
	}
	return all
}

func fills(p *program.Program, given secrets) (all []fetch.Secret) {
	for _, f := range p.Manifest.Fields {
		if value, ok := given[f.Name]; ok && IsSecret(f) {
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
