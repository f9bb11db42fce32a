package search

import (
	"bytes"
	"cmp"
	"slices"
)

// A ranking keeps the first hits of those it is given. The zero ranking keeps
// none.
type ranking struct {
	size  int
	list  []Hit // at least the first, at most twice as many
	worst Hit   // the last of the first, once there are size
	isSet bool
}

// order compares hits: the better score first, then the later, then the one
// that came home later, so that the order is always the same.
func order(a, b Hit) int {
	return cmp.Or(
		cmp.Compare(b.Score, a.Score),
		cmp.Compare(b.at, a.at),
		cmp.Compare(b.Ref.Seq, a.Ref.Seq),
		bytes.Compare(a.Ref.Source[:], b.Ref.Source[:]),
	)
}

// add takes hits in.
func (r *ranking) add(hits ...Hit) {
	for _, hit := range hits {
		r.list = append(r.list, hit)
		if len(r.list) >= 2*r.size {
			r.sort()
		}
	}
}

// next returns an empty ranking for more hits, which lets go at once of those
// that r would not keep.
func (r *ranking) next() ranking { return ranking{size: r.size, worst: r.worst, isSet: r.isSet} }

// sort orders the hits and lets go of those after the first.
func (r *ranking) sort() {
	slices.SortFunc(r.list, order)
	if len(r.list) >= r.size {
		r.list = r.list[:r.size]
		r.worst, r.isSet = r.list[r.size-1], true
	}
}

// beats reports whether every hit kept is before all that score at most score
// and are not later than at.
func (r *ranking) beats(score float64, at moment) bool {
	return r.isSet && (r.worst.Score > score || r.worst.Score == score && r.worst.at > at)
}
