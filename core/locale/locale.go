// Package locale says things in English and in French: messages, plurals,
// dates, numbers and money. Messages are flat keys in en.json and fr.json; a
// test holds the two against each other and against the code that uses them.
package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

//go:embed en.json fr.json
var catalogs embed.FS

// A Lang is a language of the home.
type Lang string

const (
	English Lang = "en"
	French  Lang = "fr"
)

// Langs returns the languages, the default first.
func Langs() []Lang { return []Lang{English, French} }

// A Locale speaks one language. It is safe for concurrent use.
type Locale struct {
	Lang     Lang
	messages map[string]string
}

// New returns the Locale of lang; English for a language it does not know.
func New(lang Lang) *Locale { return loaded()[known(lang)] }

func known(lang Lang) Lang {
	if lang == French {
		return French
	}
	return English
}

// Match returns the language that fits an Accept-Language header best.
func Match(header string) Lang {
	matcher := language.NewMatcher([]language.Tag{language.English, language.French})
	_, index := language.MatchStrings(matcher, header)
	return Langs()[index]
}

// loaded reads the catalogues, which are part of the program, once.
var loaded = sync.OnceValue(func() map[Lang]*Locale {
	all := map[Lang]*Locale{}
	for _, lang := range Langs() {
		text, err := catalogs.ReadFile(string(lang) + ".json")
		if err != nil {
			panic(err)
		}
		l := &Locale{Lang: lang}
		if err := json.Unmarshal(text, &l.messages); err != nil {
			panic(fmt.Sprintf("%s.json: %v", lang, err))
		}
		all[lang] = l
	}
	return all
})

// Has reports whether key has a message.
func (l *Locale) Has(key string) bool { _, ok := l.messages[key]; return ok }

// T returns the message of key, its {name} places filled from pairs of name
// and value. A missing key shows itself.
func (l *Locale) T(key string, pairs ...any) string {
	text, ok := l.messages[key]
	if !ok {
		return key
	}
	return fill(text, pairs)
}

// N returns the plural of key for n: key.one or key.other. In French 0 and 1
// are singular. The place {n} shows n.
func (l *Locale) N(key string, n int, pairs ...any) string {
	form := ".other"
	if n == 1 || n == 0 && l.Lang == French {
		form = ".one"
	}
	return l.T(key+form, append(pairs, "n", l.Int(int64(n)))...)
}

func fill(text string, pairs []any) string {
	if len(pairs) == 0 {
		return text
	}
	var places []string
	for i := 0; i+1 < len(pairs); i += 2 {
		places = append(places, fmt.Sprintf("{%v}", pairs[i]), fmt.Sprint(pairs[i+1]))
	}
	return strings.NewReplacer(places...).Replace(text)
}
