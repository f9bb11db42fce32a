package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/home"
)

type verifyCmd struct {
	JSON bool `help:"One JSON object a line."`
}

func (c verifyCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	damages := 0
	err = d.stream(s.ctx, "/verify", nil, func(line json.RawMessage) error {
		var seen struct {
			Damage string         `json:"damage"`
			Stats  map[string]any `json:"stats"`
		}
		if err := json.Unmarshal(line, &seen); err != nil {
			return err
		}
		if seen.Damage != "" {
			damages++
		}
		switch {
		case c.JSON:
			_, err = fmt.Fprintf(s.out, "%s\n", line)
		case seen.Damage != "":
			_, err = fmt.Fprintln(s.out, "damaged:", seen.Damage)
		default:
			for _, name := range slices.Sorted(maps.Keys(seen.Stats)) {
				if _, err = fmt.Fprintf(s.out, "%-13s %v\n", strings.ToLower(name), seen.Stats[name]); err != nil {
					return err
				}
			}
		}
		return err
	})
	if err == nil && damages > 0 {
		return core.E(core.Damaged, "verify", fmt.Errorf("%d damages", damages))
	}
	if err == nil && !c.JSON {
		_, err = fmt.Fprintln(s.out, "No damage.")
	}
	return err
}

type compactCmd struct{}

func (compactCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	before, err := s.vaultSize()
	if err != nil {
		return err
	}
	if err := d.call(s.ctx, "POST", "/compact", nil, nil); err != nil {
		return err
	}
	after, err := s.vaultSize()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%d bytes, now %d.\n", before, after)
	return err
}

func (s *session) vaultSize() (int64, error) {
	dir, err := s.dir()
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(filepath.Join(dir, home.Vault))
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
