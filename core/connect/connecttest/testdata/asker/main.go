// Command asker signs in as banks do: a password, then a code that the person
// is asked for. Before it asks it has done a bit of everything that a parked
// run must find again.
package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

func main() { sdk.Main(run) }

type site struct {
	*sdk.Session
	base string
}

func run(s *sdk.Session) error {
	p := &site{s, strings.TrimSuffix(s.Config("address"), "/")}
	fmt.Fprintln(os.Stderr, "started at", time.Now().UnixNano(), "with", rand.Uint64())
	if s.Config("large") != "" {
		if err := p.fetchMuch(); err != nil {
			return err
		}
	}
	if err := p.signIn(); err != nil {
		return err
	}
	if err := p.bringIn(); err != nil {
		return err
	}
	if s.Config("twice") != "" {
		if _, err := s.Ask(sdk.Question{Kind: protocol.AskConfirm, Prompt: "ask.more"}); err != nil {
			return err
		}
	}
	if kind := s.Config("picture"); kind != "" {
		if err := p.letters(protocol.AskKind(kind)); err != nil {
			return err
		}
	}
	return s.Emit(document("last"))
}

// fetchMuch exchanges more than a parked run may.
func (p *site) fetchMuch() error {
	for range 3 {
		if _, err := p.get("/large"); err != nil {
			return err
		}
	}
	return nil
}

// signIn leaves an emitted record, a downloaded file and half a line of the log
// behind before it asks.
func (p *site) signIn() error {
	if err := p.post("/login", map[string]string{"password": sdk.Secret("password")}); err != nil {
		return err
	}
	letter, err := p.Download(p.base + "/letter")
	if err != nil {
		return err
	}
	first := document("letter")
	first.Files = []record.FileRef{sdk.Attach(letter.File, "letter.txt")}
	if err := p.Emit(first); err != nil {
		return err
	}
	if err := p.Forget(); err != nil { // sends what was emitted
		return err
	}
	if _, err := p.Download(p.base + "/notice"); err != nil { // no record takes it
		return err
	}
	fmt.Fprint(os.Stderr, "before the code, ")
	err = p.code()
	fmt.Fprintln(os.Stderr, "and after it", rand.Uint64())
	return err
}

// code asks until the code is right, twice at most.
func (p *site) code() error {
	var err error
	for range 2 {
		var code string
		code, err = p.Ask(sdk.Question{Kind: protocol.AskOTP, Prompt: "ask.code", Args: map[string]string{"phone": "06 •• 42"}})
		if err != nil {
			return err
		}
		p.Logf("the person typed %s", code)
		fmt.Fprintln(os.Stderr, "typed", code)
		if err = p.post("/code", map[string]string{"code": code}); sdk.CodeOf(err) != protocol.OTPWrong {
			return err
		}
	}
	return err
}

// letters asks what the provider's picture shows, until the person says it.
func (p *site) letters(kind protocol.AskKind) error {
	for range 3 {
		picture, err := p.get("/picture")
		if err != nil {
			return err
		}
		letters, err := p.Ask(sdk.Question{Kind: kind, Prompt: "ask.letters", Image: picture.Body, Again: true})
		if err != nil {
			return err
		}
		p.Logf("the person read %q", letters)
		if letters != "" {
			return nil
		}
	}
	return sdk.Fail(protocol.OTPWrong, "nobody could read it")
}

func (p *site) bringIn() error {
	page, err := p.get("/documents")
	if err != nil {
		return err
	}
	var ids []string
	if err := page.JSON(&ids); err != nil {
		return err
	}
	for _, id := range ids {
		if err := p.Emit(document(id)); err != nil {
			return err
		}
	}
	return p.Save(map[string]int{"seen": len(ids)})
}

func (p *site) get(path string) (*sdk.Response, error) {
	res, err := p.Get(p.base + path)
	if err != nil {
		return nil, err
	}
	return res, res.Problem()
}

func (p *site) post(path string, form map[string]string) error {
	res, err := p.PostForm(p.base+path, form)
	switch {
	case err != nil:
		return err
	case res.Status == 403 && path == "/login":
		return sdk.Fail(protocol.AuthFailed, "the password was refused")
	case res.Status == 403:
		return sdk.Fail(protocol.OTPWrong, "the code was refused")
	}
	return res.Problem()
}

func document(id string) sdk.Record {
	return sdk.Record{Type: record.TypeDocument, ID: id, Title: "Document " + id, Data: record.Document{Kind: "letter", Issuer: "Asker"}}
}
