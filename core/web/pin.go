package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// The browser keeps the highest head of the vault that it has seen: an older
// copy of the whole file put in its place cannot be told from the file itself.

const pinAge = 400 * 24 * 3600 // seconds; browsers keep none longer

func pinName(r *http.Request) string {
	if isSecure(r) {
		return "__Host-head"
	}
	return "head"
}

// isOlder reports whether the vault is older than this browser has seen it, or
// has gone on differently since. A head of another home tells nothing.
func isOlder(c echo.Context, v *vault.Vault) (bool, error) {
	cookie, err := c.Cookie(pinName(c.Request()))
	if err != nil {
		return false, nil
	}
	err = v.CheckHead(c.Request().Context(), vault.Head(cookie.Value))
	switch core.CodeOf(err) {
	case "", core.Invalid:
		return false, nil
	case core.Damaged:
		return true, nil
	}
	return false, err
}

// pin has the browser keep the vault's head, unless it knows a later one.
func pin(c echo.Context, v *vault.Vault) error {
	if older, err := isOlder(c, v); older || err != nil {
		return err
	}
	head, err := v.Head(c.Request().Context())
	if err != nil {
		return err
	}
	if known, err := c.Cookie(pinName(c.Request())); err == nil && known.Value == string(head) {
		return nil
	}
	c.SetCookie(&http.Cookie{Name: pinName(c.Request()), Value: string(head), Path: "/", MaxAge: pinAge,
		Secure: isSecure(c.Request()), HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return nil
}
