package render

import (
	"strings"

	"github.com/domicile-home/domicile/sdk/view"
)

// A grid is a table as the template sees it: one for tables of apps and for
// those that stand beside charts.
type grid struct {
	Caption    string
	Hidden     bool // the caption, which stands elsewhere already
	Region     string
	Columns    []column
	Rows       [][]value
	Total      []value
	Less, More string // addresses
	LessWords  string
	MoreWords  string
}

type column struct {
	Title string
	Right bool
}

// A cell is a value in its place. The first of a row says what the others are
// of.
type cell struct {
	Value       value
	First, Wide bool
	Right       bool
}

// Cell puts v in column i.
func (g grid) Cell(i int, v value) cell {
	right := i < len(g.Columns) && g.Columns[i].Right
	return cell{v, i == 0 && !right && strings.ContainsFunc(v.Text, shows), v.Wide, right}
}

// table returns an app's table.
func (p *painter) table(name string, t *view.Table) grid {
	g := grid{Caption: title(name), Less: p.address(t.Less), More: p.address(t.More), LessWords: p.l.T("view.less"), MoreWords: p.l.T("view.more")}
	g.Region = p.region(g.Caption)
	for _, c := range t.Columns {
		g.Columns = append(g.Columns, column{title(c.Title), c.Right})
	}
	for _, row := range t.Rows {
		g.Rows = append(g.Rows, p.text(row))
	}
	g.Total = p.text(t.Total)
	return g
}

// region names the frame in which a table scrolls.
func (p *painter) region(caption string) string {
	if caption == "" {
		return p.l.T("view.table")
	}
	return p.l.T("view.table-of", "title", within(caption, maxTitle))
}
