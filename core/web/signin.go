package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	callbackPath = "/oauth/callback/" // and the connector's id
	signInAge    = 600                // seconds that the cookie of a sign-in lasts
)

type signInPage struct {
	frame
	ID, Label, Host, Href string
	Problem               *advice
}

// A signInButton leads to the provider's own sign-in, by one of its ways.
type signInButton struct {
	Path  string // behind /sources/
	Words string
	Quiet bool
}

// beginSignIn shows the page from which the person goes to the provider. A
// form's answer cannot lead there: the home's forms go nowhere else.
func (s *site) beginSignIn(v *visit) error {
	src, err := sourceOf(v)
	if err != nil {
		return err
	}
	begun, err := v.Connect.BeginSignIn(v.Request().Context(), src.ID, baseOf(v.Request())+callbackPath+src.Connector)
	if err != nil {
		return s.afterwards(v, err)
	}
	setSignIn(v.Context, string(begun.Binding), signInAge)
	return s.showSignIn(v, src, begun.URL, nil)
}

func (s *site) showSignIn(v *visit, src connect.Source, href string, wrong error) error {
	page := &signInPage{frame: s.frame(v, v.l.T("signin.title", "name", src.Label)), ID: src.ID.String(), Label: src.Label, Href: href}
	status := http.StatusOK
	if wrong != nil {
		page.Problem, status = landingAdvice(v.l, wrong), problemOf(wrong).Status
	}
	if u, err := url.Parse(href); err == nil {
		page.Host = u.Host
	}
	return s.render(v.Context, status, "signin", page)
}

// baseOf is the address by which the browser reaches the home. The guard has
// checked that the host is one of its names.
func baseOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// setSignIn keeps the cookie by which the browser that went to the provider is
// known when the provider sends it back: the session's is not sent then.
func setSignIn(c echo.Context, binding string, maxAge int) {
	c.SetCookie(&http.Cookie{Name: signInCookie(c.Request()), Value: binding, Path: "/", MaxAge: maxAge,
		Secure: isSecure(c.Request()), HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func signInCookie(r *http.Request) string { return cookieName(r) + "-oauth" }

type landedPage struct {
	frame
	Href    string
	Problem *advice
}

// callback is where the provider sends the browser back to. Nothing in the
// address leads anywhere but to the source whose sign-in it ends.
func (s *site) callback(c echo.Context) error {
	l := speak(c)
	page := &landedPage{frame: s.outside(c, "landed.title"), Href: "/sources"}
	page.Path = "/" // not the code's address
	rooms, err := s.Home.Rooms()
	if err != nil {
		page.Problem = adviceFor(l, "landed.locked")
		return s.render(c, problemOf(err).Status, "landed", page)
	}
	landing := connect.Landing{URL: c.Request().URL}
	if cookie, err := c.Cookie(signInCookie(c.Request())); err == nil {
		landing.Binding = core.Secret(cookie.Value)
	}
	id, err := rooms.Connect.Land(c.Request().Context(), landing)
	if id != core.Own {
		page.Href = "/sources/" + id.String()
		setSignIn(c, "", -1)
	}
	if err != nil {
		page.Problem = landingAdvice(l, err)
		return s.render(c, problemOf(err).Status, "landed", page)
	}
	c.Response().Header().Set("Refresh", "1; url="+page.Href) // a redirect would come from the provider: without a session
	return s.render(c, http.StatusOK, "landed", page)
}

// landingAdvice says why a sign-in did not end well.
func landingAdvice(l *locale.Locale, err error) *advice {
	switch core.CodeOf(err) {
	case core.Forbidden:
		return adviceFor(l, "landed.unknown")
	case protocol.ActionNeeded, protocol.AuthFailed: // of the client, not of a password
		return adviceFor(l, "landed.refused")
	case protocol.AuthExpired:
		return adviceFor(l, "landed.late")
	}
	return adviceOf(l, err)
}

// land takes the address at which the person's browser stopped, where the
// provider cannot send it back to the home.
func (s *site) land(v *visit) error {
	src, err := sourceOf(v)
	if err != nil {
		return err
	}
	at, err := url.Parse(v.FormValue("landing"))
	if err != nil {
		return s.showSignIn(v, src, "", core.E(core.Forbidden, "sign in", nil))
	}
	id, err := v.Connect.Land(v.Request().Context(), connect.Landing{URL: at, Pasted: true})
	if err != nil {
		return s.showSignIn(v, src, "", err)
	}
	return v.Redirect(http.StatusSeeOther, "/sources/"+id.String())
}
