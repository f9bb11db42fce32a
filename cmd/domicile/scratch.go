package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/home"
)

// try imports one file into a home that lives as long as that, in memory where
// the system has such a folder, and prints what came in.
func (c importCmd) try(s *session, shared *home.Shared, file string) error {
	return s.scratch(shared, func(d *door) error {
		r, err := s.importFile(d, file, c.Columns)
		if err != nil {
			return err
		}
		c.tell(s, file, r)
		if c.JSON {
			return s.printRun(d, r)
		}
		_, err = fmt.Fprintf(s.out, "%s: %d records\n", plain(file), r.Counts.Added)
		return err
	})
}

// scratch makes a home with a random password, hands it to use, and removes it.
// Its vault is sealed like any other.
func (s *session) scratch(shared *home.Shared, use func(*door) error) error {
	parent := "/dev/shm"
	if _, err := os.Stat(parent); err != nil {
		parent = os.TempDir()
	}
	dir, err := os.MkdirTemp(parent, "domicile-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	h, err := home.Scratch(s.ctx, s.config(dir), shared)
	if err != nil {
		return err
	}
	d := serveInside(h)
	d.scratch = true
	return errors.Join(use(d), d.close())
}

// records hands each record that a run brought to seen.
func (d *door) records(ctx context.Context, r connect.Run, seen func(core.Record) error) error {
	res, err := d.send(ctx, "GET", fmt.Sprintf("/sources/%s/runs/%d/records", r.Source, r.ID), nil, "")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	for dec := json.NewDecoder(res.Body); dec.More(); {
		var one core.Record
		if err := dec.Decode(&one); err != nil {
			return err
		}
		if err := seen(one); err != nil {
			return err
		}
	}
	return nil
}
