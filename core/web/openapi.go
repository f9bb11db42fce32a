package web

import (
	_ "embed"
	"net/http"

	"github.com/labstack/echo/v4"
)

// openAPIText describes what tokens reach, as OpenAPI 3.1. Tests hold it against
// the routes and their answers.
//
//go:embed openapi.json
var openAPIText []byte

// openAPI sends the description to anyone: it says nothing of this home.
func openAPI(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/vnd.oai.openapi+json;version=3.1", openAPIText)
}
