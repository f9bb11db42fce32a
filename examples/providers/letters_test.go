package providers_test

import (
	"image"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/examples/providers"
)

func TestTelco_letters_in_a_picture(t *testing.T) {
	t.Parallel()
	telco := newTelco(providers.TelcoConfig{Letters: true})
	b := browse(t, telco)
	form := b.get("/login")
	csrf := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(form.body)
	if csrf == nil || !strings.Contains(form.body, `src="/lettres.png"`) {
		t.Fatalf("got %s", form.body)
	}
	send := func(letters string) reply {
		return b.send("/login", url.Values{"csrf": csrf[1:], "username": {telco.User()}, "password": {telco.Password()}, "letters": {letters}})
	}
	if r := send(""); !strings.Contains(r.body, `id="lettres-fausses"`) {
		t.Errorf("before a picture was shown: %s", r.body)
	}
	first := b.picture()
	was := telco.Letters()
	if len(was) != 5 || first.Bounds().Size() != image.Pt(240, 48) {
		t.Errorf("got %q in %v", was, first.Bounds())
	}
	b.picture()
	if r := send(was); was == telco.Letters() || !strings.Contains(r.body, `id="lettres-fausses"`) {
		t.Errorf("the letters of a picture before: %s", r.body)
	}
	if r := send(telco.Letters()); !strings.Contains(r.body, `id="lettres-fausses"`) {
		t.Errorf("letters that were tried before: %s", r.body)
	}
	b.picture()
	if r := send(strings.ToLower(telco.Letters())); r.path != "/espace-client" {
		t.Errorf("the right letters: %d %s %s", r.status, r.path, r.body)
	}
	if s := telco.Stats(); s.Pictures != 3 || s.Misread != 3 || s.Logins != 1 || s.Refused != 0 {
		t.Errorf("counted %+v", s)
	}
	if r := browse(t, newTelco(providers.TelcoConfig{})).get("/login"); strings.Contains(r.body, "letters") {
		t.Errorf("an operator without letters asks for some: %s", r.body)
	}
}

func (b *browser) picture() image.Image {
	b.t.Helper()
	picture, err := png.Decode(strings.NewReader(b.get("/lettres.png").body))
	if err != nil {
		b.t.Fatal(err)
	}
	return picture
}

func (b *browser) send(path string, form url.Values) reply {
	b.t.Helper()
	r, err := http.NewRequest("POST", b.site+path, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.do(r, err)
}
