package main

import (
	"encoding/json"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// bank is the bank's API, as one run visits it.
type bank struct {
	s       *sdk.Session
	base    string // without a slash at the end
	renewed bool   // signed in, once
	done    int    // lines brought in
}

// tries is how many codes the person may enter in a run.
const tries = 2

// get decodes what is at path into v. Without a session, or when it has ended,
// it signs in, once a run.
func (b *bank) get(path string, v any) error {
	for {
		res, err := b.s.Get(b.base + path)
		if err != nil {
			return err
		}
		err = problem(res)
		if err == nil {
			return res.JSON(v)
		}
		if sdk.CodeOf(err) != protocol.AuthExpired || b.renewed {
			return err
		}
		b.renewed = true
		if err := b.signIn(); err != nil {
			return err
		}
	}
}

// post sends in to path and decodes the reply into v.
func (b *bank) post(path string, in map[string]string, v any) error {
	res, err := b.s.PostJSON(b.base+path, in)
	if err != nil {
		return err
	}
	if err := problem(res); err != nil {
		return err
	}
	return res.JSON(v)
}

// A challenge is a sign-in that awaits a code.
type challenge struct {
	ID    string `json:"id"`
	Phone string `json:"destination"`
}

// challenge signs in with the password. The bank sends no code yet.
func (b *bank) challenge() (challenge, error) {
	var reply struct {
		Challenge challenge `json:"challenge"`
	}
	err := b.post("/api/login", map[string]string{"identifier": b.s.Config("identifier"), "password": sdk.Secret("password")}, &reply)
	if err == nil && reply.Challenge.ID == "" {
		err = changed("the sign-in names no challenge")
	}
	return reply.Challenge, err
}

// signIn opens a session with a code of the person's, and saves at once: the
// cookie is kept whatever becomes of the run.
func (b *bank) signIn() error {
	c, err := b.challenge()
	if err != nil {
		return err
	}
	var ignored struct{}
	if err := b.post("/api/login/code", map[string]string{"challenge": c.ID}, &ignored); err != nil {
		return err
	}
	prompt := "ask.code"
	for n := 1; ; n++ {
		code, err := b.s.Ask(sdk.Question{Kind: protocol.AskOTP, Prompt: prompt, Args: map[string]string{"phone": c.Phone}})
		if err != nil {
			return err
		}
		err = b.post("/api/login/confirm", map[string]string{"challenge": c.ID, "code": digits(code)}, &ignored)
		if err == nil {
			return b.s.Save(nil)
		}
		if sdk.CodeOf(err) != protocol.OTPWrong || n == tries {
			return err
		}
		prompt = "ask.code_again"
	}
}

// digits drops what people put between the digits of a code.
func digits(code string) string {
	var kept []rune
	for _, c := range code {
		if c >= '0' && c <= '9' {
			kept = append(kept, c)
		}
	}
	return string(kept)
}

// problem returns what the bank says is wrong, nil for nothing.
func problem(res *sdk.Response) error {
	if res.Status < 400 {
		return nil
	}
	var said struct {
		Error   string `json:"error"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(res.Body, &said); err != nil {
		return res.Problem()
	}
	code, known := map[string]protocol.Code{
		"bad_credentials":   protocol.AuthFailed,
		"wrong_code":        protocol.OTPWrong,
		"challenge_expired": protocol.OTPWrong,
		"session_expired":   protocol.AuthExpired,
		"consent_expired":   protocol.ConsentExpired,
		"terms_to_accept":   protocol.ActionNeeded,
	}[said.Error]
	if !known {
		return res.Problem()
	}
	return sdk.Fail(code, said.Message)
}

// changed says that the API is not what this connector was written for.
func changed(what string) error { return sdk.Fail(protocol.SourceChanged, what) }
