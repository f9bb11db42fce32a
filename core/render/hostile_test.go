package render_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/domicile-home/domicile/sdk/view"
)

// hostiles are texts of an enemy.
func hostiles() []string {
	return []string{
		`"><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>' onmouseover='alert(4)`,
		`</title></svg></bdi></textarea></select><style>*{}</style><a href=//evil.example style=x>zz`,
		"invoice\u202efdp.exe\u2066\u200f zz", "=cmd|'/c calc'!A0 zz", "javascript:alert(5)//{{.L}}${alert(6)}zz",
		"\x00\x01\u2028\u2029\ufffe\ufeff", "\u3164\u2800", strings.Repeat("zz", view.MaxText/2), strings.Repeat("é ", view.MaxText/4),
	}
}

// words are the members of a view that hold words.
func words() []string {
	return []string{"title", "text", "summary", "label", "submit", "name", "x", "unit"}
}

// spoil puts text wherever a view holds words.
func spoil(value any, member, text string) any {
	switch v := value.(type) {
	case map[string]any:
		for name, child := range v {
			if member != "fields" || name != "name" { // the name of a field is no word
				v[name] = spoil(child, name, text)
			}
		}
	case []any:
		for i := range v {
			v[i] = spoil(v[i], member, text)
		}
	case string:
		switch {
		case member == "unit":
			return strings.ToValidUTF8(text[:min(len(text), 20)], "")
		case slices.Contains(words(), member) || slices.Contains([]string{"rows", "labels", "note", "value", "total", "record", "options"}, member):
			return text
		}
	}
	return value
}

func TestView_shows_hostile_texts_as_text(t *testing.T) {
	t.Parallel()
	shown := 0
	for name, sample := range samples(t) {
		for _, text := range hostiles() {
			var loose any
			if err := json.Unmarshal(sample, &loose); err != nil {
				t.Fatal(err)
			}
			spoilt, err := json.Marshal(spoil(loose, "", text))
			if err != nil {
				t.Fatal(err)
			}
			v, err := view.Parse(spoilt)
			if err != nil { // a name of a row or a value of a param is no place for so long a text
				if strings.Contains(err.Error(), "row") || strings.Contains(err.Error(), "too long") || strings.Contains(err.Error(), "why") || strings.Contains(err.Error(), "number") {
					continue
				}
				t.Fatalf("%s: %v", name, err)
			}
			all, _ := paint(t, v)
			for _, n := range all {
				for c := range n.ChildNodes() {
					if c.Type == html.TextNode && foreign(c.Data) {
						shown++
						if n.Data != "bdi" && n.Data != "time" && !within(c, "option", "svg", "bdi") && !strings.Contains(c.Data, "\u2068") {
							t.Errorf("%s: not isolated in <%s>: %.80q", name, n.Data, c.Data)
						}
					}
				}
			}
		}
	}
	t.Logf("%d texts of an enemy were shown", shown)
	if shown < 1000 {
		t.Errorf("only %d texts of an enemy were shown", shown)
	}
}

func foreign(text string) bool {
	return strings.Contains(text, "alert(") || strings.Contains(text, "zz") || strings.Contains(text, "é é")
}
