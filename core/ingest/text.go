package ingest

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// clean returns foreign text as the home keeps it: valid UTF-8 in Unicode
// normal form C, line ends as "\n", without control characters (tab and line
// end stay) and without those format characters that reorder or hide what
// stands around them. Joiners and direction marks stay: words and emoji need
// them.
func clean(s string) string {
	if isPlain(s) {
		return s
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
	s = strings.Map(func(r rune) rune {
		if isHarmful(r) {
			return -1
		}
		return r
	}, s)
	return norm.NFC.String(s)
}

// cleanLine is clean for one line: white space folded, none at either end.
func cleanLine(s string) string {
	s = clean(s)
	if isFolded(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// isPlain reports whether s is printable ASCII, tabs and line ends: most text
// is, and needs no cleaning.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// isFolded reports whether s holds no white space but single inner spaces.
func isFolded(s string) bool {
	space := true
	for _, r := range s {
		isSpace := unicode.IsSpace(r)
		if isSpace && (space || r != ' ') {
			return false
		}
		space = isSpace
	}
	return s == "" || !space
}

// isHarmful reports whether r is a control character or one that reorders or
// hides its neighbours: bidirectional embeddings, overrides and isolates (a
// file name ending in "fdp.exe" can be shown as "exe.pdf"), interlinear
// annotations, the byte order mark.
func isHarmful(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case unicode.IsControl(r):
		return true
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r >= 0xFFF9 && r <= 0xFFFB, r == 0xFEFF:
		return true
	}
	return false
}

// truncate cuts s to at most n bytes at the end of a rune.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
