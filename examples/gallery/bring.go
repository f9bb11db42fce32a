package gallery

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/examples/providers"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// Samples, by their path in the repository or by what they are.
const (
	statement       = "cmd/domicile/demo/releve-karim.ofx"
	brokenStatement = "a statement with a spoilt amount"
	unknown         = "a file that nothing reads"
)

// sample returns the content of a sample.
func (h *House) sample(name string) ([]byte, error) {
	if made, ok := h.made[name]; ok {
		return made, nil
	}
	if made, ok := table(name); ok {
		return made, nil
	}
	switch name {
	case unknown:
		return []byte("\x00" + unknown), nil
	case brokenStatement:
		whole, err := fs.ReadFile(h.source, statement)
		return bytes.Replace(whole, []byte("-61.40"), []byte("sixty"), 1), err
	}
	return fs.ReadFile(h.source, name)
}

// addTelco adds an account at a simulated telco of so many months.
func (h *House) addTelco(ctx context.Context, label string, months int) (connect.Source, error) {
	telco := providers.NewTelco(providers.TelcoConfig{Seed: 5, Months: months})
	return h.addAccount(ctx, label, telco, telco)
}

// addAccount adds an account at telco, as front serves it.
func (h *House) addAccount(ctx context.Context, label string, telco *providers.Telco, front http.Handler) (connect.Source, error) {
	address, err := h.listen(front)
	if err != nil {
		return connect.Source{}, err
	}
	h.mark("address", address)
	h.mark("user", telco.User())
	h.mark("password", telco.Password())
	return h.Connect.Add(ctx, connect.NewSource{Connector: "ondine", Label: label,
		Config:  map[string]string{"address": address, "username": telco.User()},
		Secrets: map[string]core.Secret{"password": core.Secret(telco.Password())}})
}

// pull runs a source to the end, whatever that is.
func (h *House) pull(ctx context.Context, id core.SourceID) (connect.Run, error) {
	run, err := h.Connect.Start(ctx, id, connect.ByPerson)
	if err != nil {
		return connect.Run{}, err
	}
	return h.Connect.Wait(ctx, id, run, nil)
}

// bringFile imports a sample under a name to the end of its run.
func (h *House) bringFile(ctx context.Context, name, path string) (connect.Run, error) {
	content, err := h.sample(path)
	if err != nil {
		return connect.Run{}, err
	}
	id, run, err := h.Connect.Import(ctx, name, bytes.NewReader(content))
	if err != nil {
		return connect.Run{}, fmt.Errorf("import %s: %w", name, err)
	}
	return h.Connect.Wait(ctx, id, run, nil)
}

func (h *House) update(ctx context.Context, id core.SourceID, f func(*vault.Space) error) error {
	return h.Vault.Update(ctx, func(tx *vault.Tx) error {
		space, err := tx.Space(id)
		if err != nil {
			return err
		}
		return f(space)
	})
}

// put keeps a record as it is, past every check of ingest.
func (h *House) put(ctx context.Context, id core.SourceID, r core.Record) (ref core.Ref, err error) {
	err = h.update(ctx, id, func(space *vault.Space) error {
		kept, _, err := space.PutRecord(r)
		ref = kept.Ref
		return err
	})
	return ref, err
}

// markTypes names one record of each type, and a bill that has a file.
func (h *House) markTypes(ctx context.Context) error {
	for r, err := range h.Query.List(ctx, query.Filter{}) {
		if err != nil {
			return err
		}
		if h.places[string(r.Type)] == "" {
			h.mark(string(r.Type), r.Ref)
			h.Records = append(h.Records, r.Ref)
		}
		if r.Type == record.TypeBill && len(r.Files) > 0 {
			h.mark("telco-bill", r.Ref)
		}
	}
	return nil
}

// fail makes a source of each trouble.
func fail(ctx context.Context, h *House) error {
	gone, err := h.addTelco(ctx, "Closed provider", 1)
	if err != nil {
		return err
	}
	h.mark("down", gone.ID)
	if err := h.ends[len(h.ends)-1](); err != nil { // its server
		return err
	}
	h.ends = h.ends[:len(h.ends)-1]
	for range 3 { // the home waits longer after each
		if _, err := h.pull(ctx, gone.ID); err != nil {
			return err
		}
	}
	for _, bring := range []func(context.Context, *House) error{refuse, pause, idle, queue, hold} {
		if err := bring(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

// refuse makes a source whose password the provider has changed since.
func refuse(ctx context.Context, h *House) error {
	telco := providers.NewTelco(providers.TelcoConfig{Seed: 6, Months: 1})
	var now atomic.Pointer[providers.Telco]
	now.Store(telco)
	src, err := h.addAccount(ctx, "Refused at the door", telco, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { now.Load().ServeHTTP(w, r) }))
	if err != nil {
		return err
	}
	h.mark("refused", src.ID)
	if _, err := h.pull(ctx, src.ID); err != nil {
		return err
	}
	now.Store(providers.NewTelco(providers.TelcoConfig{Seed: 6, Months: 1, Password: "changed"}))
	_, err = h.pull(ctx, src.ID)
	return err
}

func pause(ctx context.Context, h *House) error {
	src, err := h.addTelco(ctx, "Paused", 1)
	if err != nil {
		return err
	}
	h.mark("paused", src.ID)
	if _, err := h.pull(ctx, src.ID); err != nil {
		return err
	}
	return h.Connect.SetPaused(ctx, src.ID, true)
}

func idle(ctx context.Context, h *House) error {
	src, err := h.addTelco(ctx, "Never asked", 1)
	h.mark("idle", src.ID)
	return err
}

// queue makes a source whose first run waits for a place to run in, as it stands
// on a machine that is busy: nothing here is.
func queue(ctx context.Context, h *House) error {
	src, err := h.addTelco(ctx, "In a queue", 1)
	if err != nil {
		return err
	}
	h.mark("queued", src.ID)
	src.LastRun = 1
	run := connect.Run{Source: src.ID, ID: 1, Trigger: connect.ByPerson, Mode: protocol.ModePull, State: connect.Queued, Started: src.Created, Connector: src.Connector, Version: "1.0.0"}
	return h.update(ctx, src.ID, func(space *vault.Space) error { // as core/connect keeps them
		for key, value := range map[string]any{"ssource": src, "R\x00\x00\x00\x00\x00\x00\x00\x01": run} {
			text, err := json.Marshal(value)
			if err != nil {
				return err
			}
			if err := space.Put(vault.Keyspace(key[0]), []byte(key[1:]), text); err != nil {
				return err
			}
		}
		return nil
	})
}

// dripTime is how long a slow provider takes for each document: less than what
// a request may take, so that its run goes on for as long as anybody looks.
const dripTime = 40 * time.Second

// hold makes a source whose run goes on and on.
func hold(ctx context.Context, h *House) error {
	telco := providers.NewTelco(providers.TelcoConfig{Seed: 7, Months: 60})
	src, err := h.addAccount(ctx, "Slow provider", telco, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".pdf") {
			select {
			case <-time.After(dripTime):
			case <-r.Context().Done():
			}
		}
		telco.ServeHTTP(w, r)
	}))
	if err != nil {
		return err
	}
	h.mark("running", src.ID)
	run, err := h.Connect.Start(ctx, src.ID, connect.ByPerson)
	if err != nil {
		return err
	}
	return h.until(ctx, src.ID, run, connect.Running)
}

// until waits until a run stands in a state.
func (h *House) until(ctx context.Context, id core.SourceID, run core.RunID, state connect.State) error {
	for {
		r, changed, err := h.Connect.Watch(ctx, id, run)
		switch {
		case err != nil:
			return err
		case r.State == state:
			return nil
		case changed == nil:
			return fmt.Errorf("the run ended as %s: %+v", r.State, r.Problem)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
