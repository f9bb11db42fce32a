package extract

import "time"

// Bounded returns an Extractor whose helpers have so much processor time.
func (x *Extractor) Bounded(cpu time.Duration) *Extractor {
	o := x.helper
	o.CPU = cpu
	return &Extractor{x.box, o}
}
