package render

import (
	"strings"
	"unicode"
)

// maxTitle is how many characters of a title are shown, maxText how many of a
// text.
const (
	maxTitle = 200
	maxText  = 4000
)

// Plain returns foreign text without what cannot be seen: control characters
// and signs that turn the text around them. What breaks a line becomes a space.
func Plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		case Unseen(r):
			return -1
		}
		return r
	}, text)
}

// Unseen reports whether r shows nothing of its own but may change what stands
// around it.
func Unseen(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point)
}

// Apart isolates foreign text where no <bdi> can stand, as in an attribute: it
// is made plain, cut to a title's length, and whatever direction it is written
// in changes nothing around it.
func Apart(text string) string { return within(Plain(text), maxTitle) }

// within isolates as much of a plain text.
func within(text string, most int) string { return "\u2068" + Clip(text, most) + "\u2069" }

// Clip returns the first characters of a text; an ellipsis says that there
// were more.
func Clip(text string, most int) string {
	n := 0
	for at := range text {
		if n == most {
			return text[:at] + "…"
		}
		n++
	}
	return text
}

// title returns foreign text as a title shows it, "" when nothing of it shows.
func title(text string) string {
	text = Clip(strings.TrimSpace(Plain(text)), maxTitle)
	if !strings.ContainsFunc(text, shows) {
		return ""
	}
	return text
}

// shows reports whether a reader sees r.
func shows(r rune) bool {
	const blank = "\u115f\u1160\u2800\u3164\uffa0" // letters and signs that are empty
	return unicode.IsOneOf([]*unicode.RangeTable{unicode.L, unicode.N, unicode.P, unicode.S}, r) && !strings.ContainsRune(blank, r)
}

// name returns foreign text that has to say something: what can be pressed or
// filled in has a name.
func (p *painter) name(text string) string {
	if text = title(text); text != "" {
		return text
	}
	return p.l.T("view.unnamed")
}
