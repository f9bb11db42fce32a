package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
)

type recordSameCmd struct {
	Ref       string `arg:"" help:"The record's reference."`
	Other     string `arg:"" optional:"" help:"The other's, of another source; without it, what is the same and what looks like it is printed."`
	Different bool   `help:"They are not the same thing." xor:"say"`
	TakeBack  bool   `help:"Take back what was said of them." xor:"say"`
	Lead      bool   `help:"The other is the one that counts." xor:"say"`
}

// twins is what the API answers of one record.
type twins struct {
	Leads core.Ref
	Same  []struct {
		Ref core.Ref
		At  time.Time
		Why []string
	}
	Different []core.Ref
	Alike     []struct {
		Ref core.Ref
		Why []string
	}
}

func (c recordSameCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	var r core.Record
	if err := d.record(s.ctx, c.Ref, &r); err != nil {
		return err
	}
	path, said := "/records/"+url.PathEscape(c.Ref)+"/same", twins{}
	if c.Other == "" {
		if c.say() != "same" {
			return core.E(core.Invalid, "say of records", errors.New("name the other record"))
		}
		if err := d.call(s.ctx, "GET", path, nil, &said); err != nil {
			return err
		}
		return said.print(s)
	}
	if err := d.record(s.ctx, c.Other, &r); err != nil {
		return err
	}
	if err := d.call(s.ctx, "POST", path, map[string]string{"say": c.say(), "other": c.Other}, &said); err != nil {
		return err
	}
	return said.print(s)
}

func (c recordSameCmd) say() string {
	switch {
	case c.Different:
		return "different"
	case c.TakeBack:
		return "nothing"
	case c.Lead:
		return "leads"
	}
	return "same"
}

func (t twins) print(s *session) error {
	var b strings.Builder
	fmt.Fprintf(&b, "counts     %s\n", t.Leads)
	for _, m := range t.Same {
		fmt.Fprintf(&b, "same       %s  %s\n", m.Ref, strings.Join(m.Why, ", "))
	}
	for _, ref := range t.Different {
		fmt.Fprintf(&b, "different  %s\n", ref)
	}
	for _, a := range t.Alike {
		fmt.Fprintf(&b, "alike      %s  %s\n", a.Ref, strings.Join(a.Why, ", "))
	}
	_, err := s.out.Write([]byte(b.String()))
	return err
}
