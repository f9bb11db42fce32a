package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
)

// changePassword checks that the caller holds a key of the vault and sets the
// new password.
func (a *api) changePassword(c echo.Context, r *Rooms, proof vault.Key, password string) error {
	ctx := c.Request().Context()
	if err := a.home.Unlock(ctx, proof); err != nil {
		return err
	}
	if err := setPassword(ctx, r, core.Secret(password)); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (a *api) newRecovery(c echo.Context, r *Rooms) error {
	body, err := read[passwords](c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := a.home.Unlock(ctx, vault.Password(core.Secret(body.Password))); err != nil {
		return err
	}
	key, err := newRecovery(ctx, r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]string{"recovery": string(key)})
}

func (a *api) newKeyFile(c echo.Context, r *Rooms) error {
	ctx := c.Request().Context()
	key, err := r.Vault.AddKeyFile(ctx)
	if err != nil {
		return err
	}
	if err := noted(ctx, r, ledger.Entry{Kind: ledger.Setting, What: "key-file"}); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string][]byte{"key": key})
}

func (a *api) removeKeyFile(c echo.Context, r *Rooms) error {
	if err := removeKeyFile(c.Request().Context(), r); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// walked is what verify looked at.
type walked struct {
	vault.Stats
	Ledger ledger.Head // what a client may keep
}

// verify walks the vault and its ledger and streams each damage, then what was
// walked.
func (a *api) verify(c echo.Context, r *Rooms) error {
	out := lines(c)
	var failed error
	stats, err := r.Vault.Verify(c.Request().Context(), func(d vault.Damage) {
		if failed == nil {
			failed = out(map[string]string{"damage": d.Err.Error(), "source": d.Source.String()})
		}
	})
	if err != nil {
		return err
	}
	told, err := r.Ledger.Verify(c.Request().Context(), nil, func(err error) {
		if failed == nil {
			failed = out(map[string]string{"damage": err.Error(), "source": core.Own.String()})
		}
	})
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	stats.Damages += told.Damages
	return out(map[string]any{"stats": walked{stats, told.Head}})
}

func (a *api) compact(c echo.Context, r *Rooms) error {
	if err := compact(c.Request().Context(), r); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
