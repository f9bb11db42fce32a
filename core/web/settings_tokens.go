package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func sortOptions(options []option) {
	slices.SortFunc(options, func(a, b option) int { return cmp.Compare(b.Value, a.Value) })
}

// currentSession returns the id of the session that asks; "" when it ended
// meanwhile.
func currentSession(v *visit) string {
	cookie, err := v.Cookie(cookieName(v.Request()))
	if err != nil {
		return ""
	}
	session, err := v.Auth.Check(v.Request().Context(), core.Secret(cookie.Value))
	if err != nil {
		return ""
	}
	return session.ID
}

func (s *site) listSessions(v *visit, page *settingsPage) {
	current := currentSession(v)
	for _, one := range v.Auth.List() {
		line := sessionLine{ID: one.ID, Device: cmp.Or(deviceWords(one.Device), v.l.T("settings.device-unnamed")), Since: v.l.Moment(one.Created, s.Zone),
			Seen: v.l.Moment(one.Seen, s.Zone), Current: one.ID == current}
		page.Sessions, page.Others = append(page.Sessions, line), page.Others || !line.Current
	}
}

// revokeSession ends one session, this one too if the person wants.
func (s *site) revokeSession(v *visit) error {
	id, device := v.Param("session"), ""
	for _, one := range v.Auth.List() {
		if one.ID == id {
			device = one.Device
		}
	}
	if err := v.Auth.Revoke(v.Request().Context(), id); err != nil && core.CodeOf(err) != core.NotFound {
		return err
	}
	if err := noted(v.Request().Context(), v.Rooms, ledger.Entry{Kind: ledger.SessionEnded, Device: ledger.Clip(device)}); err != nil {
		return err
	}
	return done(v, "revoked")
}

// revokeOthers ends every session but this one.
func (s *site) revokeOthers(v *visit) error {
	ctx, current := v.Request().Context(), currentSession(v)
	for _, one := range v.Auth.List() {
		if one.ID == current {
			continue
		}
		if err := noted(ctx, v.Rooms, ledger.Entry{Kind: ledger.SessionEnded, Device: ledger.Clip(one.Device)}); err != nil {
			return err
		}
	}
	if err := v.Auth.RevokeOthers(ctx, current); err != nil {
		return err
	}
	return done(v, "revoked")
}

// lives are how long a token may be asked to live, in days.
func lives() []int { return []int{7, 30, 90, 365} }

const usualLife = "90"

func (s *site) listTokens(v *visit, page *settingsPage) error {
	tokens, err := v.Tokens.List(v.Request().Context())
	if err != nil {
		return err
	}
	for _, t := range tokens {
		line := tokenLine{ID: t.ID, Name: t.Name, Scopes: scopeWords(v, t.Scopes), Expires: v.l.Moment(t.Expires, s.Zone), Expired: v.Tokens.HasExpired(t)}
		if !t.Seen.IsZero() {
			line.Seen = v.l.Moment(t.Seen, s.Zone)
		}
		page.Tokens = append(page.Tokens, line)
	}
	form, err := v.FormParams()
	if err != nil {
		return core.E(core.Invalid, "read form", err)
	}
	for _, scope := range auth.Scopes() {
		page.Scopes = append(page.Scopes, option{string(scope), v.l.T(scopeKeys()[scope]), slices.Contains(form["scope"], string(scope))})
	}
	chosen := cmp.Or(form.Get("life"), usualLife)
	for _, days := range lives() {
		value := strconv.Itoa(days)
		page.Lives = append(page.Lives, option{value, v.l.N("settings.days", days), value == chosen})
	}
	page.Typed["name"] = form.Get("name")
	return nil
}

// makeToken makes a token, shown once.
func (s *site) makeToken(v *visit) error {
	form, err := v.FormParams()
	if err != nil {
		return core.E(core.Invalid, "read form", err)
	}
	n := auth.NewToken{Name: strings.TrimSpace(form.Get("name"))}
	for _, scope := range form["scope"] {
		n.Scopes = append(n.Scopes, auth.Scope(scope))
	}
	if days, err := strconv.Atoi(form.Get("life")); err == nil && days > 0 && days <= 366 {
		n.Life = time.Duration(days) * 24 * time.Hour
	}
	wrong, err := s.prove(v, form.Get("token-password"))
	if err != nil {
		return err
	}
	if wrong != "" {
		return s.refuse(v, http.StatusForbidden, "token-password", wrong)
	}
	secret, _, err := v.Tokens.Make(v.Request().Context(), n, func(tx *vault.Tx, t auth.Token) error {
		return v.Ledger.Add(tx, ledger.Entry{Kind: ledger.TokenMade, Token: t.ID, Name: t.Name})
	})
	switch e, ok := asError(err); {
	case ok && e.Code == core.Invalid:
		return s.refuse(v, http.StatusBadRequest, e.Args["field"], v.l.T(tokenKeys()[e.Args["field"]]))
	case ok && e.Code == protocol.Limit:
		return s.refuse(v, http.StatusConflict, "name", v.l.T("settings.wrong-many"))
	case err != nil:
		return err
	}
	page, err := s.settingsPage(v)
	if err != nil {
		return err
	}
	page.NewToken, page.Typed["name"] = string(secret), ""
	return s.render(v.Context, http.StatusOK, "settings", page)
}

// tokenKeys says what is wrong with a field of a new token.
func tokenKeys() map[string]string {
	return map[string]string{"name": "settings.wrong-name", "scopes": "settings.wrong-scopes", "life": "settings.wrong-life"}
}

func (s *site) revokeToken(v *visit) error {
	err := v.Tokens.Revoke(v.Request().Context(), v.Param("token"), func(tx *vault.Tx, t auth.Token) error {
		return v.Ledger.Add(tx, ledger.Entry{Kind: ledger.TokenRevoked, Token: t.ID, Name: t.Name})
	})
	if err != nil && core.CodeOf(err) != core.NotFound {
		return err
	}
	return done(v, "revoked")
}
