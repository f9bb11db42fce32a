package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/domicile-home/domicile/core/connect"
)

// What the person does by hand at the simulated providers: typing the code that
// the bank sends, and signing in at the energy supplier's own site.

// pullBank adds the bank and answers its question with the code that came.
func (h *household) pullBank(s *session) (connect.Run, error) {
	rooms, err := h.home.Rooms()
	if err != nil {
		return connect.Run{}, err
	}
	var added connect.Source
	err = h.door.call(s.ctx, "POST", "/sources", newSource{Connector: "embruns",
		Config:  map[string]string{"address": h.at["embruns"], "identifier": h.bank.User()},
		Secrets: map[string]string{"password": h.bank.Password()}}, &added)
	if err != nil {
		return connect.Run{}, err
	}
	answered := false
	return rooms.Connect.Wait(s.ctx, added.ID, added.LastRun, func(r connect.Run) {
		if r.Question == nil || answered {
			return
		}
		answered = true
		if err := rooms.Connect.Answer(added.ID, r.ID, h.bank.Code()); err != nil {
			fmt.Fprintln(s.err, "answer the bank:", err)
		}
	})
}

// landing is where the energy supplier sends the person back to. Nobody serves
// it: the demonstration reads the address, as a person pastes it.
const landing = "http://127.0.0.1:1/oauth/callback/armor"

// pullEnergy adds the energy supplier, signs in there, and follows the first
// run.
func (h *household) pullEnergy(s *session) (connect.Run, error) {
	rooms, err := h.home.Rooms()
	if err != nil {
		return connect.Run{}, err
	}
	var added connect.Source
	err = h.door.call(s.ctx, "POST", "/sources", newSource{Connector: "armor", Config: map[string]string{"address": h.at["armor"]}}, &added)
	if err != nil {
		return connect.Run{}, err
	}
	begun, err := rooms.Connect.BeginSignIn(s.ctx, added.ID, landing)
	if err != nil {
		return connect.Run{}, err
	}
	back, err := h.consent(s.ctx, begun.URL)
	if err != nil {
		return connect.Run{}, err
	}
	if _, err := rooms.Connect.Land(s.ctx, connect.Landing{URL: back, Binding: begun.Binding}); err != nil {
		return connect.Run{}, err
	}
	if added, err = rooms.Connect.Source(s.ctx, added.ID); err != nil {
		return connect.Run{}, err
	}
	return rooms.Connect.Wait(s.ctx, added.ID, added.LastRun, nil)
}

var requestField = regexp.MustCompile(`name="request" value="([^"]+)"`)

// maxPage bounds what is read of the supplier's page.
const maxPage = 1 << 20

// consent fills in the supplier's page as the person does, and returns where it
// leads.
func (h *household) consent(ctx context.Context, page string) (*url.URL, error) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	shown, err := ask(ctx, client, http.MethodGet, page, nil)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(shown.Body, maxPage))
	if err = errors.Join(err, shown.Body.Close()); err != nil {
		return nil, err
	}
	request := requestField.FindSubmatch(text)
	if request == nil {
		return nil, fmt.Errorf("the energy supplier shows no sign-in: %s", shown.Status)
	}
	form := url.Values{"request": {string(request[1])}, "username": {h.energy.User()}, "password": {h.energy.Password()}, "decision": {"allow"}}
	answer, err := ask(ctx, client, http.MethodPost, h.at["armor"]+"/authorize", form)
	if err != nil {
		return nil, err
	}
	if err := answer.Body.Close(); err != nil {
		return nil, err
	}
	return answer.Location()
}

func ask(ctx context.Context, client *http.Client, method, address string, form url.Values) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return client.Do(r)
}
