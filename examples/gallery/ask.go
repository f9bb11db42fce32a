package gallery

import (
	"context"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/examples/providers"
)

// ask makes sources that wait for a code and for the letters of a picture, and
// those that sign in at their provider's own site: one is to, one waits with a
// code to type there, and one whose code nobody typed.
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
	if err := h.askLetters(ctx); err != nil {
		return err
	}
	if address, err = h.listen(providers.NewEnergy(providers.EnergyConfig{Seed: 5, Months: 2})); err != nil {
		return err
	}
	src, err = h.Connect.Add(ctx, connect.NewSource{Connector: "armor", Config: map[string]string{"address": address}})
	if err != nil {
		return err
	}
	h.mark("signs-in", src.ID)
	energy := providers.NewEnergy(providers.EnergyConfig{Seed: 5, Months: 2, Interval: time.Second, Device: time.Hour})
	if src, err = h.beginCode(ctx, energy); err != nil {
		return err
	}
	h.mark("types-code", src.ID)
	refusing := providers.NewEnergy(providers.EnergyConfig{Seed: 5, Months: 2, Interval: time.Second})
	refusing.SetFault(providers.Fault{Kind: providers.CodeExpired})
	if src, err = h.beginCode(ctx, refusing); err != nil {
		return err
	}
	h.mark("late-code", src.ID)
	return h.untilEnded(ctx, src)
}

// askLetters makes a source that waits for the letters of a picture.
func (h *House) askLetters(ctx context.Context) error {
	telco := providers.NewTelco(providers.TelcoConfig{Seed: 5, Months: 2, Letters: true})
	address, err := h.listen(telco)
	if err != nil {
		return err
	}
	src, err := h.Connect.Add(ctx, connect.NewSource{Connector: "ondine", Config: map[string]string{"address": address, "username": telco.User()},
		Secrets: map[string]core.Secret{"password": core.Secret(telco.Password())}})
	if err != nil {
		return err
	}
	h.mark("shows", src.ID)
	return h.untilAsked(ctx, src)
}

// beginCode adds the supplier as a source and begins to sign in with a code.
func (h *House) beginCode(ctx context.Context, energy *providers.Energy) (connect.Source, error) {
	address, err := h.listen(energy)
	if err != nil {
		return connect.Source{}, err
	}
	src, err := h.Connect.Add(ctx, connect.NewSource{Connector: "armor", Config: map[string]string{"address": address}})
	if err != nil {
		return src, err
	}
	return src, h.Connect.BeginDeviceSignIn(ctx, src.ID)
}

// untilEnded waits until the source's sign-in with a code has come to nothing.
func (h *House) untilEnded(ctx context.Context, src connect.Source) error {
	beat := time.NewTicker(100 * time.Millisecond)
	defer beat.Stop()
	for {
		d, err := h.Connect.DeviceSignIn(ctx, src.ID)
		if err != nil || d == nil || d.Ended != "" {
			return err
		}
		select {
		case <-beat.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
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
