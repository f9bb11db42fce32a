package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/domicile-home/domicile/core"
)

type recordCmds struct {
	Get  recordGetCmd  `cmd:"" help:"Print one record with its provenance."`
	List recordListCmd `cmd:"" help:"Print records, newest first."`
	Tag  recordTagCmd  `cmd:"" help:"Put tags on a record, or take them away."`
	Same recordSameCmd `cmd:"" help:"Say that two records are the same thing, or not."`
	File recordFileCmd `cmd:"" help:"Write a record's file, in clear."`
}

type recordGetCmd struct {
	Ref  string `arg:"" help:"The record's reference, as search prints it."`
	JSON bool   `help:"One JSON object." hidden:""`
}

func (c recordGetCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	var text json.RawMessage
	if err := d.record(s.ctx, c.Ref, &text); err != nil {
		return err
	}
	if c.JSON {
		_, err = fmt.Fprintf(s.out, "%s\n", text)
		return err
	}
	enc := json.NewEncoder(s.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(text)
}

// record reads one record into out.
func (d *door) record(ctx context.Context, ref string, out any) error {
	const next = "domicile search and domicile record list --json print references."
	if _, err := core.ParseRef(ref); err != nil {
		return &hinted{core.E(core.Invalid, "read record", fmt.Errorf("%q is no reference", ref)), next}
	}
	err := d.call(ctx, "GET", "/records/"+url.PathEscape(ref), nil, out)
	if core.CodeOf(err) == core.NotFound {
		return &hinted{core.E(core.NotFound, "read record", fmt.Errorf("there is no %s", ref)), next}
	}
	return err
}

type recordListCmd struct {
	Type   string `help:"Only this type."`
	Source string `help:"Only this source."`
	After  string `help:"From this day, month or year." placeholder:"2026-03"`
	Before string `help:"Before this day, month or year." placeholder:"2026"`
	Tag    string `help:"Only records with this tag."`
	Limit  int    `help:"At most this many; 0 for all." default:"0"`
	JSON   bool   `help:"One JSON object a line: type, id, time, title, data, tags, ref."`
}

func (c recordListCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	for cursor, n := "", 0; ; {
		var page struct {
			Records []json.RawMessage `json:"records"`
			Next    string            `json:"next"`
		}
		limit := ""
		if c.Limit > 0 {
			limit = strconv.Itoa(min(c.Limit-n, 500))
		}
		path := "/records" + query("type", c.Type, "source", c.Source, "after", c.After, "before", c.Before, "tag", c.Tag, "cursor", cursor, "limit", limit)
		if err := d.call(s.ctx, "GET", path, nil, &page); err != nil {
			return err
		}
		for _, text := range page.Records {
			if err := c.print(s, text); err != nil {
				return err
			}
		}
		n += len(page.Records)
		if cursor = page.Next; cursor == "" || c.Limit > 0 && n >= c.Limit {
			return nil
		}
	}
}

func (c recordListCmd) print(s *session, text json.RawMessage) error {
	var r core.Record
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	if c.JSON {
		return printRecord(s.out, r)
	}
	tags := ""
	if len(r.Tags) > 0 {
		tags = "  [" + plain(strings.Join(r.Tags, ", ")) + "]"
	}
	_, err := fmt.Fprintf(s.out, "%s  %-12s %s  %s%s\n", dayOf(r.Time), r.Type, r.Ref, plain(r.Title), tags)
	return err
}

// printRecord prints the line that scripts read: type, id, time, title, data, and the
// person's tags if there are any.
func printRecord(w io.Writer, r core.Record) error {
	line := struct {
		Type  any             `json:"type"`
		ID    string          `json:"id"`
		Time  string          `json:"time"`
		Title string          `json:"title"`
		Data  json.RawMessage `json:"data"`
		Tags  []string        `json:"tags,omitempty"`
		Ref   string          `json:"ref,omitempty"`
	}{r.Type, r.ID, r.Time.String(), r.Title, r.Data, r.Tags, ""}
	if r.Ref.Seq != 0 {
		line.Ref = r.Ref.String()
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(line)
}

type recordTagCmd struct {
	Ref    string   `arg:"" help:"The record's reference."`
	Tags   []string `arg:"" optional:"" help:"Tags to put on it."`
	Remove []string `help:"A tag to take away; again for more." sep:"none" placeholder:"TAG"`
}

func (c recordTagCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	var r core.Record
	if err := d.record(s.ctx, c.Ref, &r); err != nil {
		return err
	}
	if err := d.call(s.ctx, "POST", "/records/"+url.PathEscape(c.Ref)+"/tags", map[string][]string{"add": c.Tags, "remove": c.Remove}, &r); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s\n", plain(strings.Join(r.Tags, ", ")))
	return err
}

type recordFileCmd struct {
	Ref    string `arg:"" help:"The record's reference."`
	Output string `short:"o" help:"Where to write it; standard output when absent." placeholder:"FILE"`
	Number int    `help:"Which of its files." default:"1"`
}

func (c recordFileCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	var r core.Record
	if err := d.record(s.ctx, c.Ref, &r); err != nil {
		return err
	}
	if c.Number < 1 || c.Number > len(r.Files) {
		return core.E(core.NotFound, "read file", fmt.Errorf("the record has %d files", len(r.Files)))
	}
	res, err := d.send(s.ctx, "GET", fmt.Sprintf("/files/%s/%d", r.Ref.Source, r.Files[c.Number-1].File), nil, "")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	read := func(w io.Writer) error {
		_, err := io.Copy(w, res.Body)
		return err
	}
	if c.Output == "" {
		return read(s.out)
	}
	return writeNew(c.Output, read)
}
