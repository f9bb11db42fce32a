package match

import (
	"cmp"
	"math"
	"slices"
)

// maxDense bounds the cells of one part that is matched exactly.
const maxDense = 4_000_000

// assign gives bills their lines, part by part.
func (m *matching) assign() {
	for _, part := range m.parts() {
		if m.ctx.Err() != nil {
			return
		}
		lines := map[int]int{}
		var order []int
		for _, i := range part {
			for _, e := range m.edges[i] {
				if _, ok := lines[e.line]; !ok {
					lines[e.line] = len(order)
					order = append(order, e.line)
				}
			}
		}
		if work := len(part) * (len(order) + len(part)); work > maxDense || work*len(part) > 50*maxDense {
			m.greedy(part)
			continue
		}
		m.exact(part, lines, len(order))
	}
	m.doubt()
	for i := range m.bills {
		if e, ok := m.of[i]; ok {
			m.pair([]int{i}, []int{e.line}, e)
		}
	}
}

// parts returns the bills that share lines, directly or not.
func (m *matching) parts() [][]int {
	root := make([]int, len(m.bills))
	for i := range root {
		root[i] = i
	}
	find := func(i int) int {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	first := map[int]int{}
	for i := range m.edges {
		for _, e := range m.edges[i] {
			if other, ok := first[e.line]; ok {
				root[max(find(i), find(other))] = min(find(i), find(other))
			} else {
				first[e.line] = i
			}
		}
	}
	groups, at := [][]int{}, map[int]int{}
	for i := range m.edges {
		if len(m.edges[i]) == 0 {
			continue
		}
		r := find(i)
		if _, ok := at[r]; !ok {
			at[r] = len(groups)
			groups = append(groups, nil)
		}
		groups[at[r]] = append(groups[at[r]], i)
	}
	return groups
}

// exact solves a part by the Hungarian method with potentials (Kuhn–Munkres),
// a row a bill, a column a line, and for each bill a column of no weight that
// stands for no line. O(bills² × columns).
func (m *matching) exact(part []int, column map[int]int, lines int) {
	n, cols := len(part), lines+len(part)
	cost := make([]int, n*cols)
	which := make([]int, n*cols)
	for r, i := range part {
		for k, e := range m.edges[i] {
			c := r*cols + column[e.line]
			cost[c], which[c] = -e.weight, k+1
		}
	}
	for c, r := range hungarian(cost, n, cols) {
		if r >= 0 && which[r*cols+c] > 0 {
			m.of[part[r]] = m.edges[part[r]][which[r*cols+c]-1]
		}
	}
}

// hungarian returns the row of each column, or -1, of the least total cost.
func hungarian(cost []int, rows, cols int) []int {
	u, v := make([]int, rows+1), make([]int, cols+1)
	p, way := make([]int, cols+1), make([]int, cols+1)
	least, used := make([]int, cols+1), make([]bool, cols+1)
	for i := 1; i <= rows; i++ {
		p[0] = i
		for j := range least {
			least[j], used[j] = math.MaxInt, false
		}
		j0 := 0
		for p[j0] != 0 {
			used[j0] = true
			i0, delta, j1 := p[j0], math.MaxInt, 0
			for j := 1; j <= cols; j++ {
				if used[j] {
					continue
				}
				if c := cost[(i0-1)*cols+j-1] - u[i0] - v[j]; c < least[j] {
					least[j], way[j] = c, j0
				}
				if least[j] < delta {
					delta, j1 = least[j], j
				}
			}
			for j := 0; j <= cols; j++ {
				if used[j] {
					u[p[j]] += delta
					v[j] -= delta
				} else if least[j] < math.MaxInt {
					least[j] -= delta
				}
			}
			j0 = j1
		}
		for j0 != 0 {
			p[j0], j0 = p[way[j0]], way[j0]
		}
	}
	out := make([]int, cols)
	for j := range out {
		out[j] = p[j+1] - 1
	}
	return out
}

// greedy takes the heaviest edge first.
func (m *matching) greedy(part []int) {
	type pick struct{ bill, edge int }
	var all []pick
	for _, i := range part {
		for k := range m.edges[i] {
			all = append(all, pick{i, k})
		}
	}
	slices.SortStableFunc(all, func(a, b pick) int {
		return cmp.Compare(m.edges[b.bill][b.edge].weight, m.edges[a.bill][a.edge].weight)
	})
	taken := map[int]bool{}
	for _, p := range all {
		e := m.edges[p.bill][p.edge]
		if _, has := m.of[p.bill]; !has && !taken[e.line] {
			m.of[p.bill], taken[e.line] = e, true
		}
	}
}

// isOneCreditor reports whether two lines that could pay a bill are of one
// creditor: they have one name, or both name the bill's vendor.
func (m *matching) isOneCreditor(a, b edge) bool {
	return a.rank >= vendor && b.rank >= vendor || m.lines[a.line].signature == m.lines[b.line].signature
}

// doubt takes back what could as well be otherwise: a line that another bill
// without line claims as well, and a bill that another creditor's line pays as
// well, or, where it has no day, any other line.
func (m *matching) doubt() {
	owner := map[int]int{}
	for i, e := range m.of {
		owner[e.line] = i
	}
	for i := range m.bills {
		if _, paired := m.of[i]; paired {
			continue
		}
		for _, e := range m.edges[i] {
			j, ok := owner[e.line]
			if ok && m.of[j].weight == e.weight && e.rank < number {
				m.unclear[i] = append(m.unclear[i], e.line)
				m.unclear[j] = append(m.unclear[j], e.line)
			}
		}
	}
	for i, e := range m.of {
		for _, other := range m.edges[i] {
			if _, taken := owner[other.line]; other.line != e.line && !taken && other.weight == e.weight && (m.bills[i].expected() == none || !m.isOneCreditor(e, other)) {
				m.unclear[i] = append(m.unclear[i], e.line, other.line)
			}
		}
	}
	for i, lines := range m.unclear {
		slices.Sort(lines)
		m.unclear[i] = slices.Compact(lines)
		delete(m.of, i)
	}
}
