package search_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
)

// furnish fills a small index with a few hundred random records in many
// partitions.
func furnish(t *testing.T, seed uint64) (*house, *generator) {
	t.Helper()
	h, g := newHouse(t), newGenerator(seed)
	h.config = search.Small(h.config)
	h.reopen(t)
	for range 6 {
		for range 60 {
			g.step(h.journal)
		}
		h.follow(t)
	}
	return h, g
}

// files returns the index's files, in order.
func (h *house) files(tb testing.TB) []string {
	tb.Helper()
	var list []string
	err := filepath.WalkDir(h.config.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

// directories returns the names of the partitions on the disk.
func (h *house) directories(tb testing.TB) (names []string) {
	tb.Helper()
	entries, err := os.ReadDir(h.config.Dir)
	if err != nil {
		tb.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// hurts are the ways to damage a file.
var hurts = map[string]func(r *rand.Rand, path string, data []byte) error{
	"flip a bit": func(r *rand.Rand, path string, data []byte) error {
		data[r.IntN(len(data))] ^= 1 << r.IntN(8)
		return os.WriteFile(path, data, 0o600)
	},
	"cut": func(r *rand.Rand, path string, data []byte) error {
		return os.WriteFile(path, data[:r.IntN(len(data))], 0o600)
	},
	"lengthen": func(r *rand.Rand, path string, data []byte) error {
		return os.WriteFile(path, append(data, 0), 0o600)
	},
	"zero a stretch": func(r *rand.Rand, path string, data []byte) error {
		at := r.IntN(len(data))
		clear(data[at:min(at+512, len(data))])
		return os.WriteFile(path, data, 0o600)
	},
	"remove": func(_ *rand.Rand, path string, _ []byte) error { return os.Remove(path) },
}

func TestIndex_survives_damage_to_any_file(t *testing.T) {
	t.Parallel()
	h, g := furnish(t, 1)
	for range soak(2, 40) {
		for _, path := range h.files(t) {
			for name, hurt := range hurts {
				if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
					continue // repaired under another name
				}
				h.Close()
				data, err := os.ReadFile(path)
				if err == nil {
					err = hurt(g.Rand, path, data)
				}
				if err != nil {
					t.Fatal(err)
				}
				h.open(t)
				h.follow(t)
				t.Run(name, func(t *testing.T) { g.compare(t, h, 4) })
			}
		}
	}
}

func TestSearch_says_when_damage_leaves_records_out(t *testing.T) {
	t.Parallel()
	h, g := furnish(t, 2)
	h.Close()
	h.config.Budget = 1 // nothing stays open
	for n := range soak(6, 60) {
		files := slices.DeleteFunc(h.files(t), func(path string) bool { return filepath.Base(path) == "manifest" })
		path := files[n%len(files)]
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		h.open(t)
		damaged := bytes.Clone(data)
		damaged[g.IntN(len(damaged)-200)] ^= 1
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		everything := h.search(t, search.Query{IsExact: true})
		if everything.Total != len(h.journal.documents) && !everything.IsPartial {
			t.Errorf("%d of %d records, and it does not say so", everything.Total, len(h.journal.documents))
		}
		if everything.IsPartial {
			<-h.Wake()
		}
		h.follow(t)
		g.compare(t, h, 4)
		h.Close()
	}
	h.open(t)
}

func TestIndex_refuses_files_of_another_place(t *testing.T) {
	t.Parallel()
	h, g := furnish(t, 3)
	h.Close()
	files := slices.DeleteFunc(h.files(t), func(path string) bool { return filepath.Base(path) == "manifest" })
	one, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files[1:] {
		if err := os.WriteFile(path, one, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h.open(t)
	h.follow(t)
	g.compare(t, h, 20)
}

func TestIndex_catches_up_from_an_older_copy_of_its_files(t *testing.T) {
	t.Parallel()
	h, g := furnish(t, 4)
	h.Close()
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(h.config.Dir)); err != nil {
		t.Fatal(err)
	}
	h.open(t)
	for range 200 {
		g.step(h.journal)
	}
	h.follow(t)
	h.Close()
	if err := os.RemoveAll(h.config.Dir); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(h.config.Dir, os.DirFS(copied)); err != nil {
		t.Fatal(err)
	}
	h.open(t)
	if h.Position() == 0 {
		t.Fatal("the older copy was thrown away")
	}
	h.follow(t)
	g.compare(t, h, 30)
}

func TestOpen_makes_the_index_anew(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, h *house){
		"for another key": func(t *testing.T, h *house) { h.config.Sealer = newSealer(t) },
		"when the journal is shorter": func(_ *testing.T, h *house) {
			cut := h.journal.entries[:len(h.journal.entries)/2]
			for _, e := range h.journal.entries[len(cut):] {
				delete(h.journal.documents, e.Ref)
			}
			h.journal.entries, h.journal.last = cut, cut[len(cut)-1].Change
		},
		"when the journal is another of the same length": func(_ *testing.T, h *house) {
			other, last := newGenerator(99), h.journal.last
			*h.journal = journal{documents: map[core.Ref]search.Document{}, seqs: map[core.SourceID]core.Seq{}}
			for h.journal.last < last+5 {
				other.step(h.journal)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, g := furnish(t, 5)
			h.Close()
			change(t, h)
			h.open(t)
			if h.Position() != 0 {
				t.Fatal("trusted")
			}
			h.follow(t)
			g.compare(t, h, 20)
		})
	}
}

// lockedSealer opens nothing, as a vault that was locked.
type lockedSealer struct{ sealer }

func (lockedSealer) Open([]byte, string, []byte) ([]byte, error) { return nil, errors.New("locked") }

func TestIndex_of_a_locked_vault_is_left_alone(t *testing.T) {
	t.Parallel()
	h, g := furnish(t, 6)
	h.Close()
	files, config := h.files(t), h.config
	locked := config
	locked.Sealer = lockedSealer{newSealer(t)}
	if _, err := search.Open(t.Context(), locked); core.CodeOf(err) != core.Locked {
		t.Errorf("open with a locked sealer: %v", err)
	}
	h.journal.lock = core.E(core.Locked, "read journal", nil)
	if _, err := search.Open(t.Context(), config); core.CodeOf(err) != core.Locked {
		t.Errorf("open with a locked journal: %v", err)
	}
	h.journal.lock = nil
	h.open(t)
	h.journal.lock = core.E(core.Locked, "read journal", nil)
	if err := h.Follow(t.Context()); core.CodeOf(err) != core.Locked {
		t.Errorf("follow: %v", err)
	}
	h.journal.lock = nil
	if !slices.Equal(h.files(t), files) {
		t.Error("files changed")
	}
	h.follow(t)
	g.compare(t, h, 4)
}

// brokenSealer fails after a number of seals: as a vault that was locked, or,
// when it fails for segments alone, as a disk that is full.
type brokenSealer struct {
	sealer
	left         *atomic.Int64
	onlySegments *atomic.Bool
}

func (s brokenSealer) Seal(name string, plain []byte) []byte {
	if s.onlySegments.Load() && !strings.Contains(name, ".zap/") {
		return s.sealer.Seal(name, plain)
	}
	if s.left.Add(-1) < 0 {
		return nil
	}
	return s.sealer.Seal(name, plain)
}

// A sealer that ends while scorch's root is written leaves an empty value in
// it: bleve's hook has no way to fail. The next Follow finds it and makes the
// index anew. One that fails for segments leaves the index as it was.
func TestFollow_that_fails_leaves_the_index_as_it_was_or_makes_it_anew(t *testing.T) {
	t.Parallel()
	h, g := furnish(t, 7)
	var left atomic.Int64
	var onlySegments atomic.Bool
	h.config.Sealer = brokenSealer{h.config.Sealer.(sealer), &left, &onlySegments}
	left.Store(1 << 30)
	h.reopen(t)
	h.follow(t)
	failed := 0
	for n := range 16 {
		for range 30 {
			g.step(h.journal)
		}
		directories, position := h.directories(t), h.Position()
		onlySegments.Store(n%2 == 0)
		left.Store(int64(n / 4))
		err := h.Follow(t.Context())
		left.Store(1 << 30)
		if err != nil {
			failed++
		}
		wasReset := h.journal.dropped > position
		if err != nil && onlySegments.Load() && !wasReset && (h.Position() < position || h.Position() == position && !slices.Equal(h.directories(t), directories)) {
			t.Errorf("failing left position %d, was %d, and %v, was %v: %v", h.Position(), position, h.directories(t), directories, err)
		}
		h.follow(t)
		g.compare(t, h, 4)
		position = h.Position()
		if h.reopen(t); h.Position() != position {
			t.Errorf("opened again at %d, was at %d", h.Position(), position)
		}
	}
	if failed < 4 {
		t.Errorf("%d of 16 failed", failed)
	}
}

func TestFollow_drops_a_source_from_the_disk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.config = search.Small(h.config)
	h.reopen(t)
	kept, dropped := core.NewSourceID(), core.NewSourceID()
	for i := range 300 {
		h.journal.add(kept, search.Document{Title: fmt.Sprintf("kept%d", i)})
		if i%3 == 0 {
			h.journal.add(dropped, search.Document{Title: fmt.Sprintf("dropped%d", i)})
		}
	}
	h.follow(t)
	before := h.files(t)
	h.journal.drop(dropped)
	h.journal.add(kept, search.Document{Title: "later"})
	h.follow(t)
	terms, err := search.Terms(h.Index)
	if err != nil {
		t.Fatal(err)
	}
	if len(terms) != 301 || !terms["kept7"] || !terms["later"] || terms["dropped6"] {
		t.Errorf("%d terms on disk", len(terms))
	}
	for _, path := range h.files(t) {
		if filepath.Base(path) != "manifest" && slices.Contains(before, path) {
			t.Errorf("%s stays", path)
		}
	}
	if got := len(h.find(t, "dropped*")); got != 0 {
		t.Errorf("found %d dropped records", got)
	}
	if got := h.Stats().Records; got != 301 {
		t.Errorf("%d records count", got)
	}
}
