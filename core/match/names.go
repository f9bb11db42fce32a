package match

import (
	"slices"
	"strings"
)

// A name is a vendor's as bills write it.
type name struct {
	folded string
	own    []string // its telling words
	all    []string // and those of its trade
	trades []string // the trades it names
	short  []string // its initials
	whole  string   // all of it without gaps
	phrase []string // of a name without telling words, what a line must hold: "1&1 TELECOM", "1&1"
}

// vendors are the vendors of the bills, by what tells them.
type vendors struct {
	of      map[string]*name
	byWord  map[string][]*name
	numbers map[string]int // bills of a number
}

// maxShared is how many vendors a word may be shared by and still tell of one.
const maxShared = 64

func namesOf(bills []bill) vendors {
	v := vendors{map[string]*name{}, map[string][]*name{}, map[string]int{}}
	for _, b := range bills {
		if b.number != "" {
			v.numbers[b.number]++
		}
		if v.of[b.vendor] != nil {
			continue
		}
		n := nameOf(b.vendor)
		v.of[b.vendor] = n
		for _, w := range n.own {
			v.byWord[w] = append(v.byWord[w], n)
		}
		for _, p := range n.phrase {
			w, _, _ := strings.Cut(p, " ")
			v.byWord[w] = append(v.byWord[w], n)
		}
	}
	return v
}

func nameOf(folded string) *name {
	n := &name{folded: folded, all: words(folded), whole: strings.ReplaceAll(folded, " ", "")}
	n.own = slices.DeleteFunc(slices.Clone(n.all), isGeneric)
	n.trades, n.short = tradesOf(n.all), initials(folded)
	if !slices.ContainsFunc(n.own, func(w string) bool { return len(w) > 2 }) {
		n.own, n.phrase = nil, phrases(folded)
	}
	return n
}

// phrases returns what a line must hold to name a vendor without telling words:
// the name, without legal forms at its end, and without its trade where enough
// is left.
func phrases(folded string) (all []string) {
	f := strings.Fields(folded)
	for len(f) > 1 && noise[f[len(f)-1]] {
		f = f[:len(f)-1]
	}
	short := f
	for len(short) > 0 && isGeneric(short[len(short)-1]) {
		short = short[:len(short)-1]
	}
	if !slices.ContainsFunc(short, func(w string) bool { return !noise[w] && !isGeneric(w) }) {
		short = f
	}
	for _, p := range []string{strings.Join(f, " "), strings.Join(short, " ")} {
		if len(p) > 1 && strings.Trim(p, "0123456789 ") != "" && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

func tradesOf(words []string) (all []string) {
	for _, w := range words {
		if t := trades[w]; t != "" {
			all = append(all, t)
		}
	}
	return all
}

// initials returns what a name may be shortened to, of three letters or more: EDF,
// with its articles, SNCF without.
func initials(name string) (all []string) {
	var whole, bare strings.Builder
	for w := range strings.FieldsSeq(name) {
		if hasDigit(w) {
			return nil
		}
		whole.WriteString(w[:1])
		if !noise[w] {
			bare.WriteString(w[:1])
		}
	}
	for _, short := range []string{whole.String(), bare.String()} {
		if len(short) >= 3 && len(short) <= 6 {
			all = append(all, short)
		}
	}
	return all
}

func (l *line) has(w string) bool {
	_, ok := slices.BinarySearch(l.tokens, w)
	return ok
}

// named says how l names n: not at all (stranger), partly, or whole (vendor).
func (l *line) named(n *name) rank {
	if !l.fitsTrade(n) {
		return stranger
	}
	whole, cut := 0, 0
	for _, w := range n.own {
		if l.has(w) {
			whole++
		} else if slices.ContainsFunc(l.ends, func(end string) bool {
			return strings.HasPrefix(w, end) && (len(end) >= 8 || len(end) >= 4 && len(n.own) > 1)
		}) {
			cut++
		}
	}
	found := whole + cut
	switch {
	case slices.ContainsFunc(n.phrase, func(p string) bool { return holds(l.text, p) }):
		return vendor
	case len(n.own) > 0 && whole == len(n.own), whole > 0 && found == len(n.own), (len(n.whole) >= 6 || len(n.phrase) > 0 && len(n.whole) > 2) && l.holdsJoined(n.whole), l.isCutThroughout(n.all):
		return vendor
	case found*2 > len(n.own), found > 0 && l.namesNoMore(n), slices.ContainsFunc(n.short, l.has):
		return partly
	}
	return stranger
}

// fitsTrade reports whether l names no other trade than n does: FREE TELECOM is
// not Free Mobile.
func (l *line) fitsTrade(n *name) bool {
	trades := tradesOf(l.tokens)
	return len(trades) == 0 || len(n.trades) == 0 || slices.ContainsFunc(trades, func(t string) bool { return slices.Contains(n.trades, t) })
}

// namesNoMore reports whether l has no telling words but n's.
func (l *line) namesNoMore(n *name) bool {
	return !slices.ContainsFunc(l.tokens, func(w string) bool {
		return !isGeneric(w) && !slices.Contains(n.own, w) && !slices.ContainsFunc(n.own, func(own string) bool { return slices.Contains(l.ends, w) && strings.HasPrefix(own, w) })
	})
}

// holdsJoined reports whether some words of l, one after another, come to a name
// without gaps.
func (l *line) holdsJoined(whole string) bool {
	for from := range l.text {
		if from > 0 && l.text[from-1] != ' ' {
			continue
		}
		at, n := from, 0
		for ; at < len(l.text) && n < len(whole) && (l.text[at] == ' ' || l.text[at] == whole[n]); at++ {
			if l.text[at] != ' ' {
				n++
			}
		}
		if n == len(whole) && (at == len(l.text) || l.text[at] == ' ') {
			return true
		}
	}
	return false
}

// isCutThroughout reports whether the bank cut three words of a name or more, and
// left out none, as where a label has 24 places: "ASSUR MUT MOTA".
func (l *line) isCutThroughout(all []string) bool {
	return len(all) > 2 && !slices.ContainsFunc(all, func(w string) bool {
		return !slices.ContainsFunc(l.tokens, func(t string) bool { return len(t) >= 3 && strings.HasPrefix(w, t) })
	})
}

// spelled returns how many words of a vendor a line holds, words of a trade
// included: they tell Free Mobile from Free.
func (l *line) spelled(n *name) (count int) {
	for _, w := range n.all {
		if l.has(w) {
			count++
		}
	}
	return count
}

// namedBy returns the vendors that line j names whole.
func (m *matching) namedBy(j int) []*name {
	if all, known := m.named[j]; known {
		return all
	}
	l := &m.lines[j]
	all := []*name{}
	for w := range strings.FieldsSeq(l.text) {
		with := m.names.byWord[bare(w)]
		for _, n := range with[:min(len(with), maxShared)] {
			if l.named(n) == vendor && !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
	}
	m.named[j] = all
	return all
}

// isTelling reports whether a number is long enough to name a bill.
func isTelling(s string) bool { return len(s) >= 4 && hasDigit(s) }

// isPlain reports whether a number is figures that a label may hold as a day, a
// time or a card's number.
func isPlain(s string) bool {
	return len(strings.ReplaceAll(s, " ", "")) <= 8 && strings.Trim(s, "0123456789 ") == ""
}

// bears reports whether l bears a number; a plain one does not name a bill on a line
// that names a stranger.
func (l *line) bears(s string, n *name) bool {
	return isTelling(s) && (holds(l.text, s) || squeezed(l.text, s)) && (!isPlain(s) || l.named(n) > stranger || l.isNameless())
}

// isNameless reports whether l names nobody.
func (l *line) isNameless() bool {
	return !slices.ContainsFunc(l.tokens, func(w string) bool { return !filler[w] })
}

// judge says what of line j names b.
func (m *matching) judge(b *bill, j int) rank {
	l, n := &m.lines[j], m.names.of[b.vendor]
	switch {
	case m.names.numbers[b.number] == 1 && l.bears(b.number, n):
		return number
	case m.namesOtherBill(b, l):
		return stranger
	case l.bears(b.contract, n):
		return contract
	}
	r := l.named(n)
	if r < vendor && m.namesOther(j, n) || r == vendor && slices.ContainsFunc(m.namedBy(j), func(other *name) bool { return l.namesRather(other, n) }) {
		return stranger
	}
	if r == stranger && l.isNameless() {
		return nameless
	}
	return r
}

// namesOther reports whether line j names another vendor than n whole.
func (m *matching) namesOther(j int, n *name) bool {
	return slices.ContainsFunc(m.namedBy(j), func(other *name) bool { return other != n })
}

// namesRather reports whether l, which names both, says more of a than of b, a
// name within a's: FREE MOBILE is Free Mobile and not Free.
func (l *line) namesRather(a, b *name) bool {
	return a != b && l.spelled(a) > l.spelled(b) && !slices.ContainsFunc(b.own, func(w string) bool { return !slices.Contains(a.all, w) })
}

// squeezed finds a number of eight characters or more that the bank printed
// with other gaps.
func squeezed(text, number string) bool {
	n := strings.ReplaceAll(number, " ", "")
	return len(n) >= 8 && strings.Contains(strings.ReplaceAll(text, " ", ""), n)
}

// namesOtherBill reports whether l bears the number of another bill.
func (m *matching) namesOtherBill(b *bill, l *line) bool {
	for w := range strings.FieldsSeq(l.text) {
		if len(w) >= 5 && hasDigit(w) && w != b.number && w != b.contract && m.names.numbers[w] > 0 {
			return true
		}
	}
	return false
}
