package query_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// cheap makes Argon2id cost next to nothing.
var cheap = vault.Options{Params: vault.Params{Time: 1, Memory: 64, Threads: 1}}

// house is a home with two sources and an index that follows it when told.
type house struct {
	*query.Reader
	v       *vault.Vault
	index   *search.Index
	sources [2]core.SourceID
}

func newHouse(t *testing.T) *house {
	t.Helper()
	v, _, err := vault.Create(filepath.Join(t.TempDir(), "vault.db"), "trombone-gravier-moufle", cheap)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{v: v}
	for i := range h.sources {
		h.update(t, func(tx *vault.Tx) error {
			h.sources[i], err = tx.CreateSpace()
			return err
		})
	}
	sealer, err := v.Renewing("index")
	if err != nil {
		t.Fatal(err)
	}
	if h.index, err = search.Open(t.Context(), search.Config{Dir: filepath.Join(t.TempDir(), "index"), Sealer: sealer, Feed: query.NewFeed(v)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.index.Close()
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	h.Reader = query.New(v, h.index, query.Owner)
	return h
}

func (h *house) update(t *testing.T, f func(*vault.Tx) error) {
	t.Helper()
	if err := h.v.Update(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func (h *house) inSpace(t *testing.T, source int, f func(*vault.Space) error) {
	t.Helper()
	h.update(t, func(tx *vault.Tx) error {
		sp, err := tx.Space(h.sources[source])
		if err != nil {
			return err
		}
		return f(sp)
	})
}

// put puts a record: "d1 2026-03-12 Its title".
func (h *house) put(t *testing.T, source int, typ record.Type, text, data string, files ...core.FileRef) core.Record {
	t.Helper()
	id, rest, _ := strings.Cut(text, " ")
	day, title, _ := strings.Cut(rest, " ")
	at, err := record.ParseTime(day)
	if err != nil && day != "-" {
		t.Fatal(err)
	}
	var out core.Record
	h.inSpace(t, source, func(sp *vault.Space) (err error) {
		out, _, err = sp.PutRecord(core.Record{Type: typ, ID: id, Time: at, Title: title, Data: json.RawMessage(data), Files: files, Provenance: core.Provenance{Run: 1}})
		return err
	})
	return out
}

// file puts a file with the text of its pages.
func (h *house) file(t *testing.T, source int, name, content string, pages ...string) core.FileRef {
	t.Helper()
	w, err := h.v.NewFile(t.Context(), h.sources[source], name, "application/pdf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	staged, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	var id core.FileID
	h.inSpace(t, source, func(sp *vault.Space) (err error) {
		if id, err = sp.PutFile(staged); err != nil {
			return err
		}
		return sp.Put('t', binary.BigEndian.AppendUint64(nil, uint64(id)), []byte(strings.Join(pages, "\f")))
	})
	return core.FileRef{File: id, Name: name, MediaType: "application/pdf", Size: int64(len(content))}
}

func titles(records []core.Record) []string {
	var all []string
	for _, r := range records {
		all = append(all, r.Title)
	}
	return all
}

var equalTimes = cmp.Comparer(func(a, b record.Time) bool { return a.String() == b.String() })

func TestReader_gets_a_record_by_its_names(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	bill := h.put(t, 0, record.TypeBill, "b1 2026-03-12 March", `{"vendor":"V"}`)
	got, err := h.Get(t.Context(), bill.Ref)
	if err != nil || got.Title != "March" {
		t.Fatalf("got %+v, %v", got, err)
	}
	byID, err := h.ByID(t.Context(), h.sources[0], record.Key{Type: record.TypeBill, ID: "b1"})
	if diff := cmp.Diff(got, byID, equalTimes); err != nil || diff != "" {
		t.Error(err, diff)
	}
	h.put(t, 0, record.TypeBill, "b1 2026-03-12 March, corrected", `{"vendor":"V"}`)
	revisions, err := h.Revisions(t.Context(), bill.Ref)
	if err != nil || !slices.Equal(titles(revisions), []string{"March, corrected", "March"}) {
		t.Errorf("got %q, %v", titles(revisions), err)
	}
	h.inSpace(t, 0, func(sp *vault.Space) error {
		_, _, err := sp.DeleteRecord(bill.Ref.Seq, core.Provenance{})
		return err
	})
	if got, err := h.Get(t.Context(), bill.Ref); err != nil || !got.Deleted || got.Title != "" {
		t.Errorf("deleted: %+v, %v", got, err)
	}
	for _, ref := range []core.Ref{{Source: h.sources[0], Seq: 9}, {Source: core.NewSourceID(), Seq: 1}} {
		if _, err := h.Get(t.Context(), ref); core.CodeOf(err) != core.NotFound {
			t.Errorf("%v: %v", ref, err)
		}
	}
	h.v.Lock()
	if _, err := h.Get(t.Context(), bill.Ref); core.CodeOf(err) != core.Locked {
		t.Errorf("locked: %v", err)
	}
}

func TestReader_follows_links(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.put(t, 0, record.TypeContract, "c1 2026-01-01 Contract", `{}`)
	gone := h.put(t, 0, record.TypeContract, "c2 2026-01-01 Gone", `{}`)
	bill := h.put(t, 0, record.TypeBill, "b1 2026-03-12 March", `{}`)
	h.inSpace(t, 0, func(sp *vault.Space) error {
		_, _, err := sp.DeleteRecord(gone.Ref.Seq, core.Provenance{})
		return err
	})
	bill.Links = []record.Link{{Rel: "contract", Type: record.TypeContract, ID: "c1"}, {Rel: "contract", Type: record.TypeContract, ID: "c2"}, {Rel: "x", Type: record.TypeBill, ID: "none"}}
	linked, err := h.Linked(t.Context(), bill)
	if err != nil || len(linked) != 1 || linked[bill.Links[0]].Title != "Contract" {
		t.Errorf("got %+v, %v", linked, err)
	}
}

func TestTimeline_pages_by_month_over_sources(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for n := range 30 {
		h.put(t, n%2, record.TypeDocument, fmt.Sprintf("d%d 2026-%02d-10 %02d", n, 1+n/10, n), `{}`)
	}
	h.put(t, 0, record.TypeDocument, "u - undated", `{}`)
	var got []string
	var months []string
	var page query.Page
	for pages := 0; pages == 0 || page.Next != ""; pages++ {
		var err error
		if page, err = h.Timeline(t.Context(), query.Filter{}, page.Next, 7); err != nil {
			t.Fatal(err)
		}
		got = append(got, titles(page.Records())...)
		for _, m := range page.Months {
			months = append(months, fmt.Sprintf("%d-%02d:%d", m.Year, m.Month, len(m.Records)))
		}
	}
	if len(got) != 30 || len(slices.Compact(slices.Sorted(slices.Values(got)))) != 30 {
		t.Errorf("got %q", got)
	}
	if want := []string{"2026-03:7", "2026-03:3", "2026-02:4", "2026-02:6", "2026-01:1", "2026-01:7", "2026-01:2"}; !slices.Equal(months, want) {
		t.Errorf("got %q", months)
	}
}

func TestTimeline_filters(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.put(t, 0, record.TypeBill, "a 2026-01-05 A", `{}`)
	h.put(t, 1, record.TypeBill, "b 2026-02-05 B", `{}`)
	h.put(t, 0, record.TypeDocument, "c 2026-03-05 C", `{}`)
	h.put(t, 0, record.TypeDocument, "u - U", `{}`)
	for name, tc := range map[string]struct {
		filter query.Filter
		want   []string
	}{
		"all":        {query.Filter{}, []string{"C", "B", "A"}},
		"oldest":     {query.Filter{Oldest: true}, []string{"A", "B", "C"}},
		"a source":   {query.Filter{Sources: h.sources[:1]}, []string{"C", "A"}},
		"no source":  {query.Filter{Sources: []core.SourceID{}}, nil},
		"a type":     {query.Filter{Types: []record.Type{record.TypeBill}}, []string{"B", "A"}},
		"from":       {query.Filter{From: record.Date(2026, 2, 5)}, []string{"C", "B"}},
		"to a month": {query.Filter{To: record.MonthOf(2026, 2)}, []string{"B", "A"}},
		"undated":    {query.Filter{Undated: true}, []string{"U"}},
		"together":   {query.Filter{Sources: h.sources[:1], Types: []record.Type{record.TypeBill}, To: record.Date(2026, 12, 31)}, []string{"A"}},
	} {
		page, err := h.Timeline(t.Context(), tc.filter, "", 0)
		if err != nil || !slices.Equal(titles(page.Records()), tc.want) || page.Next != "" {
			t.Errorf("%s: got %q, %v", name, titles(page.Records()), err)
		}
	}
	if _, err := h.Timeline(t.Context(), query.Filter{}, "nonsense", 0); core.CodeOf(err) != core.Invalid {
		t.Errorf("got %v", err)
	}
	if _, err := h.Timeline(t.Context(), query.Filter{Sources: []core.SourceID{core.NewSourceID()}}, "", 0); core.CodeOf(err) != core.NotFound {
		t.Errorf("got %v", err)
	}
	counts, err := h.Counts(t.Context())
	slices.SortFunc(counts, func(a, b query.Count) int {
		return strings.Compare(string(a.Type)+a.Source.String(), string(b.Type)+b.Source.String())
	})
	if err != nil || len(counts) != 3 || counts[2].Type != record.TypeDocument || counts[2].Records != 2 {
		t.Errorf("got %+v, %v", counts, err)
	}
}

func TestList_yields_everything_while_the_home_is_written_to(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const n = query.MaxPage + 20
	h.inSpace(t, 0, func(sp *vault.Space) error {
		for i := range n {
			r := core.Record{Type: record.TypeDocument, ID: fmt.Sprint(i), Title: "x", Data: json.RawMessage(`{}`), Time: record.Date(2026, 1, 1+i%28)}
			if i < 10 {
				r.Time = record.Time{}
			}
			if _, _, err := sp.PutRecord(r); err != nil {
				return err
			}
		}
		return nil
	})
	seen := map[string]bool{}
	var last core.Record
	for r, err := range h.List(t.Context(), query.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if seen[r.ID] {
			t.Errorf("%s came twice", r.ID)
		}
		if seen[r.ID] = true; len(seen) == 5 { // in the loop: no view is open
			h.put(t, 1, record.TypeDocument, "later 2027-01-01 later", `{}`)
		}
		last = r
	}
	if len(seen) != n || !last.Time.IsZero() {
		t.Errorf("%d of %d, the last at %s", len(seen), n, last.Time)
	}
	line, err := json.Marshal(query.LineOf(core.Record{Type: "bill", ID: "b", Title: "T", Data: json.RawMessage(`{"a":1}`)}))
	if want := `{"type":"bill","id":"b","time":"","title":"T","data":{"a":1}}`; err != nil || string(line) != want {
		t.Errorf("got %s, %v", line, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range h.List(ctx, query.Filter{}) {
		if err == nil {
			t.Error("a cancelled list goes on")
		}
	}
}

func TestReader_streams_files_and_their_text(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ref := h.file(t, 0, "march.pdf", strings.Repeat("0123456789", 20_000), "page one", "page two")
	h.put(t, 0, record.TypeDocument, "d 2026-03-01 D", `{}`, ref)
	f, err := h.File(t.Context(), h.sources[0], ref.File)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err != nil || len(got) != 200_000 || f.Info().MediaType != "application/pdf" {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	pages, err := h.Text(t.Context(), h.sources[0], ref.File)
	if err != nil || !slices.Equal(pages, []string{"page one", "page two"}) {
		t.Errorf("got %q, %v", pages, err)
	}
	if _, err := h.File(t.Context(), h.sources[1], ref.File); core.CodeOf(err) != core.NotFound {
		t.Errorf("from another source: %v", err)
	}
	if _, err := h.Text(t.Context(), h.sources[0], 99); core.CodeOf(err) != core.NotFound {
		t.Errorf("no such file: %v", err)
	}
}

func TestReader_of_nobody_sees_nothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.put(t, 0, record.TypeDocument, "a 2026-03-12 A", `{}`)
	stranger := query.New(h.v, h.index, "stranger")
	_, err1 := stranger.Get(t.Context(), r.Ref)
	_, err2 := stranger.Revisions(t.Context(), r.Ref)
	_, err3 := stranger.Search(t.Context(), query.Search{Text: "a"})
	_, err4 := stranger.Counts(t.Context())
	_, err5 := stranger.File(t.Context(), h.sources[0], 1)
	_, err6 := stranger.Text(t.Context(), h.sources[0], 1)
	_, err7 := stranger.ByID(t.Context(), h.sources[0], record.Key{Type: r.Type, ID: r.ID})
	for i, err := range []error{err1, err2, err3, err4, err5, err6, err7} {
		if core.CodeOf(err) != core.Forbidden {
			t.Errorf("%d: %v", i+1, err)
		}
	}
	page, err := stranger.Timeline(t.Context(), query.Filter{}, "", 0)
	if err != nil || len(page.Records()) != 0 {
		t.Errorf("got %+v, %v", page, err)
	}
	if _, err := query.New(h.v, nil, query.Owner).Search(t.Context(), query.Search{Text: "a"}); core.CodeOf(err) != protocol.Unavailable {
		t.Errorf("without an index: %v", err)
	}
}
