package book

import (
	"slices"
	"strings"
)

const (
	forgottenDays  = 330 // that a subscription was paid for
	forgottenTimes = 10
	forgottenShare = 50  // at most one part in so many of a month's spending
	newDays        = 110 // in which a subscription is new
	knownDays      = 180 // that lines are known for before
)

// Explained are the vendors of bills and contracts, folded.
type Explained []string

// By reports whether one of them is whom r pays: all words of the shorter name
// that say something are in the longer one.
func (e Explained) By(r *Recurring) bool {
	name := strings.Fields(Fold(r.Name) + " " + r.Key)
	return slices.ContainsFunc(e, func(vendor string) bool {
		words := telling(strings.Fields(vendor))
		return len(words) > 0 && (within(words, name) || within(telling(strings.Fields(r.Key)), words))
	})
}

func telling(words []string) []string {
	return slices.DeleteFunc(words, func(w string) bool {
		return len(w) < 3 || slices.Contains([]string{"SAS", "SARL", "LTD", "LIMITED", "FRANCE", "INC", "THE", "LES", "DES"}, w)
	})
}

func within(some, all []string) bool {
	return len(some) > 0 && !slices.ContainsFunc(some, func(w string) bool { return !slices.Contains(all, w) })
}

// Forgotten returns those of all that may have been forgotten: small beside what
// is usually spent in a month, of a kind that people can do without, paid for
// about a year or more, always the same so that no letter told of a new price,
// explained by no bill or contract, and to a merchant where nothing else is
// paid. Known are the keys that the person said they know.
func (b *Book) Forgotten(all []Recurring, spent func(currency string) Amount, e Explained, known []string) (found []Recurring) {
	lines := map[[2]string]int{}
	for i := range b.Lines {
		lines[[2]string{b.Lines[i].Currency, b.Lines[i].Key}]++
	}
	for _, r := range all {
		isLong := int(r.Latest-r.Begun) >= forgottenDays && (len(r.Lines) >= forgottenTimes || r.Rhythm != Monthly)
		isAlone := lines[[2]string{r.Currency, r.Key}] == len(r.Lines)
		isSmall := r.Usual.Abs()*forgottenShare <= spent(r.Currency)*Amount(r.Rhythm)
		if r.Usual < 0 && !r.IsOver && isLong && isAlone && isSmall && isOptional(r.Category) && len(b.runs(r.Lines)) == 1 && !e.By(&r) && !slices.Contains(known, r.Key) {
			found = append(found, r)
		}
	}
	return found
}

func isOptional(c Category) bool {
	return slices.Contains([]Category{Leisure, Telecom, EatingOut, Clothes, Groceries, Other}, c)
}

// IsNew reports whether r began lately, in lines that are known from long
// before.
func (b *Book) IsNew(r *Recurring) bool {
	return r.Usual < 0 && r.IsFixed && !r.IsOver && b.Today-r.Begun <= newDays && len(b.Lines) > 0 && r.Begun-b.Lines[0].Day >= knownDays
}

// Paid returns what r came to so far.
func (b *Book) Paid(r *Recurring) Figure {
	f := Figure{Lines: r.Lines}
	for _, i := range r.Lines {
		f.Amount += b.Lines[i].Amount
	}
	return f
}
