package program_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// offer is an app with an act of each kind.
const offer = `{
  "protocol": 1, "kind": "app", "id": "offer", "version": "1.0.0", "name": "name", "description": "description", "licence": "MIT", "runtime": "wasm", "module": "bank.wasm",
  "reads": [{"type": "bill", "fields": [], "granularity": "yearly", "purpose": "why"}],
  "acts": [
    {"id": "accept", "title": "accept", "purpose": "why", "recipient": {"name": "insurer", "url": "https://offers.insurer.test/acceptances", "contact": "contact", "address": "address", "kind": "company", "country": "FR", "notice": "https://insurer.example/privacy", "keeps": "P12M", "stores": ["FR", "IE"], "shares": ["reinsurer"]}, "valid": "P24M",
     "media_type": "application/json", "template": "{\"band\":\"{band}\",\"note\":\"a {note}\",\"receipt\":\"{receipt}\"}",
     "fields": [{"name": "band", "label": "band", "kind": "choice", "options": [{"value": "A", "label": "band-a"}, {"value": "B", "label": "band-b"}]},
                {"name": "note", "label": "note", "kind": "text", "optional": true}]},
    {"id": "withdraw", "title": "withdraw", "purpose": "why", "recipient": {"name": "insurer", "url": "https://offers.insurer.test/withdrawals"},
     "media_type": "application/x-www-form-urlencoded", "template": "receipt={receipt}&why=none", "withdraws": "accept"}
  ],
  "languages": ["en", "fr"]
}`

// offerWords are the strings that it names.
func offerWords() string {
	words := map[string]string{}
	for _, key := range strings.Fields("name description why accept insurer contact address reinsurer band band-a band-b note withdraw") {
		words[key] = "Of " + key
	}
	text, _ := json.Marshal(words)
	return string(text)
}

func TestLoad_an_app_with_acts(t *testing.T) {
	t.Parallel()
	p, err := program.Load(files(offer, offerWords(), offerWords()))
	if err != nil {
		t.Fatal(err)
	}
	a, ok := p.Manifest.Act("accept")
	if !ok || a.Recipient.Keeps != "P12M" || len(a.Fields[0].Options) != 2 {
		t.Errorf("got %+v", a)
	}
	less := strings.Replace(offerWords(), `"band-b":"Of band-b",`, "", 1)
	if _, err := program.Load(files(offer, less, offerWords())); err == nil || !strings.Contains(err.Error(), `"band-b" is missing`) {
		t.Errorf("a string less: got %v", err)
	}
}

func TestValidate_refuses_acts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ old, new, want string }{
		"a place without a field":       {`a {note}`, `a {nota}`, "acts[0].template: no field is named \"nota\""},
		"a field without a place":       {`a {note}`, `a note`, `acts[0].template: field "note" stands nowhere`},
		"no receipt":                    {`\"receipt\":\"{receipt}\"`, `\"receipt\":\"\"`, "{receipt} stands nowhere"},
		"a place outside of a string":   {`\"{band}\"`, `{band}`, "acts[0].template: "},
		"a place that names a member":   {`\"band\":\"{band}\"`, `\"{band}\":1`, "name of a member"},
		"a place within an escape":      {`a {note}`, `a \\u00{note}`, "acts[0].template: "},
		"a place after a backslash":     {`a {note}`, `a \\{note}`, "acts[0].template: "},
		"a member twice":                {`\"note\":`, `\"band\":`, "acts[0].template: "},
		"a form's place in a name":      {`receipt={receipt}&`, `{receipt}=1&`, "acts[1].template: "},
		"a form's place in an escape":   {`receipt={receipt}&`, `receipt=%4{receipt}&`, "acts[1].template: "},
		"a form with a break":           {`&why=none`, `&why=a\nb`, "acts[1].template: "},
		"text that reverses":            {`a {note}`, `a \u202e{note}`, "acts[0].template: "},
		"an option that reverses":       {`{"value": "B"`, `{"value": "B\u202e"`, "acts[0].fields[0].options[1]"},
		"an option with a break":        {`{"value": "B"`, `{"value": "B\r\nX: y"`, "acts[0].fields[0].options[1]"},
		"an option twice":               {`{"value": "B"`, `{"value": "A"`, "options[1].value: given twice"},
		"a field named as the home's":   {`{"name": "note"`, `{"name": "receipt"`, "acts[0].fields[1].name"},
		"another media type":            {`"application/json"`, `"text/html"`, "acts[0].media_type"},
		"a name without TLS":            {`https://offers.insurer.test/acceptances`, `http://offers.insurer.test/acceptances`, "acts[0].recipient.url"},
		"a query":                       {`/acceptances`, `/acceptances?x=1`, "acts[0].recipient.url"},
		"a user":                        {`https://offers.insurer.test/a`, `https://me@offers.insurer.test/a`, "acts[0].recipient.url"},
		"capitals":                      {`https://offers.insurer.test/a`, `https://Offers.insurer.test/a`, "acts[0].recipient.url"},
		"a wildcard":                    {`https://offers.insurer.test/a`, `https://*.insurer.test/a`, "acts[0].recipient.url"},
		"a place in the address":        {`/acceptances`, `/acceptances/{band}`, "acts[0].recipient.url"},
		"dots in the path":              {`/acceptances`, `/../acceptances`, "acts[0].recipient.url"},
		"an address without its port":   {`https://offers.insurer.test/a`, `http://192.168.1.4/a`, "acts[0].recipient.url"},
		"an address written oddly":      {`https://offers.insurer.test/a`, `http://[::ffff:10.0.0.1]:80/a`, "acts[0].recipient.url"},
		"another scheme":                {`https://offers.insurer.test/a`, `ftp://192.168.1.4:21/a`, "acts[0].recipient.url"},
		"a withdrawal of nothing":       {`"withdraws": "accept"`, `"withdraws": "nothing"`, "acts[1].withdraws"},
		"a withdrawal of itself":        {`"withdraws": "accept"`, `"withdraws": "withdraw"`, "acts[1].withdraws"},
		"a withdrawal to someone else":  {`https://offers.insurer.test/withdrawals`, `https://else.insurer.test/withdrawals`, "acts[1].withdraws: it goes to another host"},
		"an id twice":                   {`"id": "withdraw"`, `"id": "accept"`, "acts[1].id: given twice"},
		"a connector's":                 {`"kind": "app"`, `"kind": "connector"`, ""},
		"a duration that is none":       {`"P12M"`, `"for ever"`, "acts[0].recipient.keeps"},
		"no duration of the consent":    {`, "valid": "P24M"`, ``, "acts[0].valid"},
		"nobody who answers":            {`"contact": "contact", `, ``, "acts[0].recipient.contact"},
		"no address":                    {`"address": "address", `, ``, "acts[0].recipient.address"},
		"another kind of party":         {`"company"`, `"friend"`, "acts[0].recipient.kind"},
		"a country that is none":        {`"country": "FR"`, `"country": "XX"`, "acts[0].recipient.country"},
		"a country in small letters":    {`"country": "FR"`, `"country": "fr"`, "acts[0].recipient.country"},
		"kept nowhere":                  {`["FR", "IE"]`, `[]`, "acts[0].recipient.stores"},
		"kept on a continent":           {`["FR", "IE"]`, `["150"]`, "acts[0].recipient.stores"},
		"a notice without TLS":          {`https://insurer.example/privacy`, `http://192.168.1.4:80/privacy`, "acts[0].recipient.notice"},
		"a notice with a query":         {`https://insurer.example/privacy`, `https://insurer.example/privacy?x=1`, "acts[0].recipient.notice"},
		"shared with no key":            {`["reinsurer"]`, `["To whom?"]`, "acts[0].recipient.shares"},
		"a withdrawal that promises":    {`"withdraws": "accept"`, `"withdraws": "accept", "valid": "P1M"`, "acts[1].withdraws"},
		"a choice that may be left out": {`"kind": "choice", `, `"kind": "choice", "optional": true, `, "acts[0].fields[0].optional"},
	} {
		changed := strings.Replace(offer, tc.old, tc.new, 1)
		if changed == offer {
			t.Errorf("%s: nothing was changed", name)
		}
		if _, err := program.Load(files(changed, offerWords(), offerWords())); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestValidate_counts_what_an_app_may_choose holds that no act says more than
// eight bits of the app's choice, however they are spread.
func TestValidate_counts_what_an_app_may_choose(t *testing.T) {
	t.Parallel()
	p, err := program.Load(files(offer, offerWords(), offerWords()))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		options []int
		ok      bool
	}{{[]int{256}, true}, {[]int{257}, false}, {[]int{16, 16}, true}, {[]int{2, 129}, false}, {[]int{2, 2, 2, 2, 2, 2, 2, 2}, true}, {[]int{2, 2, 2, 2, 2, 2, 2, 3}, false}} {
		m := p.Manifest
		m.Acts = slices.Clone(m.Acts[:1])
		a := &m.Acts[0]
		a.MediaType, a.Template, a.Fields = "text/plain", "{receipt}", nil
		for i, n := range tc.options {
			f := protocol.ActField{Name: fmt.Sprintf("f%d", i), Label: "band", Kind: protocol.ActChoice}
			for v := range n {
				f.Options = append(f.Options, protocol.ActOption{Value: fmt.Sprint(v), Label: "band"})
			}
			a.Fields, a.Template = append(a.Fields, f), a.Template+fmt.Sprintf(" {f%d}", i)
		}
		if err := program.Validate(m); (err == nil) != tc.ok {
			t.Errorf("%v: got %v", tc.options, err)
		}
	}
}

func FuzzPieces(f *testing.F) {
	f.Add(`{"band":"{band}","receipt":"{receipt}"}`)
	f.Add("{a}{{b}}{c")
	f.Fuzz(func(t *testing.T, template string) {
		var again strings.Builder
		for _, p := range program.Pieces(template) {
			if p.Text != "" && p.Place != "" || p.Text == "" && p.Place == "" {
				t.Fatalf("%q: %+v", template, p)
			}
			again.WriteString(p.Text)
			if p.Place != "" {
				again.WriteString("{" + p.Place + "}")
			}
		}
		if again.String() != template {
			t.Errorf("%q becomes %q", template, again.String())
		}
	})
}
