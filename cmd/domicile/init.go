package main

import (
	"errors"
	"fmt"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/home"
)

type initCmd struct{}

func (initCmd) Run(s *session) error {
	d, _, err := s.knock()
	if err != nil {
		return err
	}
	defer d.close()
	if d.status.State != home.New {
		return &hinted{core.E(core.Conflict, "make a home", errors.New("there is one already")), "Open it with: domicile serve, or make another with: --home DIR"}
	}
	password, err := s.chosen()
	if err != nil {
		return err
	}
	var made struct {
		Recovery string `json:"recovery"`
	}
	if err := d.call(s.ctx, "POST", "/setup", map[string]string{"password": string(password)}, &made); err != nil {
		return err
	}
	return s.sheet(made.Recovery)
}

// sheet prints a recovery key, once.
func (s *session) sheet(key string) error {
	_, err := fmt.Fprintf(s.out, `Recovery key. Write it down or print it, and keep it away from this machine.
It opens the home if the password is lost, and it is shown only now.

  %s
`, key)
	return err
}
