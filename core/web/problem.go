package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
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

func writeProblem(c echo.Context, err error) error {
	p := problemOf(err)
	c.Response().Header().Set(echo.HeaderContentType, "application/problem+json")
	return c.JSON(p.Status, p)
}

func asError(err error) (*core.Error, bool) { return errors.AsType[*core.Error](err) }
