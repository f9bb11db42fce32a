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
	keyTrial                  = "trial"   // secrets that a run is proving, by field
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
	Adding    bool              `json:"adding,omitempty"` // its first run has not saved yet, or nobody has signed in
}

// A NewSource is what the person fills in to add a source.
type NewSource struct {
	Connector string
	Label     string // the connector's name when empty
	Config    map[string]string
	Secrets   map[string]core.Secret
	Allowed   []netip.AddrPort

	isProvedLater bool // nothing has proved it yet
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
		s = Source{ID: id, Connector: n.Connector, Label: n.Label, Config: n.Config, Allowed: n.Allowed, Created: c.Clock().UTC(), Adding: n.isProvedLater}
		if s.Label == "" {
			s.Label = p.Text(c.Locale, p.Manifest.Name)
		}
		if err := putSecrets(space, n.Secrets); err != nil {
			return err
		}
		if err := writeSource(space, s); err != nil {
			return err
		}
		return c.Ledger.NoteAdded(tx, s)
	})
	return s, err
}

// SetPaused stops or resumes automatic runs. Codes: not_found.
func (c *Connect) SetPaused(ctx context.Context, id core.SourceID, paused bool) error {
	return c.inSpace(ctx, id, func(space *vault.Space) error {
		s, err := sourceIn(space)
		if err != nil {
			return err
		}
		s.Paused = paused
		return writeSource(space, s)
	})
}

// Forget cancels the source's run, waits for its end and destroys its key: records, files, state,
// secrets and logs are gone. Codes: not_found, locked when the home is closing.
func (c *Connect) Forget(ctx context.Context, id core.SourceID) error {
	if _, err := c.Source(ctx, id); err != nil {
		return err
	}
	for {
		release, err := c.hold(ctx, id)
		if err == nil {
			defer release()
			return c.destroy(ctx, id)
		}
		a := c.busy(id)
		if core.CodeOf(err) != core.Conflict || ctx.Err() != nil {
			return err
		}
		if a == nil {
			continue // it has just ended
		}
		a.cancel(errCancelled)
		select {
		case <-a.gone:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func readSource(tx *vault.Tx, id core.SourceID) (Source, error) {
	space, err := tx.Space(id)
	if err != nil {
		return Source{}, err
	}
	return sourceIn(space)
}

func sourceIn(space *vault.Space) (Source, error) {
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
	return putJSON(space, keySource, s)
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
