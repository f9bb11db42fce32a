package web

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/vault"
)

// A visit is one request of the person, inside.
type visit struct {
	echo.Context
	*Rooms
	l       *locale.Locale
	session auth.Session
}

const visiting = "visit" // where a request keeps its visit

// inside lets in who has a session, and sends the others to the door.
func (s *site) inside(f func(*visit) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		switch s.Home.State() {
		case New:
			return c.Redirect(http.StatusSeeOther, "/setup")
		case Locked:
			return toUnlock(c)
		}
		rooms, err := s.Home.Rooms()
		if err != nil {
			return toUnlock(c)
		}
		cookie, err := c.Cookie(cookieName(c.Request()))
		if err != nil {
			return toUnlock(c)
		}
		session, err := rooms.Auth.Check(c.Request().Context(), core.Secret(cookie.Value))
		if err != nil {
			return toUnlock(c)
		}
		v := &visit{c, rooms, speak(c), session}
		c.Set(visiting, v)
		return f(v)
	}
}

func toUnlock(c echo.Context) error {
	back := ""
	if c.Request().Method == http.MethodGet && c.Path() != "/" {
		back = "?back=" + url.QueryEscape(c.Request().URL.EscapedPath())
	}
	return c.Redirect(http.StatusSeeOther, "/unlock"+back)
}

// cookieName returns the session cookie's name. A browser keeps a cookie of
// this prefix only when it is Secure, which it takes from a loopback address as
// from TLS; a home that the person serves without TLS elsewhere has to do
// without.
func cookieName(r *http.Request) string {
	if isSecure(r) {
		return "__Host-domicile"
	}
	return "domicile"
}

func isSecure(r *http.Request) bool { return r.TLS != nil || isLoopback(hostname(r.Host)) }

func setCookie(c echo.Context, token core.Secret, maxAge int) {
	c.SetCookie(&http.Cookie{Name: cookieName(c.Request()), Value: string(token), Path: "/", MaxAge: maxAge,
		Secure: isSecure(c.Request()), HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// speak returns the language of a request: as chosen, else as the browser asks.
func speak(c echo.Context) *locale.Locale {
	if cookie, err := c.Cookie("lang"); err == nil {
		return locale.New(locale.Lang(cookie.Value))
	}
	return locale.New(locale.Match(c.Request().Header.Get("Accept-Language")))
}

func (s *site) setLanguage(c echo.Context) error {
	lang := locale.New(locale.Lang(c.FormValue("lang"))).Lang
	c.SetCookie(&http.Cookie{Name: "lang", Value: string(lang), Path: "/", MaxAge: 365 * 24 * 3600,
		Secure: isSecure(c.Request()), HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return c.Redirect(http.StatusSeeOther, within(c.FormValue("back")))
}

// within returns path when it is a path of this home, else "/": no form can
// make the home send its owner elsewhere.
func within(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

type setupPage struct {
	frame
	Token   string
	Problem *advice
}

func (s *site) showSetup(c echo.Context) error {
	if s.Home.State() != New {
		return c.Redirect(http.StatusSeeOther, "/")
	}
	token := c.QueryParam("token")
	if err := s.Setup.Check(core.Secret(token)); err != nil {
		return s.noLink(c)
	}
	return s.render(c, http.StatusOK, "setup", &setupPage{frame: s.outside(c, "setup.title"), Token: token})
}

// noLink turns away who comes without the link of first set-up.
func (s *site) noLink(c echo.Context) error {
	page := &problemPage{s.outside(c, "setup.title"), adviceFor(speak(c), "setup.no-link"), false}
	return s.render(c, http.StatusForbidden, "problem", page)
}

func (s *site) setUp(c echo.Context) error {
	token := core.Secret(c.FormValue("token"))
	if s.Home.State() != New {
		return c.Redirect(http.StatusSeeOther, "/")
	}
	if err := s.Setup.Check(token); err != nil {
		return s.noLink(c)
	}
	again := func(why *advice) error {
		page := &setupPage{frame: s.outside(c, "setup.title"), Token: string(token), Problem: why}
		return s.render(c, http.StatusBadRequest, "setup", page)
	}
	password := core.Secret(c.FormValue("password"))
	if string(password) != c.FormValue("again") {
		return again(adviceFor(speak(c), "setup.differ"))
	}
	if auth.CheckPassword(password) != nil {
		return again(weakAdvice(speak(c), auth.Estimate(password)))
	}
	var key vault.RecoveryKey
	err := s.Setup.Spend(token, func() (err error) {
		key, err = s.Home.SetUp(c.Request().Context(), password)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.letIn(c); err != nil {
		return err
	}
	page := newSheet(s.outside(c, "sheet.title"), key)
	page.IsFirst = true
	return s.render(c, http.StatusOK, "recovery", page)
}

// weakAdvice says what is wrong with a password, and how soon it is guessed.
func weakAdvice(l *locale.Locale, strength auth.Strength) *advice {
	if strength.Short || strength.Long {
		return &advice{l.T("setup.weak"), l.T("settings.length")}
	}
	return &advice{l.T("setup.weak"), l.T("settings.guessed", "time", guessTime(l, strength.Time()))}
}

// letIn starts a session for who proved to own the home.
func (s *site) letIn(c echo.Context) error {
	rooms, err := s.Home.Rooms()
	if err != nil {
		return err
	}
	token, session, err := rooms.Auth.Open(c.Request().Context(), c.Request().UserAgent())
	if err != nil {
		return err
	}
	if err := noted(c.Request().Context(), rooms, ledger.Entry{Kind: ledger.SignIn, Device: ledger.Clip(session.Device)}); err != nil {
		return err
	}
	setCookie(c, token, int(auth.WholeLife.Seconds()))
	return nil
}

type unlockPage struct {
	frame
	Back    string
	Problem *advice
}

func (s *site) showUnlock(c echo.Context) error {
	if s.Home.State() == New {
		return c.Redirect(http.StatusSeeOther, "/setup")
	}
	return s.render(c, http.StatusOK, "unlock", &unlockPage{frame: s.outside(c, "unlock.title"), Back: within(c.QueryParam("back"))})
}

// unlock checks the password, or the recovery key, also when the home is
// unlocked already: this is signing in too. Wrong answers cost growing time.
func (s *site) unlock(c echo.Context) error {
	key := vault.Password(core.Secret(c.FormValue("password")))
	if text := c.FormValue("recovery"); text != "" {
		key = vault.Recovery(core.Secret(text))
	}
	wrong := func(advice *advice) error {
		page := &unlockPage{frame: s.outside(c, "unlock.title"), Back: within(c.FormValue("back")), Problem: advice}
		return s.render(c, http.StatusUnauthorized, "unlock", page)
	}
	attempt, err := s.Attempts.Begin(addressOf(c.Request()))
	if e, ok := asError(err); ok {
		return wrong(adviceFor(speak(c), "unlock.wait", "n", e.Args["seconds"]))
	}
	err = s.Home.Unlock(c.Request().Context(), key)
	switch core.CodeOf(err) {
	case "":
	case core.Unauthenticated, core.Invalid:
		return wrong(adviceFor(speak(c), "unlock.wrong"))
	case core.Damaged:
		s.Log.Error("unlock", "error", err)
		return wrong(adviceFor(speak(c), "unlock.damaged"))
	default:
		return err
	}
	attempt.Succeeded()
	if err := s.letIn(c); err != nil {
		return err
	}
	return s.welcome(c)
}

// welcome sends on who was let in, or says first that the vault was put back to
// an older state.
func (s *site) welcome(c echo.Context) error {
	rooms, err := s.Home.Rooms()
	if err != nil {
		return err
	}
	switch older, err := isOlder(c, rooms.Vault); {
	case err != nil:
		return err
	case older:
		s.Log.Warn("unlocked a vault older than a browser has seen it")
		return s.render(c, http.StatusOK, "problem", &problemPage{s.outside(c, "unlock.title"), adviceFor(speak(c), "unlock.older"), true})
	}
	return c.Redirect(http.StatusSeeOther, within(c.FormValue("back")))
}

// addressOf is who asks, as far as the network says.
func addressOf(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return from.Addr()
}

func (s *site) lock(v *visit) error {
	setCookie(v.Context, "", -1)
	s.Home.Lock()
	return v.Redirect(http.StatusSeeOther, "/unlock")
}
