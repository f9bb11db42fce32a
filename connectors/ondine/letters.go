package main

import (
	"errors"
	"strings"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Why a form is filled in again.
var (
	errOther   = errors.New("another picture is wanted")
	errMisread = errors.New("the letters were misread")
)

// letters asks the person what the picture at path, of the sign-in form, shows.
func (p *site) letters(path, prompt string) (string, error) {
	if !strings.HasPrefix(path, "/") {
		return "", changed("the picture is at " + path)
	}
	picture, err := p.s.Get(p.base + path)
	if err != nil {
		return "", err
	}
	if err := picture.Problem(); err != nil {
		return "", err
	}
	answer, err := p.s.Ask(sdk.Question{Kind: protocol.AskImage, Prompt: prompt, Image: picture.Body, Again: true})
	if err == nil && strings.TrimSpace(answer) == "" {
		err = errOther
	}
	return answer, err
}
