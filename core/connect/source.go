package connect

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// What a source's space holds beside its records, in keyspace settings.
const (
	settings   vault.Keyspace = 's'
	keySource                 = "source"  // a Source as JSON
	keyState                  = "state"   // as last saved by the connector
	keyCookies                = "cookies" // the jar's state
	keySecret                 = "secret/" // + field name
)

// A Source is one configured use of a connector: this person's account at this
// provider, or the files of one format.
type Source struct {
	ID        core.SourceID     `json:"id"`
	Connector string            `json:"connector"`
	Label     string            `json:"label"`             // the person's own name for it
	Config    map[string]string `json:"config,omitempty"`  // by field; secrets are kept apart
	Allowed   []netip.AddrPort  `json:"allowed,omitempty"` // addresses that the person allowed
	Created   time.Time         `json:"created"`
	Paused    bool              `json:"paused,omitempty"` // no automatic runs
	LastRun   core.RunID        `json:"last_run"`         // 0: never ran
}

// A NewSource is what the person fills in to add a source.
type NewSource struct {
	Connector string
	Label     string // the connector's name when empty
	Config    map[string]string
	Secrets   map[string]core.Secret
	Allowed   []netip.AddrPort
}

// Sources returns every source, oldest first.
func (c *Connect) Sources(ctx context.Context) ([]Source, error) {
	var sources []Source
	err := c.Vault.View(ctx, func(tx *vault.Tx) error {
		for _, id := range tx.Spaces() {
			if id == core.Own {
				continue
			}
			s, err := readSource(tx, id)
			if err != nil {
				return err
			}
			sources = append(sources, s)
		}
		return nil
	})
	slices.SortFunc(sources, func(a, b Source) int { return a.Created.Compare(b.Created) })
	return sources, err
}

// Source returns one source. Codes: not_found.
func (c *Connect) Source(ctx context.Context, id core.SourceID) (s Source, err error) {
	err = c.Vault.View(ctx, func(tx *vault.Tx) error {
		s, err = readSource(tx, id)
		return err
	})
	return s, err
}

// Add checks n, signs in with it when the connector pulls, and keeps it. The
// run, when not nil, is told of each step. Codes: invalid for what is missing
// or malformed, conflict when the same account is a source already (Args
// "source"), and the problem codes of the sign-in.
func (c *Connect) Add(ctx context.Context, n NewSource, ask Asker) (Source, error) {
	p, ok := c.Program(n.Connector)
	if !ok {
		return Source{}, core.E(core.NotFound, "add source", fmt.Errorf("no connector %q", n.Connector))
	}
	if err := checkFields(p, n); err != nil {
		return Source{}, err
	}
	if err := c.refuseTwin(ctx, p, n); err != nil {
		return Source{}, err
	}
	if Pulls(p) {
		if err := c.check(ctx, p, n, ask); err != nil {
			return Source{}, err
		}
	}
	return c.keep(ctx, p, n)
}

// Pulls reports whether p brings records from a provider, not only from files.
func Pulls(p *program.Program) bool { return len(p.Manifest.Hosts) > 0 || p.Manifest.LAN }

// checkFields holds what was filled in against the manifest.
func checkFields(p *program.Program, n NewSource) error {
	invalid := func(field, why string) error {
		return &core.Error{Code: core.Invalid, Op: "add source", Args: map[string]string{"field": field}, Err: fmt.Errorf("%s: %s", field, why)}
	}
	known := map[string]bool{}
	for _, f := range p.Manifest.Fields {
		known[f.Name] = true
		value := n.Config[f.Name]
		if IsSecret(f) {
			value = string(n.Secrets[f.Name])
		}
		switch {
		case f.Required && strings.TrimSpace(value) == "":
			return invalid(f.Name, "is required")
		case len(value) > maxField:
			return invalid(f.Name, "is too long")
		case f.Kind == "choice" && value != "" && !slices.Contains(f.Options, value):
			return invalid(f.Name, "is not one of the choices")
		case f.Kind == "address" && value != "":
			if _, err := addressOf(value); err != nil {
				return invalid(f.Name, err.Error())
			}
		}
	}
	for name := range n.Config {
		if !known[name] {
			return invalid(name, "is not a field of this connector")
		}
	}
	for name := range n.Secrets {
		if !known[name] {
			return invalid(name, "is not a field of this connector")
		}
	}
	return nil
}

const maxField = 4096 // bytes of one field's value

// IsSecret reports whether a field is kept apart and never shown.
func IsSecret(f protocol.Field) bool { return f.Kind == "secret" || f.Kind == "totp" }

// refuseTwin looks for a source with the same connector and account.
func (c *Connect) refuseTwin(ctx context.Context, p *program.Program, n NewSource) error {
	want := account(p, n.Config)
	sources, err := c.Sources(ctx)
	if err != nil {
		return err
	}
	for _, s := range sources {
		if s.Connector == n.Connector && account(p, s.Config) == want {
			return &core.Error{Code: core.Conflict, Op: "add source", Args: map[string]string{"source": s.ID.String()},
				Err: fmt.Errorf("this account is already the source %s", s.ID)}
		}
	}
	return nil
}

// account returns what tells two sources of one connector apart: the fields so
// marked, folded. A connector without such a field has one source a home.
func account(p *program.Program, config map[string]string) string {
	var parts []string
	for _, f := range p.Manifest.Fields {
		if f.Account {
			parts = append(parts, strings.ToLower(strings.TrimSpace(config[f.Name])))
		}
	}
	return strings.Join(parts, "\x00")
}

// keep writes the source into a space of its own.
func (c *Connect) keep(ctx context.Context, p *program.Program, n NewSource) (s Source, err error) {
	err = c.Vault.Update(ctx, func(tx *vault.Tx) error {
		id, err := tx.CreateSpace()
		if err != nil {
			return err
		}
		space, err := tx.Space(id)
		if err != nil {
			return err
		}
		s = Source{ID: id, Connector: n.Connector, Label: n.Label, Config: n.Config, Allowed: n.Allowed, Created: c.Clock().UTC()}
		if s.Label == "" {
			s.Label = p.Text(c.Locale, p.Manifest.Name)
		}
		for name, secret := range n.Secrets {
			if err := space.Put(settings, []byte(keySecret+name), []byte(secret)); err != nil {
				return err
			}
		}
		if err := writeSource(space, s); err != nil {
			return err
		}
		return c.Ledger.NoteAdded(tx, s)
	})
	return s, err
}

// SetSecrets checks new credentials by signing in and keeps them: the way to
// mend a source that waits for them. Codes as Add.
func (c *Connect) SetSecrets(ctx context.Context, id core.SourceID, secrets map[string]core.Secret, ask Asker) error {
	s, err := c.Source(ctx, id)
	if err != nil {
		return err
	}
	p, ok := c.Program(s.Connector)
	if !ok {
		return core.E(core.NotFound, "change credentials", fmt.Errorf("connector %s is not installed", s.Connector))
	}
	n := NewSource{Connector: s.Connector, Label: s.Label, Config: s.Config, Secrets: secrets, Allowed: s.Allowed}
	if err := checkFields(p, n); err != nil {
		return err
	}
	if err := c.check(ctx, p, n, ask); err != nil {
		return err
	}
	return c.Vault.Update(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(id)
		if err != nil {
			return err
		}
		for name, secret := range secrets {
			if err := space.Put(settings, []byte(keySecret+name), []byte(secret)); err != nil {
				return err
			}
		}
		return space.Delete(settings, []byte(keyCookies))
	})
}

// SetPaused stops or resumes automatic runs. Codes: not_found.
func (c *Connect) SetPaused(ctx context.Context, id core.SourceID, paused bool) error {
	return c.Vault.Update(ctx, func(tx *vault.Tx) error {
		s, err := readSource(tx, id)
		if err != nil {
			return err
		}
		s.Paused = paused
		space, err := tx.Space(id)
		if err != nil {
			return err
		}
		return writeSource(space, s)
	})
}

// Forget cancels the source's run and destroys its key: records, files, state,
// secrets and logs are gone. Codes: not_found.
func (c *Connect) Forget(ctx context.Context, id core.SourceID) error {
	if _, err := c.Source(ctx, id); err != nil {
		return err
	}
	release, err := c.hold(id)
	if err != nil {
		return err
	}
	defer release()
	if err := c.Vault.Shred(ctx, id); err != nil {
		return err
	}
	return c.Ledger.NoteRemoved(context.WithoutCancel(ctx))
}

func readSource(tx *vault.Tx, id core.SourceID) (Source, error) {
	space, err := tx.Space(id)
	if err != nil {
		return Source{}, err
	}
	text, err := space.Get(settings, []byte(keySource))
	if err != nil {
		return Source{}, err
	}
	var s Source
	if err := json.Unmarshal(text, &s); err != nil {
		return Source{}, core.E(core.Damaged, "read source", err)
	}
	return s, nil
}

func writeSource(space *vault.Space, s Source) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return space.Put(settings, []byte(keySource), text)
}

// secrets are the secret fields of one source, by name.
type secrets map[string]core.Secret

// scrub takes the secrets' values out of text that is kept in a log.
func (s secrets) scrub(text string) string {
	for _, value := range s {
		if value != "" {
			text = strings.ReplaceAll(text, string(value), value.String())
		}
	}
	return text
}
