// Package pack keeps reference packs: public figures such as tariffs, weather or
// price indices, that an app crosses with what is in the home.
//
// A pack is a signed file, whole and the same for everyone: fetching or reading
// it tells nobody anything. It is about no person, and one that names the person
// whose home it is is refused. An id belongs, in this home, to the first key that
// signed it. What is shown of a pack comes with its date, its publisher and its
// digest, so that two people can see that they hold the same.
package pack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/signed"
)

// Format is that of a pack's signed file. Its content is JSON.
const Format = "domicile-pack-1"

// MaxContent bounds a pack, in bytes.
const MaxContent = 4 << 20

// A Pack is a pack whose signature holds.
type Pack struct{ signed.File }

// Open reads a pack and checks its signature. It returns invalid for whatever is
// wrong with it.
func Open(file []byte) (Pack, error) {
	f, err := signed.Open(Format, file)
	if err == nil && (len(f.Content) > MaxContent || !json.Valid(f.Content)) {
		err = core.E(core.Invalid, "read pack", errors.New("the content is not JSON, or too large"))
	}
	if err != nil {
		return Pack{}, err
	}
	return Pack{f}, nil
}

// minName is how many letters a name has that means somebody: shorter ones are
// words like others.
const minName = 8

// Names returns an error when one of words, which are known of the person,
// stands in the pack, however its JSON writes it, in upper or lower case.
func (p Pack) Names(words []string) error {
	var content any
	if err := json.Unmarshal(p.Content, &content); err != nil {
		return err
	}
	var plain bytes.Buffer
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false)
	if err := e.Encode(content); err != nil {
		return err
	}
	text := strings.ToLower(p.Publisher + "\n" + plain.String())
	for _, word := range words {
		if word = strings.ToLower(strings.TrimSpace(word)); utf8.RuneCountInString(word) >= minName && strings.Contains(text, word) {
			return fmt.Errorf("%s holds a name or a number of yours: a reference pack is about nobody", p.ID)
		}
	}
	return nil
}
