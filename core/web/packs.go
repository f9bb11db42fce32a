package web

import (
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func (s *site) routePacks(e *echo.Echo) {
	e.GET("/packs", s.inside(s.packs))
	e.POST("/packs", s.inside(s.addPackFile))
	e.POST("/packs/follow", s.inside(s.followPack))
	e.POST("/packs/:pack/fetch", s.inside(s.fetchPack))
	e.POST("/packs/:pack/pause", s.inside(s.pausePack))
	e.POST("/packs/:pack/resume", s.inside(s.resumePack))
	e.POST("/packs/:pack/unfollow", s.inside(s.unfollowPack))
	e.POST("/packs/:pack/remove", s.inside(s.removePack))
}

type packsPage struct {
	frame
	Problem, Done *advice
	Packs         []packCard
	Address       string // as typed
	AddressWrong  string
}

// A packCard is a pack in the list.
type packCard struct {
	ID, Name, About  string
	State            standing
	Next             string // when it is fetched by itself
	Trouble          *advice
	Facts, Compare   []fact
	Readers          []fact
	Followed, Paused bool
	RemoveWords      string
}

// packs shows what public figures the home keeps, and where they come from.
func (s *site) packs(v *visit) error {
	page := &packsPage{}
	if what := v.QueryParam("done"); slices.Contains([]string{"added", "followed", "fetched", "removed"}, what) {
		page.Done = adviceFor(v.l, "packs.done-"+what)
	}
	return s.renderPacks(v, http.StatusOK, page)
}

func (s *site) renderPacks(v *visit, status int, page *packsPage) error {
	page.frame = s.frame(v, v.l.T("packs.title"))
	page.Path = "/packs"
	held, err := v.Packs.List(v.Request().Context())
	if err != nil {
		return err
	}
	for _, p := range held {
		card, err := s.packCard(v, p)
		if err != nil {
			return err
		}
		page.Packs = append(page.Packs, card)
	}
	return s.render(v.Context, status, "packs", page)
}

func (s *site) packCard(v *visit, p pack.Held) (packCard, error) {
	l := v.l
	card := packCard{ID: p.ID, Name: packName(l, p.ID),
		State:       standing{l.T("packs.came", "when", l.Near(p.Added.In(s.Zone), s.now())), "idle"},
		RemoveWords: l.T("packs.remove-words", "size", l.Size(int64(p.Size)))}
	if key := "packs.about-" + p.ID; l.Has(key) {
		card.About = l.T(key)
	}
	card.Facts = []fact{{Name: l.T("packs.date"), Value: l.Time(p.Date)}, {Name: l.T("packs.publisher"), Value: clip(p.Publisher, maxName)},
		{Name: l.T("packs.version"), Value: strings.Join([]string{p.Version, l.Size(int64(p.Size)), clip(p.Licence, maxName)}, " · ")}}
	card.Compare = []fact{{Name: l.T("packs.digest"), Value: p.SHA256}, {Name: l.T("packs.key"), Value: hex.EncodeToString(p.Key)}}
	for _, app := range v.Apps.All() {
		if slices.Contains(app.Manifest.Packs, p.ID) {
			card.Readers = append(card.Readers, fact{Value: appName(v, app), Href: appPath(app.Manifest.ID)})
		}
	}
	if p.Feed == nil {
		return card, nil
	}
	return card, s.fillFeed(v, &card, *p.Feed)
}

// fillFeed says where a pack is fetched from, and how that goes.
func (s *site) fillFeed(v *visit, card *packCard, f pack.Feed) error {
	card.Followed, card.Paused = true, f.Paused
	card.Facts = append(card.Facts, fact{Name: v.l.T("packs.address"), Value: f.URL})
	when := v.l.Near(f.Last.In(s.Zone), s.now())
	card.State = standing{Words: v.l.T("packs.fetched", "when", when)}
	if f.Code != "" {
		card.State = standing{v.l.T("packs.failed", "when", when), "bad"}
		card.Trouble = packAdvice(v.l, f.Code, f.Why)
	}
	if f.Paused {
		card.State = standing{v.l.T("packs.paused"), "idle"}
	}
	next, err := v.NextFetch(v.Request().Context(), card.ID)
	if err == nil && !next.IsZero() {
		card.Next = v.l.T("packs.next", "day", v.l.NearDay(next.In(s.Zone), s.now()))
	}
	return err
}

// packName names a pack that the home knows of, others by their id.
func packName(l *locale.Locale, id string) string {
	if key := "packs.name-" + id; l.Has(key) {
		return l.T(key)
	}
	return id
}

// packAdvice says why a pack was refused, or did not come.
func packAdvice(l *locale.Locale, code core.Code, why string) *advice {
	for _, key := range []string{"packs.why-" + why, "packs.why-" + string(code)} {
		if l.Has(key) {
			return adviceFor(l, key)
		}
	}
	return adviceFor(l, "problem."+string(code))
}

// packRefused says it of an error; nil for one that is of the home itself.
func packRefused(l *locale.Locale, err error) *advice {
	e, ok := asError(err)
	if !ok || e.Code == core.Locked || e.Code == core.Damaged || e.Code == protocol.Internal {
		return nil
	}
	return packAdvice(l, e.Code, e.Args[signed.Why])
}

// addPackFile keeps the pack in a file of the person's.
func (s *site) addPackFile(v *visit) error {
	file, err := uploaded(v, pack.MaxContent+signed.MaxHeader)
	if err == nil {
		_, err = v.Packs.Add(v.Request().Context(), file)
	}
	if err == nil {
		return donePacks(v, "added")
	}
	return s.refusePack(v, err, &packsPage{})
}

// uploaded returns the file of a form, held in memory and nowhere else. Codes:
// invalid_file for none, limit for more than most bytes.
func uploaded(v *visit, most int64) ([]byte, error) {
	const op = "read file"
	parts, err := v.Request().MultipartReader()
	if err != nil {
		return nil, core.E(protocol.InvalidFile, op, err)
	}
	part, err := nextFile(parts)
	if err != nil {
		return nil, core.E(protocol.InvalidFile, op, err)
	}
	file, err := io.ReadAll(io.LimitReader(part, most+1))
	switch {
	case err != nil:
		return nil, core.E(protocol.InvalidFile, op, err)
	case int64(len(file)) > most:
		return nil, core.E(protocol.Limit, op, errors.New("the file is too large"))
	}
	return file, nil
}

// refusePack shows the packs, and why the one that was offered was refused.
func (s *site) refusePack(v *visit, err error, page *packsPage) error {
	if page.Problem = packRefused(v.l, err); page.Problem == nil {
		return err
	}
	return s.renderPacks(v, problemOf(err).Status, page)
}

// followPack fetches the pack at an address, then and from then on.
func (s *site) followPack(v *visit) error {
	address := v.FormValue("address")
	_, err := v.Fetcher.Follow(v.Request().Context(), address)
	if err == nil {
		return donePacks(v, "followed")
	}
	page := &packsPage{Address: clip(address, maxTyped)}
	if advice := packRefused(v.l, err); advice != nil {
		page.AddressWrong = advice.What
	}
	return s.refusePack(v, err, page)
}

// fetchPack fetches a pack now. What went wrong stands with it in the list.
func (s *site) fetchPack(v *visit) error {
	held, err := v.Fetcher.Fetch(v.Request().Context(), v.Param("pack"))
	switch {
	case err == nil:
		return donePacks(v, "fetched")
	case held.Feed != nil && held.Feed.Code != "":
		return donePacks(v, "")
	}
	return err
}

func (s *site) pausePack(v *visit) error {
	return changePack(v, v.Packs.SetPaused(v.Request().Context(), v.Param("pack"), true), "")
}

func (s *site) resumePack(v *visit) error {
	return changePack(v, v.Packs.SetPaused(v.Request().Context(), v.Param("pack"), false), "")
}

func (s *site) unfollowPack(v *visit) error {
	return changePack(v, v.Packs.Unfollow(v.Request().Context(), v.Param("pack")), "")
}

func (s *site) removePack(v *visit) error {
	if v.FormValue("sure") != "yes" {
		return donePacks(v, "")
	}
	return changePack(v, v.Packs.Remove(v.Request().Context(), v.Param("pack")), "removed")
}

func changePack(v *visit, err error, what string) error {
	if err != nil {
		return err
	}
	return donePacks(v, what)
}

// donePacks goes back to the packs and says what was done.
func donePacks(v *visit, what string) error {
	to := "/packs"
	if what != "" {
		to += "?done=" + url.QueryEscape(what)
	}
	return v.Redirect(http.StatusSeeOther, to)
}
