package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/home"
)

type statusCmd struct{}

// Run says new, locked or unlocked, of a home that is being served: one that
// waits for its owner is well.
func (statusCmd) Run(s *session) error {
	dir, err := s.dir()
	if err != nil {
		return err
	}
	none := &hinted{core.E(core.NotFound, "ask for the status", errors.New("no home is being served here")), "Start it with: domicile serve"}
	if _, err := os.Stat(filepath.Join(dir, home.Socket)); err != nil {
		return none
	}
	d, served, err := s.knock()
	if err != nil {
		return err
	}
	if !served { // the socket is a remnant
		return errors.Join(none, d.close())
	}
	_, err = fmt.Fprintln(s.out, d.status.State)
	return errors.Join(err, d.close())
}
