package home

import (
	"context"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
)

// notes writes what connect tells into the ledger.
type notes struct{ ledger *ledger.Ledger }

// NoteRun implements connect.Ledger.
func (n notes) NoteRun(tx *vault.Tx, e connect.Egress) error {
	return n.ledger.Add(tx, entryOf(ledger.Run, e))
}

// NoteCheck implements connect.Ledger.
func (n notes) NoteCheck(ctx context.Context, e connect.Egress) error {
	return n.ledger.Append(ctx, entryOf(ledger.Check, e))
}

// NoteAdded implements connect.Ledger.
func (n notes) NoteAdded(tx *vault.Tx, s connect.Source) error {
	return n.ledger.Add(tx, ledger.Entry{Kind: ledger.SourceAdded, Source: s.ID, Connector: s.Connector})
}

// NoteRemoved implements connect.Ledger.
func (n notes) NoteRemoved(ctx context.Context) error {
	return n.ledger.Append(ctx, ledger.Entry{Kind: ledger.SourceGone})
}

func entryOf(kind ledger.Kind, e connect.Egress) ledger.Entry {
	entry := ledger.Entry{Kind: kind, Source: e.Source, Run: e.Run, Connector: e.Connector, Records: e.Records, Outcome: e.Outcome}
	for _, h := range e.Hosts {
		host := ledger.Host{Name: ledger.Clip(h.Host), Requests: h.Requests, Sent: h.Sent, Received: h.Received, Denied: h.Denied}
		if len(entry.Egress) < ledger.MaxHosts {
			entry.Egress = append(entry.Egress, host)
			continue
		}
		rest := &entry.Egress[ledger.MaxHosts-1]
		rest.Name = "*" // the last stands for it and all that follow
		rest.Requests += host.Requests
		rest.Sent += host.Sent
		rest.Received += host.Received
		rest.Denied += host.Denied
	}
	return entry
}

// wayOf names what opened the home, or did not.
func wayOf(key vault.Key) string {
	return map[vault.SlotKind]string{vault.SlotPassword: "password", vault.SlotRecovery: "recovery", vault.SlotKeyFile: "key-file"}[key.Slot()]
}

// noteUnlock writes down that the home was unlocked, and the wrong keys that
// were tried while it could not write. The owner is let in even where it cannot
// be written, on a full disk say.
func (h *Home) noteUnlock(ctx context.Context, key vault.Key) {
	var entries []ledger.Entry
	for way, times := range h.wrong {
		entries = append(entries, ledger.Entry{Kind: ledger.Refused, Way: way, Times: times})
	}
	entries = append(entries, ledger.Entry{Kind: ledger.Unlock, Way: wayOf(key)})
	if err := h.open.Ledger.Append(context.WithoutCancel(ctx), entries...); err != nil {
		h.Log.Error("write the ledger", "error", err)
		return
	}
	clear(h.wrong)
}

// noteWrong writes down that a wrong key was tried; while the home is locked,
// it counts it for later.
func (h *Home) noteWrong(ctx context.Context, key vault.Key, err error) {
	switch core.CodeOf(err) {
	case core.Unauthenticated, core.Invalid:
	default:
		return
	}
	way := wayOf(key)
	if h.open == nil {
		h.wrong[way]++
		return
	}
	if err := h.open.Ledger.Append(context.WithoutCancel(ctx), ledger.Entry{Kind: ledger.Refused, Way: way, Times: 1}); err != nil {
		h.Log.Error("write the ledger", "error", err)
	}
}
