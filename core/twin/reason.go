package twin

// Reasons say what speaks for two records being the same thing.
type Reasons uint16

// The reasons.
const (
	SameAmount Reasons = 1 << iota // and currency
	SameDay
	NearDay
	SameAccount
	AlikeLabel
	SameReference
	SameNumber // of a bill, of an account
	AlikeVendor

	// AllReasons are all of them.
	AllReasons = AlikeVendor<<1 - 1
)

// reasonNames are their names, in the order in which people are told.
func reasonNames() []string {
	return []string{"amount", "day", "near-day", "account", "label", "reference", "number", "vendor"}
}

// Has reports whether all of other are among them.
func (r Reasons) Has(other Reasons) bool { return r&other == other }

// Names returns the names of the reasons.
func (r Reasons) Names() []string {
	names := []string{}
	for i, name := range reasonNames() {
		if r&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}
