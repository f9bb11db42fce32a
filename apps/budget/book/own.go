package book

import "strings"

// apart is how many days the two sides of a transfer may be from each other.
const apart = 4

// markOwn finds transfers between the person's own accounts: what left one came
// in on another within a few days, and one side at least looks like a transfer.
func (b *Book) markOwn() {
	type side struct {
		currency string
		amount   Amount
	}
	credits := map[side][]int{}
	for i := range b.Lines {
		if l := &b.Lines[i]; l.Amount > 0 && !l.Pending {
			credits[side{l.Currency, l.Amount}] = append(credits[side{l.Currency, l.Amount}], i)
		}
	}
	taken := map[int]bool{}
	for i := range b.Lines {
		out := &b.Lines[i]
		if out.Amount >= 0 || out.Pending {
			continue
		}
		for _, j := range credits[side{out.Currency, -out.Amount}] {
			in := &b.Lines[j]
			if !taken[j] && in.Account != out.Account && in.Day-out.Day <= apart && out.Day-in.Day <= apart && (isTransfer(in) || isTransfer(out)) {
				taken[j] = true
				in.Category, out.Category = Transfers, Transfers
				break
			}
		}
	}
}

func isTransfer(l *Line) bool {
	if l.Category == Transfers {
		return true
	}
	for word := range strings.FieldsSeq(Fold(l.Kind + " " + l.Label)) {
		switch word {
		case "VIR", "VIREMENT", "VIRT", "TRANSFER", "XFER", "TFR", "FPI", "FPO":
			return true
		}
	}
	return false
}
