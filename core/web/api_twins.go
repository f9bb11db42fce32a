package web

import (
	"time"

	"github.com/labstack/echo/v4"

	"github.com/domicile-home/domicile/core"
)

// twinsView is what is said of one record, and what looks like it, as the API
// answers it.
type twinsView struct {
	Leads     core.Ref    `json:"leads"` // the record that counts
	Same      []twinView  `json:"same"`  // the others that are the same thing
	Different []core.Ref  `json:"different"`
	Alike     []alikeView `json:"alike"`
}

type twinView struct {
	Ref core.Ref  `json:"ref"`
	At  time.Time `json:"at"`  // the person said so
	Why []string  `json:"why"` // what spoke for it then
}

type alikeView struct {
	Ref  core.Ref `json:"ref"`
	Why  []string `json:"why"`
	Days int      `json:"days"` // between them
	Sure bool     `json:"sure"`
}

// twins answers what is the same thing as a record.
func (a *api) twins(c echo.Context, r *Rooms) error {
	ctx := c.Request().Context()
	ref, err := core.ParseRef(c.Param("ref"))
	if err != nil {
		return err
	}
	one, err := r.Query.Get(ctx, ref)
	if err != nil {
		return err
	}
	said, err := r.Query.Twins(ctx, ref)
	if err != nil {
		return err
	}
	alike, err := r.Query.Alike(ctx, ref)
	if err != nil {
		return err
	}
	out := twinsView{Leads: ref, Same: []twinView{}, Different: []core.Ref{}, Alike: []alikeView{}}
	shown := []core.Record{one}
	for _, m := range said.Members {
		if m.Leads {
			out.Leads = m.Ref
		}
		if m.Ref != ref {
			out.Same = append(out.Same, twinView{m.Ref, m.At, m.Why.Names()})
			shown = append(shown, m.Record)
		}
	}
	for _, other := range said.Apart {
		out.Different, shown = append(out.Different, other.Ref), append(shown, other)
	}
	for _, other := range alike {
		out.Alike = append(out.Alike, alikeView{other.Record.Ref, other.Why.Names(), other.Days, other.IsSure})
		shown = append(shown, other.Record)
	}
	return answer(c, r, "", lookAt(shown...), out)
}

// sayTwins says something of two records, and answers what is said then.
func (a *api) sayTwins(c echo.Context, r *Rooms) error {
	body, err := read[struct {
		Say   said
		Other core.Ref
	}](c)
	if err != nil {
		return err
	}
	ref, err := core.ParseRef(c.Param("ref"))
	if err != nil {
		return err
	}
	if err := say(c.Request(), r, body.Say, ref, body.Other); err != nil {
		return err
	}
	return a.twins(c, r)
}
