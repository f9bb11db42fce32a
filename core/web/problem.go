package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// statuses maps every code to an HTTP status.
func statuses() map[core.Code]int {
	return map[core.Code]int{
		core.NotFound: http.StatusNotFound, core.Invalid: http.StatusBadRequest, core.Conflict: http.StatusConflict,
		core.Locked: http.StatusLocked, core.Forbidden: http.StatusForbidden, core.Unauthenticated: http.StatusUnauthorized,
		core.Damaged:        http.StatusInternalServerError,
		protocol.AuthFailed: http.StatusBadGateway, protocol.AuthExpired: http.StatusBadGateway, protocol.OTPWrong: http.StatusBadGateway,
		protocol.ActionNeeded: http.StatusBadGateway, protocol.ConsentExpired: http.StatusBadGateway,
		protocol.RateLimited: http.StatusTooManyRequests, protocol.Unavailable: http.StatusBadGateway,
		protocol.SourceChanged: http.StatusBadGateway, protocol.Blocked: http.StatusForbidden,
		protocol.Limit: http.StatusRequestEntityTooLarge, protocol.InvalidFile: http.StatusUnprocessableEntity,
		protocol.Internal: http.StatusInternalServerError,
	}
}

// A problem is an error as the API answers it (RFC 9457).
type problem struct {
	Type   string            `json:"type"`
	Title  string            `json:"title,omitempty"` // in the caller's language
	Status int               `json:"status"`
	Code   core.Code         `json:"code"`
	Detail string            `json:"detail"`
	Args   map[string]string `json:"args,omitempty"`
}

// problemOf describes err to a caller. What is no core.Error stays vague: its
// text is for the log.
func problemOf(err error) problem {
	code := core.CodeOf(err)
	p := problem{Type: "about:blank", Status: statuses()[code], Code: code, Detail: protocol.Text(err)}
	if e, ok := asError(err); ok {
		p.Args = e.Args
		if e.Err != nil {
			p.Detail = protocol.Text(e.Err)
		}
	} else if code == protocol.Internal {
		p.Detail = "something went wrong inside the home"
	}
	return p
}

func writeProblem(c echo.Context, err error) error { return sendProblem(c, problemOf(err)) }

// sendProblem sends p, titled in the language that the caller asks for.
func sendProblem(c echo.Context, p problem) error {
	l := locale.New(locale.Match(c.Request().Header.Get("Accept-Language")))
	p.Title = l.T(titleKey(c, p.Code))
	h := c.Response().Header()
	h.Set("Content-Language", string(l.Lang))
	h.Add("Vary", "Accept-Language")
	c.Response().Header().Set(echo.HeaderContentType, "application/problem+json")
	return c.JSON(p.Status, p)
}

// titleKey names the message of a code. To who comes with a token, some mean
// something else than on a page.
func titleKey(c echo.Context, code core.Code) string {
	switch {
	case code == core.Unauthenticated && c.Response().Header().Get(echo.HeaderWWWAuthenticate) != "":
		return "api.token"
	case code == protocol.RateLimited && c.Response().Header().Get(echo.HeaderRetryAfter) != "":
		return "api.slow"
	}
	return "problem." + string(code)
}

func asError(err error) (*core.Error, bool) { return errors.AsType[*core.Error](err) }
