package search_test

import (
	"cmp"
	"context"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/sdk/record"
)

// journal is a journal in memory, as the vault keeps one: one entry a record,
// its latest.
type journal struct {
	mu        sync.Mutex
	last      core.Change
	dropped   core.Change    // the latest drop of a source
	entries   []search.Entry // in order of Change
	documents map[core.Ref]search.Document
	seqs      map[core.SourceID]core.Seq
	lock      error // what every method returns, when set
}

func newJournal() *journal {
	return &journal{documents: map[core.Ref]search.Document{}, seqs: map[core.SourceID]core.Seq{}}
}

func (j *journal) Last(context.Context) (core.Change, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last, j.lock
}

func (j *journal) Changes(_ context.Context, after core.Change, max int) ([]search.Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	i, _ := slices.BinarySearchFunc(j.entries, after+1, func(e search.Entry, c core.Change) int { return cmp.Compare(e.Change, c) })
	rest := j.entries[i:]
	return slices.Clone(rest[:min(max, len(rest))]), j.lock
}

func (j *journal) Documents(_ context.Context, refs []core.Ref) ([]search.Document, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var list []search.Document
	for _, ref := range refs {
		if d, ok := j.documents[ref]; ok {
			list = append(list, d)
		}
	}
	return list, j.lock
}

// note writes an entry in the place of the record's former one.
func (j *journal) note(op search.Op, ref core.Ref) {
	j.entries = slices.DeleteFunc(j.entries, func(e search.Entry) bool { return e.Ref == ref && e.Op != search.DropSource })
	j.append(op, ref)
}

func (j *journal) append(op search.Op, ref core.Ref) {
	j.last++
	j.entries = append(j.entries, search.Entry{Change: j.last, Op: op, Ref: ref})
}

// add adds a record and returns its name.
func (j *journal) add(source core.SourceID, d search.Document) core.Ref {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seqs[source]++
	d.Ref = core.Ref{Source: source, Seq: j.seqs[source]}
	j.documents[d.Ref] = d
	j.append(search.Put, d.Ref)
	return d.Ref
}

func (j *journal) update(ref core.Ref, d search.Document) {
	j.mu.Lock()
	defer j.mu.Unlock()
	d.Ref = ref
	j.documents[ref] = d
	j.note(search.Put, ref)
}

func (j *journal) remove(ref core.Ref) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.documents, ref)
	j.note(search.Remove, ref)
}

func (j *journal) drop(source core.SourceID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for ref := range j.documents {
		if ref.Source == source {
			delete(j.documents, ref)
		}
	}
	j.entries = slices.DeleteFunc(j.entries, func(e search.Entry) bool { return e.Ref.Source == source })
	j.append(search.DropSource, core.Ref{Source: source})
	j.dropped = j.last
}

// sealer seals as the vault does.
type sealer struct{ cipher.AEAD }

func newSealer(tb testing.TB) sealer {
	tb.Helper()
	var key [chacha20poly1305.KeySize]byte
	rand.Read(key[:])
	s, err := sealerOf(key[:])
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func sealerOf(key []byte) (sealer, error) {
	aead, err := chacha20poly1305.NewX(key)
	return sealer{aead}, err
}

func (s sealer) Seal(name string, plain []byte) []byte {
	sealed := make([]byte, s.NonceSize(), s.NonceSize()+len(plain)+s.Overhead())
	rand.Read(sealed)
	return s.AEAD.Seal(sealed, sealed, plain, []byte(name))
}

func (s sealer) Open(dst []byte, name string, sealed []byte) ([]byte, error) {
	if len(sealed) < s.NonceSize() {
		return nil, errors.New("too short")
	}
	nonce, text := sealed[:s.NonceSize()], sealed[s.NonceSize():]
	return s.AEAD.Open(dst, nonce, text, []byte(name))
}

// house is an index with its journal and its key.
type house struct {
	*search.Index
	journal *journal
	config  search.Config
}

func newHouse(tb testing.TB) *house {
	tb.Helper()
	h := &house{journal: newJournal()}
	h.config = search.Config{Dir: filepath.Join(tb.TempDir(), "index"), Sealer: newSealer(tb), Feed: h.journal}
	h.open(tb)
	tb.Cleanup(func() { h.Close() })
	return h
}

func (h *house) open(tb testing.TB) {
	tb.Helper()
	x, err := search.Open(tb.Context(), h.config)
	if err != nil {
		tb.Fatal(err)
	}
	h.Index = x
}

func (h *house) reopen(tb testing.TB) {
	tb.Helper()
	h.Close()
	h.open(tb)
}

func (h *house) follow(tb testing.TB) {
	tb.Helper()
	if err := h.Follow(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// find returns the titles of what the text finds, in order.
func (h *house) find(tb testing.TB, text string) []string {
	tb.Helper()
	q := search.ParseQuery(text)
	q.Limit = 1000
	return h.titles(tb, q)
}

func (h *house) titles(tb testing.TB, q search.Query) []string {
	tb.Helper()
	result := h.search(tb, q)
	var list []string
	for _, hit := range result.Hits {
		list = append(list, h.journal.documents[hit.Ref].Title)
	}
	return list
}

func (h *house) search(tb testing.TB, q search.Query) search.Result {
	tb.Helper()
	result, err := h.Search(tb.Context(), q)
	if err != nil {
		tb.Fatal(err)
	}
	return result
}

// on returns the time of a text.
func on(tb testing.TB, text string) (t record.Time) {
	tb.Helper()
	if err := t.UnmarshalText([]byte(text)); err != nil {
		tb.Fatal(err)
	}
	return t
}

// sourceOf returns the same source for the same number.
func sourceOf(n byte) core.SourceID { return core.SourceID{'s', 'r', 'c', 'i', 'd', '-', '0', n} }
