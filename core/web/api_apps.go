package web

import (
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/core/signed"
)

// An apiApp is an app as the command line sees it.
type apiApp struct {
	ID       string         `json:"id"`
	Version  string         `json:"version"`
	Standing apps.Standing  `json:"standing"`
	Signed   *signed.Header `json:"signed,omitempty"` // one that came as a file
}

func (a *api) listApps(c echo.Context, r *Rooms) error {
	all := []apiApp{}
	for _, p := range r.Apps.All() {
		g, err := r.Apps.Granted(c.Request().Context(), p.Manifest.ID)
		if err != nil {
			return err
		}
		one := apiApp{ID: p.Manifest.ID, Version: p.Manifest.Version, Standing: r.Apps.Standing(g)}
		if h, ok := r.Apps.Header(p.Manifest.ID); ok {
			one.Signed = &h
		}
		all = append(all, one)
	}
	return c.JSON(http.StatusOK, map[string]any{"apps": all})
}

func (a *api) installApp(c echo.Context, r *Rooms) error {
	file, err := signedFile(c.Request().Body)
	if err != nil {
		return err
	}
	in, err := r.Apps.Install(c.Request().Context(), file)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, in.Header)
}

func (a *api) removeApp(c echo.Context, r *Rooms) error {
	if err := r.Apps.Uninstall(c.Request().Context(), c.Param("app")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (a *api) listPacks(c echo.Context, r *Rooms) error {
	all, err := r.Packs.List(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string][]pack.Held{"packs": append([]pack.Held{}, all...)})
}

func (a *api) addPack(c echo.Context, r *Rooms) error {
	file, err := signedFile(c.Request().Body)
	if err != nil {
		return err
	}
	held, err := r.Packs.Add(c.Request().Context(), file)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, held)
}

func (a *api) removePack(c echo.Context, r *Rooms) error {
	if err := r.Packs.Remove(c.Request().Context(), c.Param("pack")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// followPack has the pack at an address fetched, now and from now on.
func (a *api) followPack(c echo.Context, r *Rooms) error {
	body, err := read[struct {
		Address string `json:"address"`
	}](c)
	if err != nil {
		return err
	}
	return answerPack(c, func() (pack.Held, error) { return r.Fetcher.Follow(c.Request().Context(), body.Address) })
}

func (a *api) fetchPack(c echo.Context, r *Rooms) error {
	return answerPack(c, func() (pack.Held, error) { return r.Fetcher.Fetch(c.Request().Context(), c.Param("pack")) })
}

func answerPack(c echo.Context, fetch func() (pack.Held, error)) error {
	held, err := fetch()
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, held)
}

func (a *api) unfollowPack(c echo.Context, r *Rooms) error {
	if err := r.Packs.Unfollow(c.Request().Context(), c.Param("pack")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// signedFile reads a signed file, of any size that one may have.
func signedFile(body io.Reader) ([]byte, error) {
	const most = signed.MaxContent + 64<<10
	file, err := io.ReadAll(io.LimitReader(body, most+1))
	if err != nil {
		return nil, core.E(core.Invalid, "read file", err)
	}
	if len(file) > most {
		return nil, core.E(core.Invalid, "read file", errors.New("too large for a signed file"))
	}
	return file, nil
}
