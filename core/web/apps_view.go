package web

import (
	"net/url"
	"strconv"

	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/sdk/view"
)

// appAddresses knows where things are of one view of an app. The query of a
// view's address is its params, each by its own name.
type appAddresses struct {
	id     string
	link   view.Link   // of this view
	shown  *apps.Shown // nil: nothing leads to records
	causes []cause
}

// Record returns where the record behind a row is, "" for none.
func (a appAddresses) Record(row string) string {
	if a.shown == nil {
		return ""
	}
	ref, ok := a.shown.Ref(row)
	if !ok {
		return ""
	}
	return "/records/" + ref.String()
}

// View returns where a view is.
func (a appAddresses) View(link view.Link) string { return a.under(link, "") }

// Action returns where a form is posted.
func (a appAddresses) Action(link view.Link) string { return viewPath(a.id, link.View) }

// Why returns where the records behind a figure of this view are listed.
func (a appAddresses) Why(w view.Why) string {
	for i, c := range a.causes {
		if c.is(w) {
			return a.under(a.link, "/why/"+strconv.Itoa(i+1))
		}
	}
	return ""
}

// Act returns where an act is shown and signed.
func (a appAddresses) Act(of view.Act) string { return actPath(a.id, of.ID, of.Choices) }

func (a appAddresses) under(link view.Link, rest string) string {
	path := viewPath(a.id, link.View) + rest
	values := url.Values{}
	for name, value := range link.Params {
		values.Set(name, value)
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

func viewPath(id, name string) string {
	if name == "" {
		return appPath(id)
	}
	return appPath(id) + "/views/" + name
}
