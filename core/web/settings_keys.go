package web

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/vault"
)

// prove checks the home's password, typed once more before something that a
// borrowed session must not do. It returns what to say beside the field, "" when
// it is right. Wrong ones cost growing time.
func (s *site) prove(v *visit, password string) (wrong string, err error) {
	attempt, err := s.Attempts.Begin(addressOf(v.Request()))
	if e, ok := asError(err); ok {
		return v.l.T("unlock.wait", "n", e.Args["seconds"]), nil
	}
	err = s.Home.Unlock(v.Request().Context(), vault.Password(core.Secret(password)))
	switch core.CodeOf(err) {
	case "":
		attempt.Succeeded()
		return "", nil
	case core.Unauthenticated:
		return v.l.T("problem.unauthenticated"), nil
	}
	return "", err
}

// setPassword changes the password and ends the other sessions.
func (s *site) setPassword(v *visit) error {
	password := core.Secret(v.FormValue("password"))
	strength := auth.Estimate(password)
	switch {
	case strength.Short || strength.Long:
		return s.refuse(v, http.StatusBadRequest, "password", v.l.T("settings.length"))
	case !strength.IsEnough():
		return s.refuse(v, http.StatusBadRequest, "password", v.l.T("settings.guessed", "time", guessTime(v.l, strength.Time())))
	case string(password) != v.FormValue("again"):
		return s.refuse(v, http.StatusBadRequest, "again", v.l.T("setup.differ"))
	}
	wrong, err := s.prove(v, v.FormValue("old"))
	if err != nil {
		return err
	}
	if wrong != "" {
		return s.refuse(v, http.StatusForbidden, "old", wrong)
	}
	ctx := v.Request().Context()
	if err := setPassword(ctx, v.Rooms, password); err != nil {
		return err
	}
	if err := v.Auth.RevokeOthers(ctx, currentSession(v)); err != nil {
		return err
	}
	page, err := s.settingsPage(v)
	if err != nil {
		return err
	}
	page.Done = adviceFor(v.l, "settings.done-password", "time", guessTime(v.l, strength.Time()))
	return s.render(v.Context, http.StatusOK, "settings", page)
}

// setPassword sets a password that is good enough, for whoever proved to own
// the home.
func setPassword(ctx context.Context, r *Rooms, password core.Secret) error {
	if err := auth.CheckPassword(password); err != nil {
		return err
	}
	if err := r.Vault.SetPassword(ctx, password); err != nil {
		return err
	}
	return noted(ctx, r, ledger.Entry{Kind: ledger.Password})
}

// newRecovery makes a recovery key in place of the old one.
func newRecovery(ctx context.Context, r *Rooms) (vault.RecoveryKey, error) {
	key, err := r.Vault.NewRecovery(ctx)
	if err != nil {
		return "", err
	}
	return key, noted(ctx, r, ledger.Entry{Kind: ledger.Recovery})
}

// guessTime says how long guessing a password takes.
func guessTime(l *locale.Locale, t time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case t == math.MaxInt64:
		return l.T("settings.guess-centuries")
	case t < day:
		return l.T("settings.guess-moments")
	case t < 2*365*day:
		return l.N("settings.guess-days", int(t/day))
	}
	return l.N("settings.guess-years", int(t/(365*day)))
}
