package main

import (
	"errors"
	"maps"
	"strings"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// site is the operator's site, as one run visits it.
type site struct {
	s       *sdk.Session
	base    string // without a slash at the end
	renewed bool   // signed in again, once
	forms   int    // that were filled in in vain
	done    int    // bills brought in
}

// maxForms is how many forms a run fills in: a person may misread letters, or
// want others.
const maxForms = 6

// signIn fills in the form that start leads to, until it is taken. It does
// nothing when the session of an earlier run is still open.
func (p *site) signIn(start string) error {
	for prompt := "ask.letters"; p.forms < maxForms; p.forms++ {
		form, err := p.s.Download(p.base + start)
		if err != nil {
			return err
		}
		if err := form.Problem(); err != nil || pathOf(form.URL) != "/login" {
			return err
		}
		err = p.fill(form, prompt)
		if !errors.Is(err, errOther) && !errors.Is(err, errMisread) {
			return err
		}
		if prompt = "ask.letters"; errors.Is(err, errMisread) {
			prompt = "ask.letters_again"
		}
	}
	return sdk.Fail(protocol.OTPWrong, "the letters of the picture were misread too often")
}

// fill fills in one form and sends it. It returns errOther when the person
// wants another picture, and errMisread when the letters were wrong.
func (p *site) fill(form *sdk.Response, prompt string) error {
	sel, err := p.s.Select(form.File, sdk.Queries{"form": {Rows: "form#connexion", Fields: map[string]string{"csrf": "input[name=csrf]@value", "letters": "img.lettres@src"}}})
	if err != nil {
		return err
	}
	found := sel.First("form")
	if found["csrf"] == "" {
		return changed("no sign-in form")
	}
	typed := map[string]string{"csrf": found["csrf"], "username": p.s.Config("username"), "password": sdk.Secret("password")}
	if picture := found["letters"]; picture != "" {
		if typed["letters"], err = p.letters(picture, prompt); err != nil {
			return err
		}
	}
	landed, err := p.s.Do(sdk.Request{URL: p.base + "/login", ToFile: true, Form: typed})
	if err != nil {
		return err
	}
	if landed.Status == 403 && typed["letters"] != "" {
		return errOther // the form expired while the person was asked
	}
	return p.signedIn(landed)
}

// signedIn reads where the sign-in form led.
func (p *site) signedIn(landed *sdk.Response) error {
	if err := landed.Problem(); err != nil {
		return err
	}
	sel, err := p.s.Select(landed.File, sdk.Queries{"misread": {Rows: "form#connexion #lettres-fausses", Fields: map[string]string{"text": ""}},
		"refusal": {Rows: "form#connexion .alerte", Fields: map[string]string{"text": ""}}, "terms": terms()})
	switch {
	case err != nil:
		return err
	case sel.First("misread") != nil:
		return errMisread
	case sel.First("refusal") != nil:
		return sdk.Fail(protocol.AuthFailed, sel.First("refusal")["text"])
	case sel.First("terms") != nil:
		return sdk.Fail(protocol.ActionNeeded, "new terms to accept")
	case pathOf(landed.URL) == "/login":
		return sdk.Fail(protocol.AuthExpired, "signed in, and asked to sign in again")
	}
	return nil
}

// terms selects the form that stands before every page when the operator wants
// its new terms accepted.
func terms() sdk.Query {
	return sdk.Query{Rows: "form#conditions", Fields: map[string]string{"action": "@action"}}
}

// fetch brings path into a file of the run. When the session has ended, it
// signs in again, once a run.
func (p *site) fetch(path string) (*sdk.Response, error) {
	for {
		res, err := p.s.Download(p.base + path)
		if err != nil {
			return nil, err
		}
		if err := res.Problem(); err != nil || pathOf(res.URL) != "/login" {
			return res, err
		}
		if p.renewed {
			return nil, sdk.Fail(protocol.AuthExpired, "the session ended twice")
		}
		p.renewed = true
		if err := p.signIn("/login"); err != nil {
			return nil, err
		}
	}
}

// read answers queries about the page at path.
func (p *site) read(path string, queries sdk.Queries) (sdk.Selection, error) {
	res, err := p.fetch(path)
	if err != nil {
		return nil, err
	}
	return p.query(res, queries)
}

func (p *site) query(res *sdk.Response, queries sdk.Queries) (sdk.Selection, error) {
	all := sdk.Queries{"terms": terms()}
	maps.Copy(all, queries)
	sel, err := p.s.Select(res.File, all)
	if err == nil && sel.First("terms") != nil {
		err = sdk.Fail(protocol.ActionNeeded, "new terms to accept")
	}
	return sel, err
}

// document fetches a file of the media type given; a page in its place is
// looked at for the reason.
func (p *site) document(path, mediaType string) (sdk.File, error) {
	res, err := p.fetch(path)
	if err != nil {
		return sdk.File{}, err
	}
	if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, mediaType) {
		if _, err := p.query(res, nil); err != nil {
			return sdk.File{}, err
		}
		return sdk.File{}, changed(path + " is " + got)
	}
	return res.File, nil
}

// pathOf returns the path of an absolute URL.
func pathOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	_, path, _ := strings.Cut(rest, "/")
	path, _, _ = strings.Cut(path, "?")
	return "/" + path
}

// changed says that the site is not what this connector was written for.
func changed(what string) error { return sdk.Fail(protocol.SourceChanged, what) }
