package connect_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// bring imports a file and waits for its end.
func (w *world) bring(t *testing.T, text string) connect.Run {
	t.Helper()
	s, id, err := w.Import(t.Context(), "steps.guest", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return w.end(t, s, id)
}

func TestImport_is_undone_as_if_it_had_never_been(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.bring(t, "GUEST\nemit a b")
	if first.State != connect.Succeeded || first.Counts.Added != 2 || first.File == nil || first.File.Name != "steps.guest" || first.Mode != protocol.ModeFile {
		t.Fatalf("%+v %+v", first, first.Problem)
	}
	second := w.bring(t, "GUEST\nemit b c")
	if second.Source != first.Source || second.Counts.Added != 1 || second.Counts.Unchanged != 1 {
		t.Errorf("a file that overlaps: %+v", second)
	}
	if counts, err := w.Undo(t.Context(), first.Source, first.ID); err != nil || counts.Forgotten != 1 {
		t.Errorf("undone: %+v, %v; b is the second's too", counts, err)
	}
	_, err := w.Undo(t.Context(), first.Source, first.ID)
	code(t, "undone twice", err, core.Conflict)
	_, err = w.Undo(t.Context(), first.Source, 99)
	code(t, "a run that never was", err, core.NotFound)
	if r, err := w.Run(t.Context(), first.Source, first.ID); err != nil || !r.Undone {
		t.Errorf("%+v, %v", r, err)
	}
	if back := w.bring(t, "GUEST\nemit a b"); back.Counts.Added != 1 || w.records(t, back.Source) != 3 {
		t.Errorf("read again: %+v, %d records", back.Counts, w.records(t, back.Source))
	}
}

func TestImport_counts_equal_lines_in_each_file_of_an_archive(t *testing.T) {
	t.Parallel()
	const coffee = "2026-01-31 -2.50 CB CAFE\n"
	var text bytes.Buffer
	z := zip.NewWriter(&text)
	for name, content := range map[string]string{"january.txt": coffee + coffee, "february.txt": coffee + "2026-02-01 -2.50 CB CAFE\n" + coffee} {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	s, id, err := w.Import(t.Context(), "statements.zip", &text)
	if err != nil {
		t.Fatal(err)
	}
	if r := w.end(t, s, id); r.Counts.Added != 3 || r.Counts.Unchanged != 2 || w.records(t, s) != 3 {
		t.Errorf("%+v %+v, %d records", r.Counts, r.Problem, w.records(t, s))
	}
}

func TestImport_refuses_what_cannot_be_read_and_keeps_nothing_of_it(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, text := range map[string]string{"nothing": "", "no format": "HELLO\n"} {
		_, _, err := w.Import(t.Context(), "x", strings.NewReader(text))
		code(t, name, err, protocol.InvalidFile)
	}
	if sources, err := w.Sources(t.Context()); err != nil || len(sources) != 0 {
		t.Errorf("%+v, %v", sources, err)
	}
	r := w.bring(t, "GUEST\nemit a\nfrobnicate")
	if r.State != connect.Failed || r.Problem.Code != protocol.InvalidFile || r.Problem.Message != `no step "frobnicate"` || r.Counts.Added != 0 || r.File != nil {
		t.Errorf("%+v %+v", r, r.Problem)
	}
	if r = w.bring(t, "GUEST\nget /login"); r.Problem == nil || r.Problem.Code != protocol.Blocked {
		t.Errorf("an import spoke to the network: %+v", r.Problem)
	}
}

func TestImport_while_another_is_read_is_refused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, id, err := w.Import(t.Context(), "a.guest", strings.NewReader("GUEST\nask 1\nemit a"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := w.Source(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	w.until(t, source, id, connect.Waiting)
	_, _, err = w.Import(t.Context(), "b.guest", strings.NewReader("GUEST\nemit b"))
	code(t, "a second import", err, core.Conflict)
	_, err = w.Undo(t.Context(), s, id)
	code(t, "undoing what goes on", err, core.Conflict)
	if err := w.Answer(s, id, "1"); err != nil {
		t.Fatal(err)
	}
	if r := w.end(t, s, id); r.State != connect.Succeeded || w.records(t, s) != 1 {
		t.Errorf("%+v %+v", r, r.Problem)
	}
}
