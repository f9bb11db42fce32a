package query

import (
	"errors"
	"math"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// A sum adds decimals up exactly: coefficient × 10^-scale, scale being the finest
// met.
type sum struct {
	coefficient int64
	scale       int
	count       int
}

var errSum = core.E(protocol.Limit, "read for app", errors.New("a total is too large"))

// add adds coefficient × 10^-scale, of so many values.
func (s *sum) add(coefficient int64, scale, count int) error {
	for ; s.scale < scale; s.scale++ {
		if s.coefficient > math.MaxInt64/10 || s.coefficient < math.MinInt64/10 {
			return errSum
		}
		s.coefficient *= 10
	}
	for ; scale < s.scale; scale++ {
		if coefficient > math.MaxInt64/10 || coefficient < math.MinInt64/10 {
			return errSum
		}
		coefficient *= 10
	}
	total := s.coefficient + coefficient
	if (s.coefficient > 0) == (coefficient > 0) && coefficient != 0 && s.coefficient != 0 && (total > 0) != (coefficient > 0) {
		return errSum
	}
	s.coefficient, s.count = total, s.count+count
	return nil
}

// of returns the sum in a unit.
func (s *sum) of(unit string) (protocol.Sum, error) {
	value, err := record.MoneyOf(s.coefficient, s.scale)
	if err != nil {
		return protocol.Sum{}, errSum
	}
	return protocol.Sum{Unit: unit, Value: value, Count: s.count}, nil
}
