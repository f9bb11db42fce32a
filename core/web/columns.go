package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A columnsPage asks what each column of a table is.
type columnsPage struct {
	frame
	Name, Action, Back string // Name is foreign text
	Problem            *advice
	Said               string // why the last answer led to nothing, in the connector's words
	Faults             []columnFault
	About              string
	Columns            []columnInput
	Order, Decimal     *choiceInput // nil: the values decide it
	Currency, Account  textInput
	With               []string // the files of the form, this one too
	Heads              []string // foreign text, as the next
	Rows               [][]string
}

// A columnFault leads to the field at fault.
type columnFault struct{ Href, Text string }

// A columnInput is one column: its heading, what it holds first, and what it is.
type columnInput struct {
	ID, Name, Wrong string
	Cells           []string
	Options         []option
}

// A choiceInput is a choice that the values leave open.
type choiceInput struct {
	ID, Label, Hint, Wrong string
	Options                []option
}

type textInput struct{ ID, Value, Wrong string }

// columnsPath leads to the page of one file among those of a form.
func columnsPath(id string, with []string) string {
	return "/import/columns/" + id + "?" + url.Values{"file": with}.Encode()
}

// heldPath leads to the previews of files that wait.
func heldPath(with []string) string { return "/import?" + url.Values{"file": with}.Encode() }

func (s *site) showColumns(v *visit) error {
	held, err := v.Connect.Held(v.Param("file"))
	if err != nil || held.Table == nil {
		return s.gone(v)
	}
	return s.askColumns(v, http.StatusOK, held, withFiles(v.QueryParams(), held.ID))
}

// sayColumns reads the file by what was said and goes on to its preview; or
// asks again, with what was typed and what is wrong with it.
func (s *site) sayColumns(v *visit) error {
	form := v.Request().PostForm
	id := v.Param("file")
	with := withFiles(form, id)
	held, err := v.Connect.Held(id)
	if err != nil || held.Table == nil {
		return s.gone(v)
	}
	said := saidIn(form, held.Table)
	if said == "" { // nothing is chosen: all is missing
		said = `account=""`
	}
	view, err := v.Connect.SayColumns(v.Request().Context(), id, said)
	switch {
	case core.CodeOf(err) == core.NotFound:
		return s.gone(v)
	case err != nil:
		return err
	case view.Problem != nil: // the file waits as it was
		return s.renderImport(v, http.StatusUnprocessableEntity, &importPage{Problem: adviceFor(v.l, "problem."+string(view.Problem.Code))})
	case view.Asks:
		return s.askColumns(v, http.StatusBadRequest, view, with)
	}
	return v.Redirect(http.StatusSeeOther, heldPath(with))
}

// gone says that a file does not wait any more.
func (s *site) gone(v *visit) error {
	return s.renderImport(v, http.StatusNotFound, &importPage{Problem: adviceFor(v.l, "import.gone")})
}

// withFiles returns the files of a form, id among them.
func withFiles(form url.Values, id string) []string {
	with := form["file"][:min(len(form["file"]), maxImport)]
	if !slices.Contains(with, id) {
		with = append([]string{id}, with[:min(len(with), maxImport-1)]...)
	}
	return with
}

// saidIn writes what a form says, as [protocol.Table] describes it.
func saidIn(form url.Values, t *protocol.Table) string {
	var parts []string
	for i := range t.Columns {
		if role := form.Get(columnID(i)); slices.Contains(protocol.TableRoles(), role) {
			parts = append(parts, fmt.Sprintf("%s=#%d", role, i+1))
		}
	}
	for _, name := range []string{"order", "decimal"} {
		if value := form.Get(name); value != "" && !strings.ContainsAny(value, `,"=`) {
			parts = append(parts, name+"="+value)
		}
	}
	for _, name := range []string{"currency", "account"} {
		if value := strings.TrimSpace(form.Get(name)); value != "" {
			parts = append(parts, name+`="`+strings.ReplaceAll(clip(value, protocol.MaxTableCell), `"`, `""`)+`"`)
		}
	}
	return strings.Join(parts, ",")
}

func columnID(i int) string { return "c" + strconv.Itoa(i+1) }

// askColumns shows the form: with what is proposed, or what was typed.
func (s *site) askColumns(v *visit, status int, held connect.Preview, with []string) error {
	t, typed := held.Table, v.Request().PostForm
	if !typed.Has("currency") { // it is another form, or none
		typed = nil
	}
	page := &columnsPage{frame: s.frame(v, v.l.T("columns.title")), Name: clip(held.Name, maxTitle), Action: "/import/columns/" + held.ID, Back: heldPath(with), With: with,
		About: v.l.N("columns.about", t.Total)}
	page.Path = columnsPath(held.ID, with)
	page.Currency = textInput{ID: "currency", Value: typedOr(typed, "currency", t.Money)}
	page.Account = textInput{ID: "account", Value: typedOr(typed, "account", t.Account)}
	for i, c := range t.Columns {
		page.Columns = append(page.Columns, columnOf(v.l, t, i, typedOr(typed, columnID(i), c.Role)))
	}
	page.Order = choiceOf(v.l, "order", t.Order, typedOr(typed, "order", t.Order.Value))
	page.Decimal = choiceOf(v.l, "decimal", t.Decimal, typedOr(typed, "decimal", t.Decimal.Value))
	page.table(v.l, t)
	if typed != nil {
		page.blame(v.l, held)
	}
	return s.render(v.Context, status, "columns", page)
}

func typedOr(form url.Values, name, value string) string {
	if form.Has(name) {
		return clip(form.Get(name), maxTitle)
	}
	return value
}

const cellsShown = 3 // of a column, beside what it is

func columnOf(l *locale.Locale, t *protocol.Table, i int, role string) columnInput {
	c := columnInput{ID: columnID(i), Name: headOf(l, t, i), Options: []option{{Value: "", Label: l.T("columns.role.none"), Selected: role == ""}}}
	for _, row := range t.Rows {
		if i < len(row) && row[i] != "" && len(c.Cells) < cellsShown && !slices.Contains(c.Cells, row[i]) {
			c.Cells = append(c.Cells, row[i])
		}
	}
	for _, one := range protocol.TableRoles() {
		c.Options = append(c.Options, option{Value: one, Label: l.T("columns.role." + one), Selected: one == role})
	}
	return c
}

// headOf is the heading of a column, or its number.
func headOf(l *locale.Locale, t *protocol.Table, i int) string {
	return cmp.Or(t.Columns[i].Name, l.T("columns.number", "n", i+1))
}

// choiceOf asks what the values leave open; nil when they do not.
func choiceOf(l *locale.Locale, name string, c protocol.TableChoice, value string) *choiceInput {
	if len(c.Options) < 2 {
		return nil
	}
	in := &choiceInput{ID: name, Label: l.T("columns." + name), Options: []option{{Value: "", Label: l.T("columns.choose"), Selected: value == ""}}}
	if c.Example != "" {
		in.Hint = l.T("columns."+name+".hint", "example", c.Example)
	}
	for _, o := range c.Options {
		in.Options = append(in.Options, option{Value: o, Label: l.T("columns." + name + "." + o), Selected: o == value})
	}
	return in
}

// table shows the first rows as they are.
func (p *columnsPage) table(l *locale.Locale, t *protocol.Table) {
	for i := range t.Columns {
		p.Heads = append(p.Heads, headOf(l, t, i))
	}
	for _, row := range t.Rows {
		p.Rows = append(p.Rows, append(slices.Clip(row), make([]string, len(t.Columns)-len(row))...))
	}
}

// blame puts what is wrong beside the fields, and all of it above.
func (p *columnsPage) blame(l *locale.Locale, held connect.Preview) {
	p.Problem = adviceFor(l, "columns.refused")
	if len(held.Table.Faults) == 0 && len(held.Notes) > 0 {
		p.Said = held.Notes[len(held.Notes)-1]
	}
	for _, f := range held.Table.Faults {
		role := ""
		if slices.Contains(protocol.TableRoles(), f.At) {
			role = l.T("columns.role." + f.At)
		}
		text := l.T(faultKey(l, f), "role", role)
		p.Faults = append(p.Faults, columnFault{"#" + p.place(f, text), text})
	}
}

// faultKey names what says a fault: at its place, else whatever the place.
func faultKey(l *locale.Locale, f protocol.TableFault) string {
	key := "columns.fault." + f.Why
	if l.Has(key + "." + f.At) {
		return key + "." + f.At
	}
	return key
}

// place marks the field that a fault is about, and returns its id.
func (p *columnsPage) place(f protocol.TableFault, text string) string {
	switch f.At {
	case "order", "decimal":
		for _, in := range []*choiceInput{p.Order, p.Decimal} {
			if in != nil && in.ID == f.At {
				in.Wrong = text
				return in.ID
			}
		}
	case "currency":
		p.Currency.Wrong = text
		return p.Currency.ID
	case "account":
		p.Account.Wrong = text
		return p.Account.ID
	}
	for i := range p.Columns {
		if isRole := slices.ContainsFunc(p.Columns[i].Options, func(o option) bool { return o.Selected && o.Value == f.At && f.At != "" }); isRole {
			p.Columns[i].Wrong = text
			return p.Columns[i].ID
		}
	}
	return columnID(0)
}
