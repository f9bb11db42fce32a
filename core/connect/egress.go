package connect

import (
	"context"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/core/vault"
)

// A Ledger keeps for ever what the sources exchanged with the outside.
type Ledger interface {
	// NoteRun notes a run that ended, in the transaction that ends it.
	NoteRun(tx *vault.Tx, e Egress) error
	// NoteCheck notes a sign-in that was tried before anything was kept.
	NoteCheck(ctx context.Context, e Egress) error
	// NoteAdded notes a source, in the transaction that keeps it.
	NoteAdded(tx *vault.Tx, s Source) error
	// NoteRemoved notes that a source was destroyed.
	NoteRemoved(ctx context.Context) error
}

// An Egress is what one run, or one check of credentials, exchanged with the
// outside.
type Egress struct {
	Source    core.SourceID // core.Own for a check
	Run       core.RunID
	Connector string
	Hosts     []HostUse // in the order of their first request
	Records   int       // added or changed
	Outcome   string    // a State, or the code of the problem
}

// A HostUse is what was exchanged with one host.
type HostUse struct {
	Host           string // with :port unless the scheme's own
	Requests       int
	Sent, Received int64 // bytes of bodies
	Denied         int   // requests that the home refused to send
}

// hostsOf sums hops up by host.
func hostsOf(hops []fetch.Hop) (all []HostUse) {
	at := map[string]int{}
	for _, h := range hops {
		i, known := at[h.Host]
		if !known {
			i = len(all)
			at[h.Host] = i
			all = append(all, HostUse{Host: h.Host})
		}
		use := &all[i]
		if h.Denied != "" {
			use.Denied++
			continue
		}
		use.Requests++
		use.Sent += h.Sent
		use.Received += h.Received
	}
	return all
}

// note writes how r ended into the ledger, from what its source's space holds of
// it by now.
func (c *Connect) note(space *vault.Space, r Run) error {
	hops, err := readLines[fetch.Hop](space.Tx(), r.Source, runHops, r.ID)
	if err != nil {
		return err
	}
	return c.Ledger.NoteRun(space.Tx(), Egress{Source: r.Source, Run: r.ID, Connector: r.Connector, Hosts: hostsOf(hops),
		Records: r.Counts.Added + r.Counts.Updated, Outcome: outcomeOf(r.State, r.Problem)})
}

func outcomeOf(state State, p *Problem) string {
	if p != nil {
		return string(p.Code)
	}
	return string(state)
}
