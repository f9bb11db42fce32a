package main

import (
	"errors"

	"github.com/domicile-home/domicile/core"
)

type unlockCmd struct{}

func (unlockCmd) Run(s *session) error {
	d, err := s.knockServed("unlock")
	if err != nil {
		return err
	}
	defer d.close()
	return s.unlock(d)
}

type lockCmd struct{}

func (lockCmd) Run(s *session) error {
	d, err := s.knockServed("lock")
	if err != nil {
		return err
	}
	defer d.close()
	return d.call(s.ctx, "POST", "/lock", nil, nil)
}

// knockServed returns a door to the home that is being served.
func (s *session) knockServed(doing string) (*door, error) {
	d, served, err := s.enter()
	if err != nil {
		return nil, err
	}
	if served {
		return d, nil
	}
	err = &hinted{core.E(core.NotFound, doing, errors.New("no home is being served here")), "Start it with: domicile serve"}
	return nil, errors.Join(err, d.close())
}
