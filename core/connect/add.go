package connect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Add checks n, proves it by signing in when the connector pulls, and keeps it.
//
// A connector that asks nothing signs in, in mode check, before anything is
// kept; the source returned has not run. One that may ask the person is proved
// by its first run, so that the provider sees one sign-in: the source returned
// is being added, and its run, LastRun, goes on. The run's first save makes it
// a source like others; when it ends without one, or is cancelled, the source
// is forgotten, and FailedAdd tells why. One that asks for no more than what a
// picture shows is tried as the former, and is the latter when it does ask.
//
// One that signs in at the provider's own site is being added until Land; its
// first run begins there.
//
// Codes: invalid for what is missing or malformed, conflict when the same
// account is a source already (Args "source"), and the problem codes of the
// sign-in.
func (c *Connect) Add(ctx context.Context, n NewSource) (Source, error) {
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
	n.isProvedLater = provedLater(p)
	if Pulls(p) && !n.isProvedLater {
		err := c.check(ctx, p, n)
		if n.isProvedLater = errors.Is(err, errWouldAsk); err != nil && !n.isProvedLater {
			return Source{}, err
		}
	}
	s, err := c.keep(ctx, p, n)
	if err != nil || !s.Adding || SignsIn(p) {
		return s, err
	}
	if s.LastRun, err = c.launch(ctx, s, Run{Trigger: ByPerson, Mode: protocol.ModePull}, nil); err != nil {
		c.shred(ctx, s.ID)
	}
	return s, err
}

// provedLater reports whether p's credentials are proved after the source is
// kept. A picture is shown now and then and costs nothing at the provider: a
// connector that asks for no more is tried first, in mode check.
func provedLater(p *program.Program) bool {
	return SignsIn(p) || isInteractive(p) && slices.ContainsFunc(p.Manifest.Interactive, func(k protocol.AskKind) bool { return k != protocol.AskImage })
}

// isInteractive reports whether a pull of p may ask the person.
func isInteractive(p *program.Program) bool { return Pulls(p) && len(p.Manifest.Interactive) > 0 }

// SetSecrets proves new credentials by signing in and keeps them: the way to
// mend a source that waits for them. Fields left out keep their value. When the
// connector may ask the person, a run proves them and its first save keeps
// them: its id is returned, else 0. Codes as Add, and conflict when the source
// is busy.
func (c *Connect) SetSecrets(ctx context.Context, id core.SourceID, given map[string]core.Secret) (core.RunID, error) {
	s, err := c.Source(ctx, id)
	if err != nil {
		return 0, err
	}
	p, ok := c.Program(s.Connector)
	if !ok {
		return 0, core.E(core.NotFound, "change credentials", fmt.Errorf("connector %s is not installed", s.Connector))
	}
	n := NewSource{Connector: s.Connector, Label: s.Label, Config: s.Config, Secrets: given, Allowed: s.Allowed}
	if err := checkFields(p, n); err != nil {
		return 0, err
	}
	later := provedLater(p)
	if !later {
		err := c.check(ctx, p, n)
		if later = errors.Is(err, errWouldAsk); err != nil && !later {
			return 0, err
		}
	}
	if !later {
		return 0, c.inSpace(ctx, id, func(space *vault.Space) error {
			if err := putSecrets(space, given); err != nil {
				return err
			}
			return space.Delete(settings, []byte(keyCookies))
		})
	}
	return c.launch(ctx, s, Run{Trigger: ByPerson, Mode: protocol.ModePull, Trial: true, trial: given}, nil)
}

// inSpace changes a source's space in a transaction.
func (c *Connect) inSpace(ctx context.Context, id core.SourceID, change func(*vault.Space) error) error {
	return c.Vault.Update(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(id)
		if err != nil {
			return err
		}
		return change(space)
	})
}

// lookInto reads a source's space.
func (c *Connect) lookInto(ctx context.Context, id core.SourceID, look func(*vault.Space) error) error {
	return c.Vault.View(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(id)
		if err != nil {
			return err
		}
		return look(space)
	})
}

func putSecrets(space *vault.Space, given map[string]core.Secret) error {
	for name, secret := range given {
		if err := space.Put(settings, []byte(keySecret+name), []byte(secret)); err != nil {
			return err
		}
	}
	return nil
}

// putTrial keeps the secrets that a run is to prove. (A core.Secret would not
// be written.)
func putTrial(space *vault.Space, given map[string]core.Secret) error {
	plain := map[string]string{}
	for name, secret := range given {
		plain[name] = string(secret)
	}
	return putJSON(space, keyTrial, plain)
}

func readTrial(space *vault.Space) (map[string]core.Secret, error) {
	text, err := optional(space, keyTrial)
	if err != nil || text == nil {
		return nil, err
	}
	var plain map[string]string
	if err := json.Unmarshal(text, &plain); err != nil {
		return nil, core.E(core.Damaged, "read credentials", err)
	}
	given := map[string]core.Secret{}
	for name, value := range plain {
		given[name] = core.Secret(value)
	}
	return given, nil
}

// loadTrial puts the secrets on trial in the place of the kept ones.
func (s *session) loadTrial(space *vault.Space) error {
	given, err := readTrial(space)
	for name, value := range given {
		s.secrets[name] = value
	}
	return err
}

// prove notes, in the transaction of a save, that the source's credentials are
// good: a source being added is one, and secrets on trial are kept.
func (s *session) prove(space *vault.Space) error {
	given, err := readTrial(space)
	if err != nil {
		return err
	}
	if given != nil {
		if err := putSecrets(space, given); err != nil {
			return err
		}
		if err := space.Delete(settings, []byte(keyTrial)); err != nil {
			return err
		}
	}
	if !s.source.Adding {
		return nil
	}
	kept, err := sourceIn(space)
	if err != nil {
		return err
	}
	kept.Adding = false
	return writeSource(space, kept)
}

// A FailedAdd is a source that was being added and was forgotten: all of it
// but its secrets, and how its run ended.
type FailedAdd struct {
	Source Source
	Run    Run
}

const maxFailed = 16 // FailedAdds remembered

// FailedAdd tells why the source id was not added. Only the latest are known,
// until the home locks.
func (c *Connect) FailedAdd(id core.SourceID) (FailedAdd, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.failed, func(f FailedAdd) bool { return f.Source.ID == id })
	if i < 0 {
		return FailedAdd{}, false
	}
	return c.failed[i], true
}

// giveUp forgets a source whose first run saved nothing.
func (c *Connect) giveUp(ctx context.Context, s Source, r Run) {
	c.mu.Lock()
	c.failed = append(c.failed, FailedAdd{s, r})
	c.failed = c.failed[max(0, len(c.failed)-maxFailed):]
	c.mu.Unlock()
	c.shred(ctx, s.ID)
}

// destroy shreds a source and notes that it is gone. One that its run's end has
// forgotten is no error.
func (c *Connect) destroy(ctx context.Context, id core.SourceID) error {
	c.endLook(id)
	err := c.Vault.Shred(ctx, id)
	switch {
	case core.CodeOf(err) == core.NotFound:
		return nil
	case err != nil:
		return err
	}
	return errors.Join(c.Ledger.NoteRemoved(context.WithoutCancel(ctx)), c.Ingest.SweepTwins(context.WithoutCancel(ctx)))
}

func (c *Connect) shred(ctx context.Context, id core.SourceID) {
	if err := c.destroy(context.WithoutCancel(ctx), id); err != nil {
		c.Logger.Error("forget a source that was not added", "source", id.String(), "error", err)
	}
}
