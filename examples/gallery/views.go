package gallery

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/render"
	"github.com/domicile-home/domicile/sdk/view"
)

// mainOf finds what a page of the home says, between its frame.
var mainOf = regexp.MustCompile(`(?s)(<main[^>]*>).*(</main>)`)

// draw keeps the page of a case that shows a view: the frame of the page at the
// case's path, and the view in it.
func (h *House) draw(ctx context.Context, i int, c Case) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.address+h.fill(c.Path), nil)
	if err != nil {
		return err
	}
	h.dress(r)
	res, err := stay().Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	v := c.View(h.lang)
	drawn, err := render.View(v, locale.New(h.lang), someAddresses{})
	if err != nil {
		return err
	}
	if !mainOf.Match(page) {
		return errors.New("the page has no frame")
	}
	title := "<h1><bdi>" + template.HTMLEscapeString(v.Title) + "</bdi></h1>"
	page = mainOf.ReplaceAllFunc(page, func(whole []byte) []byte {
		edges := mainOf.FindSubmatch(whole)
		return fmt.Appendf(nil, "%s%s%s%s", edges[1], title, drawn, edges[2])
	})
	a := answer{status: res.StatusCode, header: res.Header, body: page}
	a.header.Del("Set-Cookie")
	a.header.Del("Content-Length")
	h.kept[keptPath+strconv.Itoa(i)] = a
	return nil
}

// someAddresses leads to places that need not be there.
type someAddresses struct{}

func (someAddresses) Record(id string) string { return "/records/" + url.PathEscape(id) }

func (someAddresses) View(link view.Link) string {
	query := url.Values{}
	for name, value := range link.Params {
		query.Set(name, value)
	}
	address := "/apps/sample/" + link.View
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address
}

func (a someAddresses) Action(link view.Link) string { return a.View(link) }

func (someAddresses) Act(a view.Act) string { return "/apps/offers/acts/" + a.ID }

func (someAddresses) Why(w view.Why) string { return "/timeline?" + url.Values{"row": w.Rows}.Encode() }
