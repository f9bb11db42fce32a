package apps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/core/vault"
)

// maxInstalled bounds the apps that come as files.
const maxInstalled = 50

// An Installed app came as a file.
type Installed struct {
	signed.Header
	Program *program.Program
}

// All returns every app: the built-in ones and those that came as files, by id.
func (a *Apps) All() []*program.Program {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := slices.Clone(a.Programs)
	for _, i := range a.installed {
		all = append(all, i.Program)
	}
	slices.SortFunc(all, func(p, q *program.Program) int { return cmp.Compare(p.Manifest.ID, q.Manifest.ID) })
	return all
}

// Header returns who signed an app that came as a file; false for a built-in one.
func (a *Apps) Header(id string) (signed.Header, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	i, ok := a.installed[id]
	return i.Header, ok
}

// Why an app is refused, beside the words of package signed.
const (
	WhyConnector = "connector" // it is none: it would bring records in
	WhyImports   = "imports"   // it asks its host for more than the sandbox offers
	WhyBuiltIn   = "built-in"  // the home came with an app of that id
	WhyRoom      = "room"      // the home keeps as many as it may
)

func refusal(code core.Code, why string, err error) error {
	return &core.Error{Code: code, Op: "install app", Args: map[string]string{signed.Why: why}, Err: err}
}

// Inspect reads an app's file without installing it. It returns invalid.
func Inspect(file []byte) (Installed, error) {
	p, h, err := program.Open(file)
	if err != nil {
		return Installed{}, err
	}
	if !p.IsApp() {
		return Installed{}, refusal(core.Invalid, WhyConnector, fmt.Errorf("%s is a connector", p.Manifest.ID))
	}
	if _, err := Imports(p); err != nil {
		return Installed{}, refusal(core.Invalid, WhyImports, err)
	}
	return Installed{h, p}, nil
}

// admit returns what in would take the place of, the zero Installed for nothing.
// It returns conflict. The caller holds mu.
func (a *Apps) admit(in Installed) (old Installed, err error) {
	if slices.ContainsFunc(a.Programs, func(p *program.Program) bool { return p.Manifest.ID == in.ID }) {
		return Installed{}, refusal(core.Conflict, WhyBuiltIn, fmt.Errorf("%s is built in", in.ID))
	}
	old, there := a.installed[in.ID]
	switch {
	case there && old.SHA256 == in.SHA256:
		return old, nil
	case there:
		return old, in.Follows(old.Header)
	case len(a.installed) >= maxInstalled:
		return Installed{}, refusal(core.Conflict, WhyRoom, fmt.Errorf("over %d apps", maxInstalled))
	}
	return Installed{}, nil
}

// Imports returns what a program's module asks of the home, by its import
// section: functions of WASI preview 1, or it returns invalid.
func Imports(p *program.Program) ([]string, error) {
	wasm, err := p.Wasm()
	if err != nil {
		return nil, err
	}
	return sandbox.Imports(wasm)
}

// Install keeps an app that comes as a signed file, in the place of an earlier
// version. It reads nothing until it is granted something: a grant that an
// earlier version had stays as it was, and goes no further. Codes: invalid,
// conflict for an id that is built in, another signer, or no later version or
// date; [signed.Why] tells them apart.
func (a *Apps) Install(ctx context.Context, file []byte) (Installed, error) {
	in, err := Inspect(file)
	if err != nil {
		return Installed{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	old, err := a.admit(in)
	if err != nil || old.SHA256 == in.SHA256 {
		return old, err
	}
	err = a.Vault.Update(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		if err := own.Put(rows, key(rowFile, in.ID), file); err != nil {
			return err
		}
		return a.Ledger.Add(tx, ledger.Entry{Kind: ledger.AppInstalled, App: in.ID, Module: in.Program.Manifest.SHA256, What: in.Version})
	})
	if err != nil {
		return Installed{}, err
	}
	a.installed[in.ID] = in
	a.drop(in.ID)
	return in, nil
}

// drop forgets the compiled code of an app. The caller holds mu.
func (a *Apps) drop(id string) {
	if p := a.prepared[id]; p != nil {
		p.Close()
		delete(a.prepared, id)
	}
}

// Uninstall removes an app that came as a file, with its grant and all that it
// kept. It returns not_found.
func (a *Apps) Uninstall(ctx context.Context, id string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.installed[id]; !ok {
		return core.E(core.NotFound, "remove app", errors.New(id))
	}
	err := a.Vault.Update(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		err = errors.Join(forget(own, id), own.Delete(rows, key(rowGrant, id)), own.Delete(rows, key(rowFile, id)))
		if err != nil {
			return err
		}
		return a.Ledger.Add(tx, ledger.Entry{Kind: ledger.AppRemoved, App: id})
	})
	if err != nil {
		return err
	}
	delete(a.installed, id)
	a.drop(id)
	return nil
}

// restore reads the apps that came as files. One that cannot be read any more is
// left out and said: it reads nothing.
func (a *Apps) restore(ctx context.Context) error {
	return a.Vault.View(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		for row, err := range own.Scan(rows, vault.Range{Prefix: []byte{rowFile}}) {
			if err != nil {
				return err
			}
			in, err := Inspect(row.Value)
			if err != nil || in.ID != string(row.Key[1:]) {
				a.Logger.Error("read installed app", "app", string(row.Key[1:]), "error", err)
				continue
			}
			a.installed[in.ID] = in
		}
		return nil
	})
}
