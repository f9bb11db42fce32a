package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// Bounds of a record.
const (
	MaxData  = 256 << 10 // bytes of its data
	MaxID    = 512       // bytes
	MaxTitle = 500       // bytes; a longer title is cut
	MaxFiles = 16
	MaxLinks = 64
	maxName  = 200 // bytes of a file's name
	maxRel   = 64  // bytes of a link's rel
)

// homeID begins the ids that the home gives; no provider's id may.
const homeID = "~"

// A ready record is checked and in canonical form.
type ready struct {
	record.Record
	data  map[string]any
	line  bankLine // of a transaction
	meter meter    // of a series
	// counted says that the record is one of several equal ones without an id.
	counted bool
}

// Validate reports whether a batch that declares r's type would take r. It
// returns invalid, whose cause names the record and the member at fault.
func (in *Ingest) Validate(r record.Record) error {
	_, err := in.ready(r)
	return err
}

// ready checks r and puts it in canonical form.
func (in *Ingest) ready(r record.Record) (ready, error) {
	out, err := in.shape(r)
	if err != nil {
		return ready{}, core.E(core.Invalid, "check record", fmt.Errorf("%s %q: %w", r.Type, truncate(clean(r.ID), MaxID), err))
	}
	return out, nil
}

func (in *Ingest) shape(r record.Record) (ready, error) {
	schema, known := in.schemas[r.Type]
	if !known {
		return ready{}, errors.New("unknown type")
	}
	if len(r.Data) > MaxData {
		return ready{}, fmt.Errorf("data: over %d bytes", MaxData)
	}
	data, err := parseData(r.Data)
	if err != nil {
		return ready{}, err
	}
	if err := schema.check(data); err != nil {
		return ready{}, err
	}
	out := ready{Record: r, data: data}
	out.Title = cleanLine(truncate(cleanLine(r.Title), MaxTitle))
	if out.Links, err = cleanLinks(r.Links); err != nil {
		return ready{}, err
	}
	if err := out.identify(); err != nil {
		return ready{}, err
	}
	return out, out.encode()
}

// encode writes the data that r holds parsed.
func (r *ready) encode() error {
	r.Data = appendJSON(nil, r.data)
	if len(r.Data) > MaxData {
		return fmt.Errorf("data: over %d bytes", MaxData)
	}
	return nil
}

// identify settles the record's id. A transaction may go without: the home
// counts equal ones. A series' id follows from its data. Any other record
// without an id is known by its content, so that equal content is one record.
func (r *ready) identify() (err error) {
	if r.ID, err = cleanID(r.ID); err != nil {
		return fmt.Errorf("id: %w", err)
	}
	switch {
	case r.Type == record.TypeTransaction:
		r.line = bankLineOf(r.Time, r.data)
		return nil
	case r.Type == record.TypeSeries:
		return r.identifySeries()
	case r.ID == "":
		r.ID = homeID + hashOf("content", string(r.Type), r.Time.String(), r.Title, string(appendJSON(nil, r.data))).text()
	}
	return nil
}

func (r *ready) identifySeries() (err error) {
	if r.meter, err = meterOf(r.data); err != nil {
		return err
	}
	r.meter.put(r.data)
	if id := r.meter.id(); r.ID == "" {
		r.ID = id
	} else if r.ID != id {
		return fmt.Errorf("id: want %q, which its data say", id)
	}
	return nil
}

// cleanID returns a provider's id in normal form, "" for none.
func cleanID(id string) (string, error) {
	normal := norm.NFC.String(id)
	switch {
	case len(id) > MaxID || len(normal) > MaxID:
		return "", fmt.Errorf("over %d bytes", MaxID)
	case clean(id) != normal || strings.TrimSpace(normal) != normal || strings.ContainsAny(normal, "\n\t"):
		return "", errors.New("holds control characters, or white space at an end")
	case strings.HasPrefix(normal, homeID):
		return "", fmt.Errorf("begins with %q, which is kept for the home", homeID)
	}
	return normal, nil
}

// cleanLinks returns the links without doubles, in a fixed order.
func cleanLinks(links []record.Link) ([]record.Link, error) {
	if len(links) > MaxLinks {
		return nil, fmt.Errorf("links: over %d", MaxLinks)
	}
	var out []record.Link
	for i, link := range links {
		id, err := cleanID(link.ID)
		if err != nil || id == "" {
			return nil, fmt.Errorf("links/%d/id: not an id", i)
		}
		if !slices.Contains(record.Types(), link.Type) {
			return nil, fmt.Errorf("links/%d/type: unknown", i)
		}
		if !isRel(link.Rel) {
			return nil, fmt.Errorf("links/%d/rel: want lower case, digits and hyphens", i)
		}
		out = append(out, record.Link{Rel: link.Rel, Type: link.Type, ID: id})
	}
	slices.SortFunc(out, compareLinks)
	return slices.Compact(out), nil
}

func compareLinks(a, b record.Link) int {
	return slices.Compare([]string{a.Rel, string(a.Type), a.ID}, []string{b.Rel, string(b.Type), b.ID})
}

func isRel(s string) bool {
	return s != "" && len(s) <= maxRel && s != mergedRel && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// cleanName returns the name of a file without any folder, as a download may
// be named.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(cleanLine(name), `\`, "/"))
	if name == "." || name == "/" || name == ".." {
		return "file"
	}
	ext := path.Ext(name)
	if len(ext) > 16 {
		ext = ""
	}
	if len(name) > maxName {
		name = truncate(name[:len(name)-len(ext)], maxName-len(ext)) + ext
	}
	return name
}

// sameContent reports whether two records say the same, provenance apart.
func sameContent(a, b core.Record) bool {
	return a.Time.String() == b.Time.String() && a.Title == b.Title && json.RawMessage(a.Data) != nil &&
		string(a.Data) == string(b.Data) && slices.Equal(a.Links, b.Links) && slices.Equal(a.Files, b.Files) && sameOwn(a, b)
}
