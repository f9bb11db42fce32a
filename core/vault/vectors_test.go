package vault_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/core/vault/formattest"
)

// TestVectors_are_read: vaults of version 1, as they were written once, open
// with each of their keys and hold what they held.
func TestVectors_are_read(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"new", "household"} {
		path, vector := formattest.Unpack(t, vectors, name)
		v, err := vault.Open(path, cheap)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = v.Close() })
		for _, key := range []vault.Key{vault.Password(core.Secret(vector.Password)), vault.Recovery(core.Secret(vector.Recovery)), vault.KeyFile(vector.KeyFile)} {
			v.Lock()
			if err := v.Unlock(t.Context(), key); err != nil && (vector.KeyFile != nil || core.CodeOf(err) != core.Unauthenticated) {
				t.Fatalf("%s: %v", name, err)
			}
		}
		for _, old := range vector.Retired {
			code(t, "retired password", v.Unlock(t.Context(), vault.Password(core.Secret(old))), core.Unauthenticated)
		}
		if err := v.Unlock(t.Context(), vault.Password(core.Secret(vector.Password))); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(vector.Content, told(t, v, vector.Content), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: the vector says -, the vault +\n%s", name, diff)
		}
		verifyClean(t, v)
		if err := v.CheckHead(t.Context(), vault.Head(vector.Content.Head)); err != nil {
			t.Error(err)
		}
		source := newSource(t, v) // and it goes on
		inSpace(t, v, source, func(s *vault.Space) error {
			_, _, err := s.PutRecord(bill(1))
			return err
		})
		if err := v.Shred(t.Context(), source); err != nil {
			t.Fatal(err)
		}
		verifyClean(t, v)
	}
}

// TestFormat_is_as_documented: a reader written from docs/format.md alone reads
// what the present code writes, and finds the same in it.
func TestFormat_is_as_documented(t *testing.T) {
	t.Parallel()
	for seed := range uint64(soak(2, 20)) {
		d := newRecordDriver(t, seed+100)
		for range 8 {
			d.round(t)
		}
		household(t, d.v)
		for i, size := range []int{0, 1, 256, 257, 65536, 65537, 150_000} {
			putFile(t, d.v, d.sources[0], noise(seed+uint64(i), size))
			putFile(t, d.v, d.sources[i%2], noise(seed+uint64(i), size))
		}
		w := stage(t, d.v, d.sources[0], noise(seed, 17<<20)) // so large that chunks are written
		if err := d.v.Update(t.Context(), func(tx *vault.Tx) error { return tx.DropSpace(d.sources[2]) }); err != nil {
			t.Fatal(err)
		}
		file, err := d.v.AddKeyFile(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		image := filepath.Join(t.TempDir(), "copy.db")
		write(t, image, read(t, d.path))
		want, err := formattest.Read(image, formattest.KeyFile(file))
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(*want, told(t, d.v, *want), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("the page says -, the code +\n%s", diff)
		}
		if n := want.Spaces[0].Leftovers; n != 1 {
			t.Errorf("%d drops left something, want 1", n)
		}
		if err := w.Discard(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// told returns what a vault holds as its own methods tell it. What they do
// not tell is taken from like: the vault's id, the counters, the names of
// composite keys, what is staged or left over.
func told(t *testing.T, v *vault.Vault, like formattest.Content) formattest.Content {
	t.Helper()
	c := formattest.Content{Vault: like.Vault}
	for _, s := range v.Slots() {
		c.Slots = append(c.Slots, formattest.Slot{Kind: byte(s.Kind), Time: s.Params.Time, Memory: s.Params.Memory, Threads: s.Params.Threads})
	}
	head, err := v.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.Head = string(head)
	if _, err := fmt.Sscan(strings.Split(c.Head, "-")[0], &c.Commit); err != nil {
		t.Fatal(err)
	}
	view(t, v, func(tx *vault.Tx) error {
		c.Time, c.Change = tx.LastCommit().UnixNano(), uint64(tx.LastChange())
		for i, id := range tx.Spaces() {
			s, err := tx.Space(id)
			if err != nil {
				return err
			}
			space := formattest.Space{ID: id[:]}
			if i < len(like.Spaces) {
				space = spaceLike(t, s, like.Spaces[i])
				space.ID = id[:]
			}
			c.Spaces = append(c.Spaces, space)
		}
		return journalsOf(tx, c.Spaces)
	})
	return c
}

// journalsOf gives each space its journal and counts.
func journalsOf(tx *vault.Tx, spaces []formattest.Space) error {
	find := func(id core.SourceID) *formattest.Space {
		i := slices.IndexFunc(spaces, func(s formattest.Space) bool { return bytes.Equal(s.ID, id[:]) })
		return &spaces[i]
	}
	for e, err := range tx.Changes(0) {
		if err != nil {
			return err
		}
		entry, in := formattest.Change{Change: uint64(e.Change), Op: byte(e.Op), Seq: uint64(e.Ref.Seq)}, e.Ref.Source
		if e.Op == vault.OpDropped {
			entry.Source, in = bytes.Clone(e.Ref.Source[:]), core.Own
		}
		s := find(in)
		s.Journal = append(s.Journal, entry)
	}
	for n, err := range tx.Counts() {
		if err != nil {
			return err
		}
		if s := find(n.Source); n.Records+n.Deleted > 0 {
			s.Counts = append(s.Counts, formattest.Count{Type: string(n.Type), Records: uint64(n.Records), Tombstones: uint64(n.Deleted)})
			slices.SortFunc(s.Counts, func(a, b formattest.Count) int { return cmp.Compare(a.Type, b.Type) })
		}
	}
	return nil
}

func spaceLike(t *testing.T, s *vault.Space, like formattest.Space) formattest.Space {
	t.Helper()
	space := formattest.Space{LastSeq: like.LastSeq, LastFile: like.LastFile, LastOrigin: like.LastOrigin, Staged: like.Staged, Leftovers: like.Leftovers}
	for r, err := range s.Records(0) {
		if err != nil {
			t.Fatal(err)
		}
		revisions, err := s.Revisions(r.Ref.Seq)
		if err != nil {
			t.Fatal(err)
		}
		rec := formattest.Record{Seq: uint64(r.Ref.Seq)}
		for _, revision := range revisions {
			rec.Rows = append(rec.Rows, rowOf(revision))
		}
		space.Records = append(space.Records, rec)
	}
	for info, err := range s.Files(0) {
		if err != nil {
			t.Fatal(err)
		}
		f, err := s.OpenFile(info.ID)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		if _, err := io.Copy(sum, f); err != nil {
			t.Fatal(err)
		}
		space.Files = append(space.Files, formattest.File{
			ID: uint64(info.ID), Size: uint64(info.Size), Uses: uint64(info.Uses), Name: info.Name, MediaType: info.MediaType, SHA256: sum.Sum(nil), Added: info.Added.UnixNano(),
		})
	}
	for _, c := range like.Composites {
		seqs, err := s.CompositeSeqs(c.Key)
		if err != nil {
			t.Fatal(err)
		}
		got := formattest.Composite{Key: c.Key}
		for _, seq := range seqs {
			got.Seqs = append(got.Seqs, uint64(seq))
		}
		space.Composites = append(space.Composites, got)
	}
	for _, keyspace := range []byte("ABCEFGHIJKLMNOPQRSUVWXYZabeglmnopqstuwxyz") {
		for e, err := range s.Scan(vault.Keyspace(keyspace), vault.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			space.Others = append(space.Others, formattest.Other{Keyspace: string(keyspace), Key: e.Key, Value: formattest.Brief(e.Value)})
		}
	}
	return space
}

func rowOf(r core.Record) formattest.Row {
	p := r.Provenance
	row := formattest.Row{
		Revision: uint64(r.Revision), Change: uint64(r.Change), Run: uint64(p.Run), Deleted: r.Deleted, Connector: p.Connector, Version: p.Version, Module: p.Module,
		Evidence: p.Evidence, Type: string(r.Type), ID: r.ID, Time: r.Time.String(), Title: r.Title, Data: formattest.Brief(r.Data),
	}
	if !p.At.IsZero() {
		row.At = p.At.UnixNano()
	}
	for _, f := range r.Files {
		row.Files = append(row.Files, formattest.FileRef{File: uint64(f.File), Name: f.Name, MediaType: f.MediaType, Size: uint64(f.Size)})
	}
	for _, l := range r.Links {
		row.Links = append(row.Links, formattest.Link{Rel: l.Rel, Type: string(l.Type), ID: l.ID})
	}
	row.Tags = r.Tags
	for _, c := range r.Corrected {
		row.Corrected = append(row.Corrected, formattest.Correction{Field: c.Field, Own: string(c.Own), Source: string(c.Source), Seen: string(c.Seen)})
	}
	return row
}
