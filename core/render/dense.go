package render

import (
	"fmt"
	"math"
)

// dense is from how many labels on a chart is drawn with finer lines.
const dense = 200

// areas draws what has no room for bars: each series as one area that steps
// from value to value, on top of the others when g is stacked.
func (p *plot) areas(g graph) {
	classes := g.classes()
	above, below := make([]float64, len(g.labels)), make([]float64, len(g.labels))
	for k, s := range g.series {
		if g.kind == Stacked && s.Past {
			continue
		}
		var edges []edge
		var path []byte
		for i, v := range s.Values {
			if v = drawable(v); math.IsNaN(v) {
				path, edges = p.area(path, edges), nil
				continue
			}
			from := &above[i]
			if v < 0 {
				from = &below[i]
			}
			edges = append(edges, edge{i, p.y(*from), p.y(*from + v)})
			if g.kind == Stacked {
				*from += v
			}
		}
		if path = p.area(path, edges); len(path) > 0 {
			p.Shapes = append(p.Shapes, shape{"bar " + classes[k], string(path)})
		}
	}
}

// An edge is where the area begins and ends at label i.
type edge struct {
	i        int
	from, to float64
}

// area adds a closed shape: along the ends, and back along the beginnings.
func (p *plot) area(path []byte, edges []edge) []byte {
	if len(edges) == 0 {
		return path
	}
	at := func(i int) float64 { return round(p.Left + float64(p.step*float64(i))) }
	path = fmt.Appendf(path, "M%g %g", at(edges[0].i), edges[0].to)
	for _, e := range edges {
		path = fmt.Appendf(path, "V%gH%g", e.to, at(e.i+1))
	}
	for n := range edges {
		e := edges[len(edges)-1-n]
		path = fmt.Appendf(path, "V%gH%g", e.from, at(e.i))
	}
	return append(path, 'z')
}
