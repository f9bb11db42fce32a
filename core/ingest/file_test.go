package ingest_test

import (
	"encoding/hex"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// stage is a file of the run, with one page of text.
func (h *house) stage(t *testing.T, name, content string) ingest.File {
	t.Helper()
	w, err := h.v.NewFile(t.Context(), h.source, name, "Application/PDF; x=y")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	f, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return ingest.File{Staged: f, Text: []string{"text of\x00 " + content, "page two"}}
}

func (h *house) pullFiles(t *testing.T, r record.Record, files ...ingest.File) ingest.Counts {
	t.Helper()
	h.run++
	b := h.batch(r)
	b.Records[0].Files, b.Records[0].Evidence, b.Last = files, strings.Repeat("0a", 32), true
	return h.commit(t, b)
}

// texts are the texts kept, by file.
func (h *house) texts(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	h.view(t, func(sp *vault.Space) error {
		for row, err := range sp.Scan('t', vault.Range{}) {
			if err != nil {
				return err
			}
			all[hex.EncodeToString(row.Key[7:])] = string(row.Value)
		}
		return nil
	})
	return all
}

func TestIngest_files_come_with_their_record_once(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if got := h.pullFiles(t, doc("d1", "One"), h.stage(t, `C:\bills/..\2026-03\u202E.pdf`, "march"), h.stage(t, "b.pdf", "april")); got != (ingest.Counts{Added: 1}) {
		t.Errorf("got %+v", got)
	}
	r := h.byID(t, record.TypeDocument, "d1")
	want := []core.FileRef{{File: 1, Name: "u202E.pdf", MediaType: "application/pdf", Size: 5}, {File: 2, Name: "b.pdf", MediaType: "application/pdf", Size: 5}}
	if diff := cmp.Diff(want, r.Files); diff != "" || r.Provenance.Evidence != strings.Repeat("0a", 32) {
		t.Errorf("%s%s", r.Provenance.Evidence, diff)
	}
	if diff := cmp.Diff(map[string]string{"01": "text of march\fpage two", "02": "text of april\fpage two"}, h.texts(t)); diff != "" {
		t.Error(diff)
	}
	if got := h.pullFiles(t, doc("d1", "One"), h.stage(t, "u202E.pdf", "march"), h.stage(t, "b.pdf", "april")); got != (ingest.Counts{Unchanged: 1}) {
		t.Errorf("the same content again: %+v", got)
	}
	if got := h.pull(t, doc("d1", "One")); got != (ingest.Counts{Unchanged: 1}) {
		t.Errorf("without its files: %+v", got)
	}
	if got := h.pullFiles(t, doc("d2", "Two"), h.stage(t, "c.pdf", "march")); got != (ingest.Counts{Added: 1}) {
		t.Errorf("in another record: %+v", got)
	}
	if got := h.byID(t, record.TypeDocument, "d2").Files; len(got) != 1 || got[0].File != 1 || got[0].Name != "c.pdf" {
		t.Errorf("got %+v", got)
	}
	if got := h.pullFiles(t, doc("d1", "One"), h.stage(t, "u202E.pdf", "march, corrected")); got != (ingest.Counts{Updated: 1}) {
		t.Errorf("new content: %+v", got)
	}
}

func TestIngest_text_goes_with_the_last_record_that_has_the_file(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pullFiles(t, doc("d1", "One"), h.stage(t, "a.pdf", "march"))
	h.pullFiles(t, doc("d2", "Two"), h.stage(t, "a.pdf", "march"), h.stage(t, "b.pdf", "april"))
	h.undo(t, 1)
	if texts := h.texts(t); len(texts) != 2 {
		t.Errorf("got %v", texts)
	}
	h.undo(t, 2)
	if texts := h.texts(t); len(texts) != 0 {
		t.Errorf("left %v", texts)
	}
	h.pullFiles(t, doc("d3", "Three"), h.stage(t, "c.pdf", "may"))
	if err := h.Erase(t.Context(), h.byID(t, record.TypeDocument, "d3").Ref); err != nil {
		t.Fatal(err)
	}
	if texts := h.texts(t); len(texts) != 0 {
		t.Errorf("left %v", texts)
	}
}

func TestIngest_text_is_bounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	f := h.stage(t, "a.pdf", "long")
	f.Text = []string{strings.Repeat("é", ingest.MaxText/2-1), strings.Repeat("à", 100), "more"}
	h.pullFiles(t, doc("d1", "One"), f)
	if text := h.texts(t)["01"]; len(text) > ingest.MaxText || !strings.HasSuffix(strings.TrimRight(text, "\f"), "é") {
		t.Errorf("%d bytes, ending in %q", len(text), text[len(text)-8:])
	}
}
