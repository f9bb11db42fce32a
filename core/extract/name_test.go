package extract

import (
	"io/fs"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestCleanName(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                                "file",
		"a.csv":                           "a.csv",
		"Relevés/2026/mars.pdf":           "Relevés/2026/mars.pdf",
		"./a//b/./c":                      "a/b/c",
		"../../etc/passwd":                "etc/passwd",
		"/etc/passwd":                     "etc/passwd",
		`..\..\windows\a`:                 "windows/a",
		`C:\Users\me\a.txt`:               "Users/me/a.txt",
		`\\server\share\a`:                "server/share/a",
		"..":                              "file",
		". /.. /a":                        "a",
		"a/../b":                          "a/b",
		"a\x00.exe":                       "a_.exe",
		"line\nbreak":                     "line_break",
		"gpj.\u202eexe.txt":               "gpj.exe.txt",
		"\u200bhidden\u200b":              "hidden",
		"a<b>:c|d?e*f\"g":                 "a_b__c_d_e_f_g",
		"nul":                             "_nul",
		"NUL.txt":                         "_NUL.txt",
		"com1.pdf":                        "_com1.pdf",
		"com10.pdf":                       "com10.pdf",
		"console":                         "console",
		"trailing. . ":                    "trailing",
		"  spaced  ":                      "spaced",
		".hidden":                         ".hidden",
		"bad\xff\xfe":                     "bad_",
		"tab\tbed":                        "tab_bed",
		"no\u00a0break":                   "no break",
		strings.Repeat("é", 300):          strings.Repeat("é", 100),
		strings.Repeat("x/", 999):         strings.TrimSuffix(strings.Repeat("x/", 512), "/"),
		strings.Repeat("x", 300) + ".pdf": strings.Repeat("x", 196) + ".pdf",
	} {
		if got := cleanName(raw); got != want {
			t.Errorf("%.40q: got %q, want %q", raw, got, want)
		}
	}
}

func TestNames_are_different(t *testing.T) {
	t.Parallel()
	n := names{}
	for i, want := range []string{"d/a.pdf", "d/A (2).pdf", "d/a (3).pdf", "d/a (2) (2).pdf"} {
		raw := []string{"d/a.pdf", "/d/A.pdf", "d//a.pdf", "d/a (2).pdf"}[i]
		if got := n.take(raw); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"", "..", "a/../b", `C:\a`, "\x00", "con.txt", "é\u0301/\u202e", "a. /b ", strings.Repeat("a/", 3000), "\xff\xff/\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := cleanName(raw)
		if !fs.ValidPath(got) || got == "." || len(got) > maxName || !utf8.ValidString(got) {
			t.Fatalf("%q: got %q", raw, got)
		}
		for element := range strings.SplitSeq(got, "/") {
			if strings.TrimRight(element, ". ") != element || isDevice(element) || len(element) > maxElement+1 {
				t.Fatalf("%q: element %q", raw, element)
			}
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`\<>:"|?*`, r) {
				t.Fatalf("%q: %q in %q", raw, r, got)
			}
		}
		if again := cleanName(got); again != got {
			t.Fatalf("%q: got %q, then %q", raw, got, again)
		}
	})
}
