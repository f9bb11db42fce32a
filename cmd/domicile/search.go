package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

type searchCmd struct {
	Query []string `arg:"" help:"Words, \"phrases\", begin*, -without, type:, source:, before:, after:, amount:10..20."`
	JSON  bool     `help:"One JSON object a line."`
	Limit int      `help:"At most this many." default:"20"`
}

// A hit is a record found, as the API gives it.
type hit struct {
	core.Record
	SourceName string     `json:"source_name"`
	Fragments  []fragment `json:"fragments"`
}

// A fragment is a piece of text around what was found.
type fragment struct {
	Text string `json:"text"`
}

func (c searchCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	var found struct {
		Total    int               `json:"total"`
		Hits     []json.RawMessage `json:"hits"`
		Warnings []string          `json:"warnings"`
	}
	path := "/search" + query("q", strings.Join(c.Query, " "), "limit", strconv.Itoa(c.Limit))
	if err := d.call(s.ctx, "GET", path, nil, &found); err != nil {
		return err
	}
	for _, warning := range found.Warnings {
		fmt.Fprintln(s.err, warning)
	}
	for _, text := range found.Hits {
		if err := c.print(s, text); err != nil {
			return err
		}
	}
	if !c.JSON {
		_, err = fmt.Fprintf(s.out, "%d found\n", found.Total)
	}
	return err
}

func (c searchCmd) print(s *session, text json.RawMessage) error {
	if c.JSON {
		_, err := fmt.Fprintf(s.out, "%s\n", text)
		return err
	}
	var h hit
	if err := json.Unmarshal(text, &h); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(s.out, "%s  %-12s %s\n    %s · %s\n", dayOf(h.Time), h.Type, plain(h.Title), h.Ref, plain(h.SourceName)); err != nil {
		return err
	}
	for _, f := range h.Fragments {
		if _, err := fmt.Fprintf(s.out, "    … %s …\n", plain(f.Text)); err != nil {
			return err
		}
	}
	return nil
}

// dayOf shows a time to the day, ten characters wide.
func dayOf(t record.Time) string {
	text, _, _ := strings.Cut(t.String(), "T")
	return fmt.Sprintf("%-10s", text)
}

// plain makes foreign text harmless to a terminal.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < ' ', r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, text)
}
