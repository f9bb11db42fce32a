package extract

import (
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a cleaned name, in bytes.
const (
	maxName    = 1024
	maxElement = 200
	nameless   = "file"
)

// names gives each file of an archive a name of its own. It holds the names
// given, in lower case, each with the last number tried for it.
type names map[string]int

// take cleans a name and, when another file has it already (upper and lower
// case are one), numbers it: "a.pdf", "a (2).pdf".
func (n names) take(raw string) string {
	first := cleanName(raw)
	ext := path.Ext(first)
	stem := strings.TrimSuffix(first, ext)
	name, tried := first, max(n[strings.ToLower(first)], 1)
	for n[strings.ToLower(name)] > 0 {
		tried++
		name = stem + " (" + strconv.Itoa(tried) + ")" + ext
	}
	n[strings.ToLower(first)] = tried
	n[strings.ToLower(name)] = max(n[strings.ToLower(name)], 1)
	return name
}

// cleanName makes of a foreign path a relative, slash-separated one that is
// safe to show and to use as a file's name on any system: without "." and "..",
// drive letters, control and direction characters, and device names. It never
// returns an empty name.
func cleanName(raw string) string {
	var kept []string
	length := -1
	for element := range strings.SplitSeq(strings.ReplaceAll(raw, `\`, "/"), "/") {
		if element = cleanElement(element); element != "" {
			kept, length = append(kept, element), length+1+len(element)
		}
	}
	for length > maxName {
		kept, length = kept[1:], length-1-len(kept[0])
	}
	if len(kept) == 0 {
		return nameless
	}
	return strings.Join(kept, "/")
}

// cleanElement cleans one element of a path; "" means that it is left out.
func cleanElement(element string) string {
	if len(element) == 2 && element[1] == ':' {
		return "" // a drive
	}
	element = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, strings.ContainsRune(`<>:"|?*`, r), unicode.IsControl(r):
			return '_'
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(element, "_"))
	element = cutElement(strings.Trim(strings.TrimRight(element, ". "), " "))
	if isDevice(element) {
		return "_" + element
	}
	return element
}

// cutElement shortens an element and keeps its extension.
func cutElement(element string) string {
	if len(element) <= maxElement {
		return element
	}
	ext := path.Ext(element)
	if len(ext) > maxElement/4 {
		ext = ""
	}
	stem := element[:maxElement-len(ext)]
	for !utf8.ValidString(stem) {
		stem = stem[:len(stem)-1]
	}
	return strings.TrimRight(stem, ". ") + ext
}

// isDevice reports whether Windows takes the element for a device.
func isDevice(element string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(element), ".")
	stem = strings.TrimRight(stem, " ")
	switch stem {
	case "con", "prn", "aux", "nul", "conin$", "conout$":
		return true
	}
	return len(stem) == 4 && (strings.HasPrefix(stem, "com") || strings.HasPrefix(stem, "lpt")) && stem[3] >= '0' && stem[3] <= '9'
}
