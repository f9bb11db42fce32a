package fetch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

const hidden = "{{secret:pw}}"

func newScrubber(secrets ...string) *scrubber {
	s := new(scrubber)
	for _, secret := range secrets {
		s.add(secret, hidden)
	}
	return s
}

func TestScrub_finds_a_secret_as_providers_write_it(t *testing.T) {
	t.Parallel()
	const secret = "p&\"w=é<s>e\\c/r'et 1€😀+%\n"
	marshaled, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	forms := map[string]string{
		"as it is":           secret,
		"query":              url.QueryEscape(secret),
		"query, lower case":  lowerHex(url.QueryEscape(secret)),
		"path":               url.PathEscape(secret),
		"every byte percent": everyByte(secret, "%%%02X"),
		"JSON of Go":         strings.Trim(string(marshaled), `"`),
		"JSON of PHP":        `p&\"w=\u00e9<s>e\\c\/r'et 1\u20ac\ud83d\ude00+%\n`,
		"JSON of Python":     `p&\"w=\u00E9<s>e\\c/r'et 1\u20AC\uD83D\uDE00+%\n`,
		"JavaScript":         `p&\"w=\xe9\x3cs\x3ee\\c/r\'et 1` + "€😀+%\\n",
		"HTML":               html.EscapeString(secret),
		"HTML of PHP":        `p&amp;&quot;w=&eacute;&lt;s&gt;e\c/r&#039;et 1&euro;😀+%` + "\n",
		"HTML, numbers":      everyRune(secret, "&#%d;"),
		"HTML, hexadecimal":  everyRune(secret, "&#x%X;"),
		"HTML, long numbers": everyRune(secret, "&#%020d;"),
		"a mixture":          `p%26\u0022w=&eacute;%3Cs&gt;e%5cc\/r&apos;et+1%E2%82%AC😀%2B&percnt;%0A`,
	}
	s := newScrubber(secret)
	for name, form := range forms {
		if got := s.text("<" + form + ">"); got != "<"+hidden+">" {
			t.Errorf("%s: %q gives %q", name, form, got)
		}
		if got := s.text(form[1:] + form[:len(form)-1]); strings.Contains(got, hidden) {
			t.Errorf("%s: found in what is no secret: %q", name, got)
		}
	}
	latin1 := newScrubber("émilie&côté")
	for _, form := range []string{"\xe9milie&c\xf4t\xe9", "%E9milie%26c%f4t%e9", "&eacute;milie&amp;c&ocirc;t&eacute;", "émilie&côt\\xe9"} {
		if got := latin1.text(form + form); got != hidden+hidden {
			t.Errorf("Latin-1: %q gives %q", form, got)
		}
	}
	// "Ã" is in UTF-8 the byte that "é" starts with in neither, but in Latin-1.
	if got := newScrubber("Ã©Ã©Ã©").text(url.QueryEscape("Ã©Ã©Ã©")); got != hidden {
		t.Errorf("got %q", got)
	}
}

func lowerHex(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		b.WriteByte(s[i])
		if s[i] == '%' {
			b.WriteString(strings.ToLower(s[i+1 : i+3]))
			i += 2
		}
	}
	return b.String()
}

func everyByte(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

func everyRune(s, format string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, format, r)
	}
	return b.String()
}

func TestScrub_changes_nothing_else(t *testing.T) {
	t.Parallel()
	s := newScrubber("hunter22", "hunter2", "12345", "%%%%%%", "      ", `\\\\\\`)
	for text, want := range map[string]string{
		"":                            "",
		"hunter":                      "hunter",
		"hunter hunter1 Hunter2":      "hunter hunter1 Hunter2",
		"12345":                       "12345",                           // too short to be scrubbed
		"xhunter2xhunter22x":          "x" + hidden + "x" + hidden + "x", // the longer one where both match
		"hunter2hunter22":             hidden + hidden,
		"hunthunter2":                 "hunt" + hidden,
		"\x00\xff\xfe&;&#;&#x;%\\\\u": "\x00\xff\xfe&;&#;&#x;%\\\\u",
		"&amp;&lt;%41%zz\\u00":        "&amp;&lt;%41%zz\\u00",
		"%%%%%%%25%25%25%25%25%25":    hidden + hidden,
		"+++ +++":                     hidden + "+",
		`\\\\\\\\\\\\`:                hidden,
	} {
		if got := s.text(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := newScrubber().text("hunter2"); got != "hunter2" {
		t.Errorf("without secrets: got %q", got)
	}
}

func TestScrub_of_a_stream_does_not_depend_on_its_cuts(t *testing.T) {
	t.Parallel()
	s := newScrubber("hunter22&é")
	text := strings.Repeat("hunter22 hunter22%26%C3%a9 &#104;unter22&amp;\\u00e9 hunter22&", 2000)
	want := strings.Repeat("hunter22 "+hidden+" "+hidden+" hunter22&", 2000)
	for name, r := range map[string]io.Reader{
		"whole":          strings.NewReader(text),
		"byte by byte":   iotest.OneByteReader(strings.NewReader(text)),
		"halves":         iotest.HalfReader(strings.NewReader(text)),
		"end with data":  iotest.DataErrReader(strings.NewReader(text)),
		"small and slow": iotest.OneByteReader(iotest.DataErrReader(strings.NewReader(text))),
	} {
		got, err := io.ReadAll(s.reader(r))
		if err != nil || string(got) != want {
			t.Errorf("%s: got %d bytes, %v, want %d", name, len(got), err, len(want))
		}
	}
}

func TestScrub_of_a_stream_keeps_its_error(t *testing.T) {
	t.Parallel()
	s := newScrubber("hunter22")
	broken := io.MultiReader(strings.NewReader("hunter22 hunt"), iotest.ErrReader(io.ErrUnexpectedEOF))
	got, err := io.ReadAll(s.reader(broken))
	if string(got) != hidden+" hunt" || err != io.ErrUnexpectedEOF {
		t.Errorf("got %q, %v", got, err)
	}
}

// FuzzScrub compares with a slow reading of the same rules, and whatever the
// cuts gives the same.
func FuzzScrub(f *testing.F) {
	f.Add("hunter22", "a hunter22 %68unter22 &#104;unter22 hunte", uint8(3))
	f.Add("p&é<w \\ü", `p%26\u00e9&lt;w+\\%FC p&amp;`, uint8(1))
	f.Add("%%25%%25", "%%25%25%25%25%%25%%25", uint8(2))
	f.Add("😀\xff\xff\xff", "\\ud83d\\ude00\xff%ff\xff", uint8(5))
	f.Fuzz(func(t *testing.T, secret, text string, cut uint8) {
		if len(secret) > 64 || len(text) > 4096 {
			return
		}
		s := newScrubber(secret)
		want := slowScrub(secret, text)
		if got := s.text(text); got != want {
			t.Fatalf("%q in %q: got %q, want %q", secret, text, got, want)
		}
		r := s.reader(&chunked{text: []byte(text), size: int(cut)%7 + 1}).(*scrubReader)
		r.hasKind = true // files are another test's
		streamed, err := io.ReadAll(r)
		if err != nil || string(streamed) != want {
			t.Fatalf("%q in %q: streamed %q, %v, want %q", secret, text, streamed, err, want)
		}
	})
}

// FuzzScrub_leaves_no_secret plants a secret in a way of writing it.
func FuzzScrub_leaves_no_secret(f *testing.F) {
	f.Add("hunter22", "before", "after", uint8(0))
	f.Add("p&é<w \\ü", `\`, "&", uint8(4))
	f.Fuzz(func(t *testing.T, secret, before, after string, form uint8) {
		if len(secret) < minScrub || strings.ContainsAny(secret, "{}:secrtpw") { // the mark itself
			return
		}
		written, ok := write(secret, form)
		if !ok {
			return
		}
		got := newScrubber(secret).text(before + written + after)
		if strings.Contains(got, secret) {
			t.Fatalf("%q is still in %q", secret, got)
		}
		if !strings.Contains(got, hidden) {
			t.Fatalf("%q, written %q, is not found in %q", secret, written, got)
		}
	})
}

func write(secret string, form uint8) (string, bool) {
	switch form % 5 {
	case 0:
		return secret, true
	case 1:
		return url.QueryEscape(secret), true
	case 2:
		return url.PathEscape(secret), true
	case 3:
		quoted, err := json.Marshal(secret)
		var back string
		ok := err == nil && json.Unmarshal(quoted, &back) == nil && back == secret
		return strings.TrimSuffix(strings.TrimPrefix(string(quoted), `"`), `"`), ok
	default:
		return html.EscapeString(secret), html.UnescapeString(html.EscapeString(secret)) == secret
	}
}

// chunked reads a few bytes at a time.
type chunked struct {
	text []byte
	size int
}

func (c *chunked) Read(p []byte) (int, error) {
	if len(c.text) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.text[:min(c.size, len(c.text))])
	c.text = c.text[n:]
	return n, nil
}

// slowScrub replaces secret in text, trying every way at every place.
func slowScrub(secret, text string) string {
	if len(secret) < minScrub {
		return text
	}
	var out strings.Builder
	for text != "" {
		if n := longest(secret, text, map[[2]int]int{}); n > 0 {
			out.WriteString(hidden)
			text = text[n:]
			continue
		}
		out.WriteByte(text[0])
		text = text[1:]
	}
	return out.String()
}

// longest returns the length of the longest way to read secret at the start of text, -1 for none.
func longest(secret, text string, known map[[2]int]int) int {
	if secret == "" {
		return 0
	}
	key := [2]int{len(secret), len(text)}
	if n, ok := known[key]; ok {
		return n
	}
	best := -1
	r, size := utf8.DecodeRuneInString(secret)
	for n := 1; n <= min(len(text), maxEntity); n++ {
		if !reads(text[:n], secret[:size], r) {
			continue
		}
		if rest := longest(secret[size:], text[n:], known); rest >= 0 {
			best = max(best, n+rest)
		}
	}
	known[key] = best
	return best
}

// reads reports whether text is a way to write the character r, raw in UTF-8.
func reads(text, raw string, r rune) bool {
	if text == raw || text == "+" && raw == " " {
		return true
	}
	if r >= 0x80 && r <= 0xff && (text == string([]byte{byte(r)}) || strings.EqualFold(text, fmt.Sprintf("%%%02x", r))) {
		return true
	}
	switch text[0] {
	case '%':
		return strings.EqualFold(text, everyByte(raw, "%%%02x"))
	case '&':
		return strings.IndexByte(text, ';') == len(text)-1 && html.UnescapeString(text) == raw
	case '\\':
		if len(text) < 2 {
			return false
		}
		if len(text) == 2 {
			short := map[byte]rune{'"': '"', '\\': '\\', '/': '/', '\'': '\'', '`': '`', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}
			c, ok := short[text[1]]
			return ok && c == r
		}
		if r <= 0xff && len(text) == 4 && text[1] == 'x' {
			n, err := strconv.ParseUint(text[2:], 16, 8)
			return err == nil && rune(n) == r
		}
		if text[1] != 'u' {
			return false
		}
		var back string
		if err := json.Unmarshal([]byte(`"`+text+`"`), &back); err != nil {
			return false
		}
		return len(text) == 6 && back == string(r) && (r != '\uFFFD' || strings.EqualFold(text, `\ufffd`)) || len(text) == 12 && r > 0xffff && back == string(r)
	}
	return false
}

func BenchmarkScrub(b *testing.B) {
	page := bytes.Repeat([]byte(`<tr class="row"><td>15/03/2026</td><td>Facture n&deg; 2026-03 &amp; prestations</td><td><a href="/p/1?x=%20y">p</a></td></tr>`), 8<<20/128)
	s := newScrubber("correct horse", "p&ssw0rd-2026")
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		if _, err := io.Copy(io.Discard, s.reader(bytes.NewReader(page))); err != nil {
			b.Fatal(err)
		}
	}
}
