package render

import "github.com/domicile-home/domicile/sdk/view"

// Addresses knows where things are in the home. They are the only addresses
// that a drawing holds. "" says that there is none: what would lead there is
// plain text, and a form that would be sent there is left out.
type Addresses interface {
	// Record returns where the record behind an app's row is.
	Record(id string) string

	// View returns where a view is. The params of the link are the query of the
	// address, each by its own name: a filter asks for View without params and
	// sends the params and what was chosen as such a query.
	View(link view.Link) string

	// Action returns where a form is posted whose action is a view. It is asked
	// without params; they are sent as fields of the form.
	Action(link view.Link) string

	// Why returns where the records behind a figure are listed.
	Why(w view.Why) string

	// Act returns where the person sees what an act would send, and may sign it.
	Act(a view.Act) string
}

// address returns where link leads, "" for what is no link.
func (p *painter) address(link *view.Link) string {
	if link == nil || link.Check() != nil {
		return ""
	}
	return p.to.View(*link)
}
