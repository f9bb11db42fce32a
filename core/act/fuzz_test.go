package act_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/act"
	"github.com/domicile-home/domicile/core/program"
)

// FuzzPrepare types anything into an act of each media type: it is refused, or
// it is read back by who receives it as what it was, alone in its place.
func FuzzPrepare(f *testing.F) {
	for _, text := range []string{"thanks", `","admin":true,"x":"`, "a&band=E&x=%00", `\`, `\u0022`, "é 😀 \u2066", "x\r\nX-Injected: 1", "{receipt}", "{{secret:password}}", "<script>"} {
		f.Add(text)
	}
	p := appFor(f, "https://offers.insurer.test")
	asForm := formApp(p)
	f.Fuzz(func(t *testing.T, text string) {
		values := map[string]string{"note": text}
		choices := map[string]string{"band": "A"}
		d, err := act.Prepare(p, act.Request{Act: "accept", Choices: choices, Typed: values})
		if err != nil {
			if core.CodeOf(err) != core.Invalid {
				t.Fatal(err)
			}
			return
		}
		var got map[string]string
		if err := json.Unmarshal(d.Body, &got); err != nil {
			t.Fatalf("%s: %v", d.Body, err)
		}
		if diff := cmp.Diff(map[string]string{"band": "A", "note": text, "receipt": d.ID.String()}, got); diff != "" {
			t.Errorf("as JSON: %s", diff)
		}
		if !program.IsSeen(string(d.Body)) {
			t.Errorf("not all of %q is seen", d.Body)
		}
		d, err = act.Prepare(asForm, act.Request{Act: "accept", Choices: choices, Typed: values})
		if err != nil {
			t.Fatal(err)
		}
		form, err := url.ParseQuery(string(d.Body))
		if err != nil {
			t.Fatalf("%s: %v", d.Body, err)
		}
		if diff := cmp.Diff(url.Values{"band": {"A"}, "note": {text}, "receipt": {d.ID.String()}}, form); diff != "" {
			t.Errorf("as a form: %s", diff)
		}
		if text == "" {
			return
		}
		d, err = act.Prepare(p, act.Request{Act: "say", Choices: choices, Typed: values})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"Band A", "Note: " + text, "Receipt: " + d.ID.String(), ""}, strings.Split(string(d.Body), "\n")); diff != "" {
			t.Errorf("as lines: %s", diff)
		}
	})
}

// formApp is p, its first act sent as a form.
func formApp(p *program.Program) *program.Program {
	form := *p
	a := p.Manifest.Acts[0]
	a.MediaType, a.Template = "application/x-www-form-urlencoded", "band={band}&note={note}&receipt={receipt}"
	form.Manifest.Acts = append(form.Manifest.Acts[:0:0], a)
	return &form
}

func FuzzParseID(f *testing.F) {
	f.Add(act.NewID().String())
	f.Add(strings.Repeat("0", 32))
	f.Fuzz(func(t *testing.T, text string) {
		if id, err := act.ParseID(text); err == nil && id.String() != text {
			t.Errorf("%q reads as %s", text, id)
		}
	})
}
