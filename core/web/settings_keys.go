package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"strconv"
	"strings"
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

// A recoveryPage is the sheet with a new key, and the check that it was kept.
type recoveryPage struct {
	frame
	Key           string // "" when it was shown before
	First, Second int    // groups to type, from 1
	Salt, Digest  string // of those two
	Problem       *advice
}

// makeRecovery makes a new recovery key, shown once.
func (s *site) makeRecovery(v *visit) error {
	wrong, err := s.prove(v, v.FormValue("recovery-password"))
	if err != nil {
		return err
	}
	if wrong != "" {
		return s.refuse(v, http.StatusForbidden, "recovery-password", wrong)
	}
	key, err := newRecovery(v.Request().Context(), v.Rooms)
	if err != nil {
		return err
	}
	page := &recoveryPage{frame: s.frame(v, v.l.T("sheet.title")), Key: string(key), Salt: rand.Text()}
	groups := strings.Split(string(key), "-")
	picks := mathrand.Perm(len(groups))
	page.First, page.Second = min(picks[0], picks[1])+1, max(picks[0], picks[1])+1
	page.Digest = keptDigest(page.Salt, groups[page.First-1], groups[page.Second-1])
	return s.render(v.Context, http.StatusOK, "recovery", page)
}

// keptDigest lets the check work without the key: what two of its groups say,
// salted. The other groups, and so the key, stay unknown.
func keptDigest(salt, first, second string) string {
	// 0, 1 and 8 are not in the alphabet: they are misread letters.
	read := strings.NewReplacer(" ", "", "-", "", "0", "O", "1", "I", "8", "B")
	sum := sha256.Sum256([]byte(salt + "\n" + read.Replace(strings.ToUpper(first)) + "\n" + read.Replace(strings.ToUpper(second))))
	return hex.EncodeToString(sum[:])
}

// checkRecovery holds two groups that the person reads from the sheet against
// the key.
func (s *site) checkRecovery(v *visit) error {
	page := &recoveryPage{frame: s.frame(v, v.l.T("sheet.title")), Salt: v.FormValue("salt"), Digest: v.FormValue("digest")}
	var err, err2 error
	page.First, err = strconv.Atoi(v.FormValue("a"))
	page.Second, err2 = strconv.Atoi(v.FormValue("b"))
	if err != nil || err2 != nil {
		return done(v, "")
	}
	if keptDigest(page.Salt, v.FormValue("first"), v.FormValue("second")) == page.Digest {
		return done(v, "recovery")
	}
	page.Problem = adviceFor(v.l, "recovery.differs")
	return s.render(v.Context, http.StatusBadRequest, "recovery", page)
}
