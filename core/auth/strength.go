package auth

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/domicile-home/domicile/core"
)

// What a password must reach.
const (
	MinLength  = 10  // characters
	MinGuesses = 10  // as a power of ten: months for one fast machine
	MaxLength  = 256 // characters
	considered = 64  // characters; what follows only helps
)

// guessRate is how many passwords a second a well equipped thief of the file
// tries against the vault's Argon2id.
const guessRate = 10_000

// A Strength is an estimate of how hard a password is to guess for someone who
// knows how people choose them. It is an estimate: an attacker who knows the
// person does better.
type Strength struct {
	Guesses float64 // power of ten
	Short   bool    // under MinLength
	Long    bool    // over MaxLength
}

// IsEnough reports whether the home takes the password.
func (s Strength) IsEnough() bool { return !s.Short && !s.Long && s.Guesses >= MinGuesses }

// Time is how long guessing takes on average, at most about 290 years.
func (s Strength) Time() time.Duration {
	seconds := math.Pow(10, s.Guesses) / 2 / guessRate
	if seconds > math.MaxInt64/float64(time.Second) {
		return math.MaxInt64
	}
	return time.Duration(seconds * float64(time.Second))
}

// CheckPassword refuses a password that is too easy to guess. Known are words
// that an attacker tries first, such as the person's name. It returns invalid.
func CheckPassword(password core.Secret, known ...string) error {
	switch s := Estimate(password, known...); {
	case s.Short:
		return core.E(core.Invalid, "choose password", fmt.Errorf("the password has under %d characters", MinLength))
	case s.Long:
		return core.E(core.Invalid, "choose password", fmt.Errorf("the password has over %d characters", MaxLength))
	case !s.IsEnough():
		return core.E(core.Invalid, "choose password", errors.New("the password is too easy to guess"))
	}
	return nil
}

// Estimate estimates a password's strength: the cheapest way to put it together
// from common words and passwords, names, years and dates, rows of keys,
// repeats, and single characters for the rest, after Wheeler's zxcvbn (USENIX
// Security 2016) with far smaller lists; words that stand in no list count by
// their letters.
func Estimate(password core.Secret, known ...string) Strength {
	text := []rune(string(password))
	s := Strength{Short: len(text) < MinLength, Long: len(text) > MaxLength}
	if len(text) > considered {
		text = text[:considered]
	}
	s.Guesses = newGuesser(text, known).cheapest()
	return s
}

// A guesser holds a password in the forms that patterns are looked for in.
type guesser struct {
	text  []rune // as typed
	lower []rune // without case and accents
	plain []rune // lower, and with the letters that digits and signs stand for
	ranks map[string]int
}

func newGuesser(text []rune, known []string) guesser {
	g := guesser{text: text, ranks: wordRanks()}
	for _, r := range text {
		r = withoutAccent(unicode.ToLower(r))
		g.lower = append(g.lower, r)
		g.plain = append(g.plain, letterFor(r))
	}
	for _, word := range known {
		var folded []rune
		for _, r := range strings.ToLower(word) {
			folded = append(folded, withoutAccent(r))
		}
		for part := range strings.FieldsFuncSeq(string(folded), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if utf8.RuneCountInString(part) >= 3 {
				g.ranks[part] = 1
			}
		}
	}
	return g
}

// cheapest returns the power of ten of the guesses that the cheapest way needs.
func (g guesser) cheapest() float64 {
	best := make([]float64, len(g.text)+1)
	for end := 1; end <= len(g.text); end++ {
		best[end] = best[end-1] + g.single(end-1)
		for start := range end {
			if cost, ok := g.match(start, end); ok {
				best[end] = min(best[end], best[start]+cost)
			}
		}
	}
	return best[len(g.text)]
}

// single is the cost of one character that no pattern covers. Letters that read
// like a word cost less: they are probably one of a longer list.
func (g guesser) single(i int) float64 {
	if !unicode.IsLetter(g.lower[i]) {
		return 1
	}
	start, end := i, i+1
	for start > 0 && unicode.IsLetter(g.lower[start-1]) {
		start--
	}
	for end < len(g.lower) && unicode.IsLetter(g.lower[end]) {
		end++
	}
	if readsLikeWord(g.lower[start:end]) {
		return 0.75 // a word of six letters: one of some thirty thousand
	}
	return 1.15 // a little under one of 26: people's choices are not even
}

// readsLikeWord reports whether letters alternate as in a word.
func readsLikeWord(letters []rune) bool {
	if len(letters) < 4 {
		return false
	}
	vowels, row := 0, 0
	for _, r := range letters {
		row++
		if strings.ContainsRune("aeiouy", r) {
			vowels, row = vowels+1, 0
		}
		if row > 3 {
			return false
		}
	}
	return 4*vowels >= len(letters) && 3*vowels <= 2*len(letters)
}

// match returns the cost of the cheapest pattern that covers text[start:end].
func (g guesser) match(start, end int) (cost float64, ok bool) {
	cost = math.Inf(1)
	for _, pattern := range []func(start, end int) (float64, bool){g.word, g.repeat, g.row, g.step, g.date} {
		if c, fits := pattern(start, end); fits {
			cost, ok = min(cost, c), true
		}
	}
	return cost, ok
}

// word matches listed words, as they are, reversed, or in disguise.
func (g guesser) word(start, end int) (float64, bool) {
	if end-start < 3 || end-start > maxWord {
		return 0, false
	}
	cost, ok := math.Inf(1), false
	for _, form := range [][]rune{g.lower[start:end], g.plain[start:end]} {
		for _, reversed := range []bool{false, true} {
			rank := g.ranks[string(turned(form, reversed))]
			if rank == 0 {
				continue
			}
			c := math.Log10(float64(max(rank, 10)))
			if reversed {
				c += math.Log10(2)
			}
			cost, ok = min(cost, c), true
		}
	}
	return cost + g.disguise(start, end), ok
}

// disguise is the cost of capitals and of signs for letters in text[start:end].
func (g guesser) disguise(start, end int) float64 {
	upper, signs, accents := 0, 0, 0
	for i := start; i < end; i++ {
		switch r := g.text[i]; {
		case g.plain[i] != g.lower[i]:
			signs++
		case unicode.IsUpper(r):
			upper++
		}
		if unicode.ToLower(g.text[i]) != g.lower[i] {
			accents = 1
		}
	}
	cost := 0.3 * float64(signs+accents)
	switch {
	case upper == 0:
	case upper == end-start || upper == 1 && unicode.IsUpper(g.text[start]):
		cost += 0.3
	default:
		cost += 0.5 * float64(min(upper, end-start-upper)+1)
	}
	return cost
}

// repeat matches a piece said twice or more.
func (g guesser) repeat(start, end int) (float64, bool) {
	n := end - start
	for size := 1; size <= n/2; size++ {
		if n%size != 0 || n/size < 2 || size == 1 && n < 3 {
			continue
		}
		same := true
		for i := start + size; i < end && same; i++ {
			same = g.lower[i] == g.lower[i-size]
		}
		if same {
			piece := guesser{text: g.text[start : start+size], lower: g.lower[start : start+size], plain: g.plain[start : start+size], ranks: g.ranks}
			return piece.cheapest() + math.Log10(float64(n/size)), true
		}
	}
	return 0, false
}

// row matches three or more neighbouring keys of a QWERTY or AZERTY row.
func (g guesser) row(start, end int) (float64, bool) {
	if end-start < 3 {
		return 0, false
	}
	piece := g.lower[start:end]
	for _, reversed := range []bool{false, true} {
		text := string(turned(piece, reversed))
		for _, keys := range []string{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "&e\"'(-e_ca", "!@#$%^&*()"} {
			if strings.Contains(keys, text) {
				return math.Log10(40 * float64(end-start)), true
			}
		}
	}
	return 0, false
}

// step matches three or more characters that follow each other: abc, 975.
func (g guesser) step(start, end int) (float64, bool) {
	if end-start < 3 {
		return 0, false
	}
	by := g.lower[start+1] - g.lower[start]
	if by == 0 || by > 2 || by < -2 {
		return 0, false
	}
	for i := start + 2; i < end; i++ {
		if g.lower[i]-g.lower[i-1] != by {
			return 0, false
		}
	}
	return math.Log10(60 * float64(end-start)), true
}

// date matches a year of a person's life and days written in digits.
func (g guesser) date(start, end int) (float64, bool) {
	piece := g.lower[start:end]
	digits := 0
	number := 0
	for _, r := range piece {
		switch {
		case r >= '0' && r <= '9':
			digits++
			number = number*10 + int(r-'0')
		case !strings.ContainsRune("/-. ", r):
			return 0, false
		}
	}
	const years, inYear = 140, 366
	switch signs := len(piece) - digits; {
	case digits == 4 && signs == 0 && number >= 1900 && number < 1900+years:
		return math.Log10(years), true
	case digits == 4 && signs <= 1: // a day of the year
		return math.Log10(inYear * 2), true
	case (digits == 6 || digits == 8) && signs <= 2:
		return math.Log10(inYear * years * 2), true
	}
	return 0, false
}

func turned(s []rune, reversed bool) []rune {
	if !reversed {
		return s
	}
	out := make([]rune, len(s))
	for i, r := range s {
		out[len(s)-1-i] = r
	}
	return out
}

// letterFor returns the letter that a digit or sign often stands for.
func letterFor(r rune) rune {
	const signs, letters = "0134578@$!€£", "oieastbasiel"
	if i := strings.IndexRune(signs, r); i >= 0 {
		return rune(letters[utf8.RuneCountInString(signs[:i])])
	}
	return r
}

// withoutAccent returns the letter under the accents of French and its
// neighbours.
func withoutAccent(r rune) rune {
	const with, without = "àâäáãåçéèêëíìîïñóòôöõúùûüýÿ", "aaaaaaceeeeiiiinooooouuuuyy"
	if i := strings.IndexRune(with, r); i >= 0 {
		return rune(without[utf8.RuneCountInString(with[:i])])
	}
	return r
}
