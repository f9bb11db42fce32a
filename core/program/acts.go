package program

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	shapeAct      = `[a-z][a-z0-9]*(-[a-z0-9]+)*`
	maxActAddress = 300 // bytes of a recipient's URL
	maxOptions    = protocol.MaxActOptions
)

// checkActs holds what an app may propose to send: few declared bytes, to one
// address, with no more than eight bits that the app chooses.
func checkActs(m protocol.Manifest) error {
	if m.Kind != protocol.KindApp && len(m.Acts) > 0 {
		return errors.New("acts: a connector has none")
	}
	if len(m.Acts) > protocol.MaxActs {
		return fmt.Errorf("acts: over %d", protocol.MaxActs)
	}
	for i, a := range m.Acts {
		if err := checkAct(a); err != nil {
			return fmt.Errorf("acts[%d].%w", i, err)
		}
		if slices.ContainsFunc(m.Acts[:i], func(o protocol.Act) bool { return o.ID == a.ID }) {
			return fmt.Errorf("acts[%d].id: given twice", i)
		}
		if err := checkWithdraws(m.Acts, i); err != nil {
			return fmt.Errorf("acts[%d].withdraws: %w", i, err)
		}
	}
	return nil
}

func checkAct(a protocol.Act) error {
	switch {
	case !is(shapeAct, a.ID) || len(a.ID) > 64:
		return errors.New("id: want lower-case words joined by hyphens")
	case !is(shapeKey, a.Title):
		return errors.New("title: want the key of a string")
	case !is(shapeKey, a.Purpose):
		return errors.New("purpose: want the key of a string")
	case !slices.Contains(protocol.ActMediaTypes(), a.MediaType):
		return fmt.Errorf("media_type: want one of %s", strings.Join(protocol.ActMediaTypes(), ", "))
	case len(a.Fields) > protocol.MaxActFields:
		return fmt.Errorf("fields: over %d", protocol.MaxActFields)
	}
	if err := checkRecipient(a.Recipient); err != nil {
		return fmt.Errorf("recipient.%w", err)
	}
	if a.Withdraws == "" {
		if err := checkPromises(a.Recipient); err != nil {
			return fmt.Errorf("recipient.%w", err)
		}
		if _, err := Months(a.Valid); err != nil {
			return fmt.Errorf("valid: %w", err)
		}
	}
	combinations := 1
	for i, f := range a.Fields {
		if err := checkActField(f); err != nil {
			return fmt.Errorf("fields[%d].%w", i, err)
		}
		if slices.ContainsFunc(a.Fields[:i], func(o protocol.ActField) bool { return o.Name == f.Name }) {
			return fmt.Errorf("fields[%d].name: given twice", i)
		}
		if combinations *= max(1, len(f.Options)); combinations > maxOptions {
			return fmt.Errorf("fields: over %d combinations of choices", maxOptions)
		}
	}
	if err := checkTemplate(a); err != nil {
		return fmt.Errorf("template: %w", err)
	}
	return nil
}

func checkActField(f protocol.ActField) error {
	switch {
	case !is(shapeField, f.Name), f.Name == protocol.ActReceipt:
		return errors.New("name: want lower-case letters, digits, - and _")
	case !is(shapeKey, f.Label):
		return errors.New("label: want the key of a string")
	case f.Kind != protocol.ActChoice && f.Kind != protocol.ActText:
		return errors.New("kind: want choice or text")
	case (f.Kind == protocol.ActChoice) != (len(f.Options) > 0) || len(f.Options) > maxOptions:
		return errors.New("options: go with kind choice")
	case f.Kind == protocol.ActChoice && f.Optional:
		return errors.New("optional: goes with kind text")
	}
	for i, o := range f.Options {
		if !IsSeen(o.Value) || o.Value == "" || len(o.Value) > protocol.MaxActValue || !is(shapeKey, o.Label) {
			return fmt.Errorf("options[%d]: want a value of readable text and the key of a string", i)
		}
		if slices.ContainsFunc(f.Options[:i], func(p protocol.ActOption) bool { return p.Value == o.Value }) {
			return fmt.Errorf("options[%d].value: given twice", i)
		}
	}
	return nil
}

// checkWithdraws holds an act that takes another back: it goes to the same
// place, says the receipt and nothing else.
func checkWithdraws(all []protocol.Act, i int) error {
	a := all[i]
	if a.Withdraws == "" {
		return nil
	}
	of := slices.IndexFunc(all, func(o protocol.Act) bool { return o.ID == a.Withdraws })
	switch {
	case of < 0 || all[of].Withdraws != "":
		return errors.New("want the id of an act that takes none back")
	case len(a.Fields) > 0:
		return errors.New("an act that takes another back has no fields")
	case promises(a):
		return errors.New("an act that takes another back promises nothing of its own")
	case site(a.Recipient.URL) != site(all[of].Recipient.URL):
		return errors.New("it goes to another host than the act that it takes back")
	case slices.ContainsFunc(all[:i], func(o protocol.Act) bool { return o.Withdraws == a.Withdraws }):
		return errors.New("another act takes it back already")
	}
	return nil
}

// site is the scheme, host and port of a URL that was checked.
func site(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func checkRecipient(r protocol.Recipient) error {
	if !is(shapeKey, r.Name) {
		return errors.New("name: want the key of a string")
	}
	return checkAddress(r.URL)
}

// checkPromises holds what a recipient has to say of what it does with what it
// gets: what a consent is nothing without.
func checkPromises(r protocol.Recipient) error {
	switch {
	case !is(shapeKey, r.Contact):
		return errors.New("contact: want the key of a string")
	case !is(shapeKey, r.Address):
		return errors.New("address: want the key of a string")
	case !slices.Contains(protocol.PartyKinds(), r.Kind):
		return fmt.Errorf("kind: want one of %q", protocol.PartyKinds())
	case !isCountry(r.Country):
		return errors.New("country: want two letters of ISO 3166-1")
	case len(r.Stores) == 0 || len(r.Stores) > protocol.MaxActParties || slices.ContainsFunc(r.Stores, func(c string) bool { return !isCountry(c) }):
		return errors.New("stores: want countries, each as two letters of ISO 3166-1")
	case len(r.Shares) > protocol.MaxActParties || slices.ContainsFunc(r.Shares, func(key string) bool { return !is(shapeKey, key) }):
		return errors.New("shares: want keys of strings")
	}
	if _, err := Months(r.Keeps); err != nil {
		return fmt.Errorf("keeps: %w", err)
	}
	if err := checkAddress(r.Notice); err != nil || !strings.HasPrefix(r.Notice, "https:") {
		return errors.New("notice: want an https address with a plain path")
	}
	return nil
}

// promises reports whether an act says more of its recipient than who it is.
func promises(a protocol.Act) bool {
	r := a.Recipient
	return a.Valid+r.Contact+r.Address+string(r.Kind)+r.Country+r.Notice+r.Keeps != "" || len(r.Stores)+len(r.Shares) > 0
}

// isCountry reports whether a code is that of a country.
func isCountry(code string) bool {
	region, err := language.ParseRegion(code)
	return err == nil && region.IsCountry() && region.String() == code
}

// checkAddress wants one exact address, written in the one way in which it is
// then shown. Whether a name is fit to be reached is for the room that does.
func checkAddress(text string) error {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxActAddress || u.String() != text || text != strings.ToLower(u.Scheme+"://"+u.Host)+u.EscapedPath() {
		return errors.New("url: want scheme, host and path, as they are sent")
	}
	if !strings.HasPrefix(u.Path, "/") || !is(`[A-Za-z0-9/._~-]+`, u.Path) || slices.Contains(strings.Split(u.Path, "/"), "..") {
		return errors.New("url: want a plain path")
	}
	addr, err := netip.ParseAddr(u.Hostname())
	switch {
	case err != nil && u.Scheme != "https":
		return errors.New("url: a name is reached by https")
	case err == nil && (u.Scheme != "https" && u.Scheme != "http" || u.Port() == "" || addr.Zone() != "" || addr.Is4In6() || addr.String() != u.Hostname()):
		return errors.New("url: want an address with its port")
	case err != nil && !is(`([a-z0-9-]+\.)+[a-z][a-z0-9-]*(:[1-9]\d{0,4})?`, u.Host):
		return errors.New("url: want a whole name, in lower case")
	}
	return nil
}

// A Piece of a template is a text, or the place of a field.
type Piece struct {
	Text  string
	Place string // "" for a text
}

// Pieces cuts a template at its {name} places.
func Pieces(template string) (all []Piece) {
	text := ""
	for template != "" {
		before, after, found := strings.Cut(template, "{")
		name, tail, closed := strings.Cut(after, "}")
		if !found {
			text += template
			break
		}
		if !closed || !is(shapeField, name) {
			text, template = text+before+"{", after
			continue
		}
		if text += before; text != "" {
			all, text = append(all, Piece{Text: text}), ""
		}
		all, template = append(all, Piece{Place: name}), tail
	}
	if text != "" {
		all = append(all, Piece{Text: text})
	}
	return all
}

// checkTemplate holds that each place has a field and each field a place, and
// that what is filled in stays within its place, whatever it is: see checkJSON.
func checkTemplate(a protocol.Act) error {
	t := a.Template
	if t == "" || len(t) > protocol.MaxActTemplate || !IsSeen(strings.NewReplacer("\n", "", "\t", "").Replace(t)) {
		return fmt.Errorf("want readable text of at most %d bytes", protocol.MaxActTemplate)
	}
	used := map[string]bool{}
	for _, p := range Pieces(t) {
		used[p.Place] = true
		if _, ok := a.Field(p.Place); p.Place != "" && p.Place != protocol.ActReceipt && !ok {
			return fmt.Errorf("no field is named %q", p.Place)
		}
	}
	if !used[protocol.ActReceipt] {
		return errors.New("{receipt} stands nowhere: the recipient could not tell what is taken back")
	}
	for _, f := range a.Fields {
		if !used[f.Name] {
			return fmt.Errorf("field %q stands nowhere", f.Name)
		}
	}
	switch a.MediaType {
	case "application/json":
		return checkJSON(t)
	case "application/x-www-form-urlencoded":
		return checkForm(t)
	}
	return nil
}

// mark stands for what is filled in: no part of an escape, in JSON or in a form,
// and no text that a template may hold.
const mark = "zz\uE000zz"

func marked(template string) string {
	var b strings.Builder
	for _, p := range Pieces(template) {
		b.WriteString(p.Text)
		if p.Place != "" {
			b.WriteString(mark)
		}
	}
	return b.String()
}

// checkJSON wants an object whose places stand within strings that are values.
func checkJSON(template string) error {
	text := []byte(marked(template))
	if _, err := protocol.Check(text); err != nil {
		return err
	}
	inside := false
	for i := 0; i < len(text); i++ { // each mark is within a string, and not the rest of an escape
		switch {
		case text[i] == '"':
			inside = !inside
		case text[i] == '\\':
			i++
		case strings.HasPrefix(string(text[i:min(len(text), i+len(mark))]), mark) && !inside:
			return errors.New("a place stands outside of a string")
		}
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	return eachKey(v, func(key string) error {
		if strings.Contains(key, mark) {
			return errors.New("a place stands in the name of a member")
		}
		return nil
	})
}

// checkForm wants pairs whose places stand within values.
func checkForm(template string) error {
	if slices.ContainsFunc(Pieces(template), func(p Piece) bool { return p.Text != "" && !is(`[A-Za-z0-9*._+%=&-]+`, p.Text) }) {
		return errors.New("want it as it is sent: escaped, without spaces")
	}
	for pair := range strings.SplitSeq(marked(template), "&") {
		key, value, ok := strings.Cut(pair, "=")
		_, err := url.QueryUnescape(key)
		_, err2 := url.QueryUnescape(value)
		if !ok || key == "" || err != nil || err2 != nil || strings.Contains(key, mark) {
			return errors.New("want name=value pairs joined by &, places in values")
		}
	}
	return nil
}

// IsSeen reports whether all of s is seen by who reads it on one line: UTF-8
// without control and format characters, such as those that reverse what
// follows, and without breaks.
func IsSeen(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) || unicode.In(r, unicode.Zs) && r != ' ' && r != '\u00a0' && r != '\u202f'
	})
}

// CheckChoices holds what an app chooses for an act against what its manifest
// declares: fields of kind choice, and their options.
func CheckChoices(a protocol.Act, choices map[string]string) error {
	for name, value := range choices {
		f, ok := a.Field(name)
		if !ok || f.Kind != protocol.ActChoice {
			return fmt.Errorf("act %s has no choice %q", a.ID, name)
		}
		if _, ok := f.Option(value); !ok {
			return fmt.Errorf("act %s does not let %q be chosen as %q", a.ID, value, name)
		}
	}
	return nil
}

// actKeys returns the string keys that an act names.
func actKeys(a protocol.Act) []string {
	keys := append([]string{a.Title, a.Purpose, a.Recipient.Name}, a.Recipient.Shares...)
	for _, key := range []string{a.Recipient.Contact, a.Recipient.Address} {
		if key != "" {
			keys = append(keys, key)
		}
	}
	for _, f := range a.Fields {
		keys = append(keys, f.Label)
		for _, o := range f.Options {
			keys = append(keys, o.Label)
		}
	}
	return keys
}
