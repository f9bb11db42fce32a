package gallery

import (
	"context"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/examples/providers"
)

// ask makes a source that waits for a code, and one that is to sign in at its
// provider's own site.
func ask(ctx context.Context, h *House) error {
	bank := providers.NewBank(providers.BankConfig{Seed: 5, Months: 2})
	address, err := h.listen(bank)
	if err != nil {
		return err
	}
	src, err := h.Connect.Add(ctx, connect.NewSource{Connector: "embruns",
		Config:  map[string]string{"address": address, "identifier": bank.User()},
		Secrets: map[string]core.Secret{"password": core.Secret(bank.Password())}})
	if err != nil {
		return err
	}
	h.mark("asks", src.ID)
	if err := h.untilAsked(ctx, src); err != nil {
		return err
	}
	if address, err = h.listen(providers.NewEnergy(providers.EnergyConfig{Seed: 5, Months: 2})); err != nil {
		return err
	}
	src, err = h.Connect.Add(ctx, connect.NewSource{Connector: "armor", Config: map[string]string{"address": address}})
	h.mark("signs-in", src.ID)
	return err
}

// untilAsked waits until the source's first run asks.
func (h *House) untilAsked(ctx context.Context, src connect.Source) error {
	for {
		run, changed, err := h.Connect.Watch(ctx, src.ID, src.LastRun)
		if err != nil || run.Question != nil || changed == nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
