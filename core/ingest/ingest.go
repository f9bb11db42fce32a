// Package ingest is the only writer of records: what a connector emitted
// becomes records of the home here, or is refused with the record and the
// member at fault.
//
// A [Batch] is one transaction of the vault: its records, its files, the
// source's cursor and the run's row are all kept or none is. What arrives is
// cleaned to one canonical form, so that equal content compares equal and a
// second run of the same state changes nothing. Equal records are recognised by
// the provider's id, by the composite key of the type, or by their content; see
// [Ingest.Commit]. A run can be undone as if it had never been.
package ingest

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// Bounds of a batch.
const (
	MaxRecords = 1000     // records and forgotten keys
	MaxBytes   = 16 << 20 // of data
	maxPart    = 64       // bytes of a part's name
)

// Ingest writes records into one home's vault. It is safe for concurrent use;
// batches of one run come one after the other. Make one with [New].
type Ingest struct {
	vault   *vault.Vault
	now     core.Clock
	schemas map[record.Type]schema
	fields  map[record.Type][]Field
}

// New returns an Ingest. With a nil vault it can only Validate.
func New(v *vault.Vault, now core.Clock) (*Ingest, error) {
	schemas, fields, err := compileSchemas()
	if err != nil {
		return nil, fmt.Errorf("open ingest: %w", err)
	}
	return &Ingest{v, now, schemas, fields}, nil
}

// A Batch is what one save of a run commits.
type Batch struct {
	Source     core.SourceID
	Provenance core.Provenance // of each record; Evidence comes from the record, At is now when zero
	Produces   []record.Type   // that the connector declared; nil: all
	Records    []Staged
	Forgotten  []record.Key // no longer at the provider: deleted here
	// Import says that the run reads one file that the person gave. What it
	// brings that is known already is then remembered too, so that undoing an
	// import leaves what another one brought as well.
	Import bool
	// Last says that the run ends with this batch: what is kept to count its
	// equal records is dropped. Send an empty last batch when a run fails.
	Last bool
	// Extra, unless nil, is called at the end in the same transaction, with the
	// source's space: state, run row, secrets. Its error undoes everything.
	Extra func(*vault.Space, Counts) error
}

// A Staged record is one that a connector emitted, with what the home knows of
// it. Make it with [Ingest.Stage], which checks the record once; a literal is
// checked by Commit.
type Staged struct {
	Record   record.Record
	Evidence string // SHA-256 of the response or file it came from, hex; or ""
	Files    []File // of the record, instead of Record.Files
	Part     string // the file within an archive that it came from, 64 bytes at most; "" for the run itself
	ready    *ready
}

// A File is a file of a staged record.
type File struct {
	Staged    *vault.StagedFile
	Name      string   // "": as staged
	MediaType string   // "": as staged
	Text      []string // of each page, when it was extracted; see PutText
}

// Counts says what a batch did to the source's records.
type Counts struct {
	Added     int `json:"added"`     // new, or back after having been forgotten
	Updated   int `json:"updated"`   // a new revision; a pending line that was booked
	Unchanged int `json:"unchanged"` // known already, or deleted by the person
	Forgotten int `json:"forgotten"` // deleted because the provider no longer has them
}

// Add adds other to c.
func (c *Counts) Add(other Counts) {
	c.Added += other.Added
	c.Updated += other.Updated
	c.Unchanged += other.Unchanged
	c.Forgotten += other.Forgotten
}

// Stage checks r and puts it in canonical form. Its error is that of Validate.
func (in *Ingest) Stage(r record.Record, evidence string, files []File) (Staged, error) {
	out, err := in.ready(r)
	return Staged{Record: out.Record, Evidence: evidence, Files: files, ready: &out}, err
}

// Commit writes a batch in one transaction, or nothing.
//
// A record is the one stored under its type and id. Without an id, a
// transaction is the nth of its composite key when n equal ones have come in
// this part of the run: the home keeps the larger of what is stored and what
// the part has shown, over all batches. The files of an archive are parts, for
// they may overlap; the pages of a provider do not. Any other record without an id is known by its
// content. A booked transaction that is new takes the place of the pending one
// that it must be: same account and amount, near date, similar label, and not
// still listed by this run as pending; it links to it, and the pending one is
// deleted. A pending one that is new, while this run does not list the booked
// one that it must be, joins that in the same way. A series replaces the points it carries, and no others. What the
// person deleted stays deleted; what was forgotten comes back when it is seen
// again. A record without files keeps those it has. Tags and corrections stay: a
// run changes what the source says below them.
//
// It returns invalid for a record that breaks a rule, with its place, id and
// member; limit for too large a batch; not_found for a source that is gone;
// and the vault's and Extra's errors.
func (in *Ingest) Commit(ctx context.Context, b Batch) (Counts, error) {
	records, err := in.prepare(&b)
	if err != nil {
		return Counts{}, err
	}
	var counts Counts
	err = in.vault.Update(ctx, func(t *vault.Tx) error {
		sp, err := t.Space(b.Source)
		if err != nil {
			return err
		}
		w := in.newWriter(t, &shelf{Space: sp}, &b)
		if err := w.all(ctx, records); err != nil {
			return err
		}
		if counts = w.counts; b.Extra != nil {
			return b.Extra(sp, counts)
		}
		return nil
	})
	if err != nil {
		return Counts{}, err
	}
	return counts, nil
}

// Preview says what Commit would do, changing nothing: Extra is not called. It
// holds up no writer. Its errors are those of Commit.
func (in *Ingest) Preview(ctx context.Context, b Batch) (Counts, error) {
	records, err := in.prepare(&b)
	if err != nil {
		return Counts{}, err
	}
	var counts Counts
	err = in.vault.View(ctx, func(t *vault.Tx) error {
		sp, err := t.Space(b.Source)
		if err != nil {
			return err
		}
		w := in.newWriter(t, &shelf{Space: sp, dry: newOverlay()}, &b)
		err = w.all(ctx, records)
		counts = w.counts
		return err
	})
	return counts, err
}

// prepare checks everything about a batch that needs no vault. Pending lines
// come first, so that a booked one knows those that are still listed.
func (in *Ingest) prepare(b *Batch) ([]incoming, error) {
	if len(b.Records)+len(b.Forgotten) > MaxRecords {
		return nil, core.E(protocol.Limit, "commit batch", fmt.Errorf("over %d records", MaxRecords))
	}
	if b.Provenance.At.IsZero() {
		b.Provenance.At = in.now()
	}
	b.Provenance.At = b.Provenance.At.UTC().Truncate(time.Millisecond)
	var pending, rest []incoming
	bytes := 0
	for i := range b.Records {
		r, err := in.incoming(b, &b.Records[i])
		if err != nil {
			return nil, core.E(core.Invalid, "commit batch", fmt.Errorf("record %d: %w", i, err))
		}
		if bytes += len(r.Data); bytes > MaxBytes {
			return nil, core.E(protocol.Limit, "commit batch", fmt.Errorf("over %d bytes", MaxBytes))
		}
		if r.Type == record.TypeTransaction && r.line.pending {
			pending = append(pending, r)
		} else {
			rest = append(rest, r)
		}
	}
	return append(pending, rest...), nil
}

// incoming is a record on its way into the vault.
type incoming struct {
	ready
	evidence string
	attached []File
	part     string
}

func (in *Ingest) incoming(b *Batch, s *Staged) (incoming, error) {
	if s.ready == nil {
		r, err := in.ready(s.Record)
		if err != nil {
			return incoming{}, err
		}
		s.ready = &r
	}
	out := incoming{*s.ready, s.Evidence, s.Files, s.Part}
	if len(s.Part) > maxPart {
		return out, fmt.Errorf("part: over %d bytes", maxPart)
	}
	if b.Produces != nil && !slices.Contains(b.Produces, out.Type) {
		return out, fmt.Errorf("%s: the connector does not declare this type", out.Type)
	}
	if hash, err := hex.DecodeString(s.Evidence); err != nil || s.Evidence != "" && len(hash) != 32 {
		return out, errors.New("evidence: not a SHA-256")
	}
	if len(s.Files) > MaxFiles {
		return out, fmt.Errorf("%s %q: over %d files", out.Type, out.ID, MaxFiles)
	}
	return out, nil
}
