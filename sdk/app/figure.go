package app

import (
	"strconv"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// Behind names the records that groups are made of, nil for no group.
func Behind(groups ...protocol.Group) *view.Why {
	if len(groups) == 0 {
		return nil
	}
	w := &view.Why{}
	for _, g := range groups {
		w.Bases = append(w.Bases, g.Basis)
	}
	return w
}

// Drawn is an exact number as a point of a chart, nil for none. Figures that
// people read stay exact.
func Drawn(n record.Decimal) *float64 {
	if _, _, err := n.Parts(); err != nil {
		return nil
	}
	drawn, err := strconv.ParseFloat(string(n), 64)
	if err != nil {
		return nil
	}
	return &drawn
}
