package connect_test

import (
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/sdk/protocol"
)

func (w *world) preview(t *testing.T, text string) connect.Preview {
	t.Helper()
	p, err := w.Preview(t.Context(), "steps.guest", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w *world) say(t *testing.T, id, said string) connect.Preview {
	t.Helper()
	p, err := w.SayColumns(t.Context(), id, said)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w *world) accept(t *testing.T, id string) connect.Run {
	t.Helper()
	s, run, err := w.Accept(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return w.end(t, s, run)
}

func TestColumns_are_asked_and_what_was_said_is_kept_for_the_next_file(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.preview(t, "GUEST\ncolumns date=#1")
	if !p.Asks || p.Table == nil || p.Table.Said != "date=#1" || p.ID == "" || p.Problem != nil || p.Counts.Added != 0 {
		t.Fatalf("%+v", p)
	}
	_, _, err := w.Accept(t.Context(), p.ID)
	code(t, "accepted before anything was said", err, core.Invalid)
	if p = w.say(t, p.ID, "bad"); !p.Asks || len(p.Table.Faults) != 1 {
		t.Fatalf("%+v", p)
	}
	if p = w.say(t, p.ID, "none"); !p.Asks || len(p.Notes) != 1 || p.Notes[0] != "no row can be read" {
		t.Fatalf("%+v", p)
	}
	for _, said := range []string{"", strings.Repeat("x", protocol.MaxTableSaid+1)} {
		_, err = w.SayColumns(t.Context(), p.ID, said)
		code(t, "too little or too much", err, core.Invalid)
	}
	p = w.say(t, p.ID, "a")
	if p.Asks || p.Counts.Added != 1 || len(p.Notes) != 1 || len(p.Lines) != 1 || p.Lines[0].Title != "a" || p.Lines[0].Amount != "-1.50" {
		t.Fatalf("%+v", p)
	}
	if held, err := w.Held(p.ID); err != nil || held.Counts.Added != 1 || held.ID != p.ID {
		t.Errorf("%+v, %v", held, err)
	}
	r := w.accept(t, p.ID)
	if r.Counts.Added != 1 || w.records(t, r.Source) != 1 {
		t.Errorf("%+v %+v", r, r.Problem)
	}
	_, err = w.Held(p.ID)
	code(t, "held after it came in", err, core.NotFound)
	_, err = w.SayColumns(t.Context(), p.ID, "b")
	code(t, "said after it came in", err, core.NotFound)

	if p = w.preview(t, "GUEST\ncolumns x"); p.Asks || p.Table == nil || p.Counts.Unchanged != 1 {
		t.Fatalf("the next file: %+v", p)
	}
	if p = w.say(t, p.ID, "b"); p.Asks || p.Counts.Added != 1 {
		t.Fatalf("changed: %+v", p)
	}
	if r = w.accept(t, p.ID); r.Counts.Added != 1 || w.records(t, r.Source) != 2 {
		t.Errorf("%+v", r)
	}
	if counts, err := w.Undo(t.Context(), r.Source, r.ID); err != nil || counts.Forgotten != 1 {
		t.Errorf("undone: %+v, %v", counts, err)
	}
	if p = w.preview(t, "GUEST\nemit a"); p.Table != nil || p.Lines != nil {
		t.Errorf("a file that is no table: %+v", p)
	}
}

func TestColumns_of_an_import_are_said_with_it_or_proposed_in_its_problem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.bring(t, "GUEST\ncolumns date=#1")
	if r.State != connect.Failed || r.Problem.Code != protocol.InvalidFile || r.Problem.Columns != "date=#1" || r.Counts.Added != 0 {
		t.Errorf("%+v %+v", r, r.Problem)
	}
	bring := func(said string) connect.Run {
		s, id, err := w.ImportTable(t.Context(), "steps.guest", said, strings.NewReader("GUEST\ncolumns date=#1"))
		if err != nil {
			t.Fatal(err)
		}
		return w.end(t, s, id)
	}
	if r = bring("bad"); r.Problem == nil || r.Problem.Message != "that is bad" || r.Problem.Columns != "date=#1" {
		t.Errorf("%+v", r.Problem)
	}
	if r = bring("a"); r.State != connect.Succeeded || r.Counts.Added != 1 {
		t.Errorf("%+v %+v", r, r.Problem)
	}
	_, _, err := w.ImportTable(t.Context(), "steps.guest", strings.Repeat("x", protocol.MaxTableSaid+1), strings.NewReader("GUEST\n"))
	code(t, "too much", err, core.Invalid)
	if r = w.bring(t, "GUEST\ncolumns x"); r.State != connect.Succeeded || r.Counts.Unchanged != 1 {
		t.Errorf("settled: %+v %+v", r, r.Problem)
	}
	if r = w.bring(t, "GUEST\ncolumns huge"); r.Problem == nil || !strings.Contains(r.Problem.Message, "over 12 rows") {
		t.Errorf("%+v", r.Problem)
	}
	s := w.add(t, "ana")
	if r = w.pull(t, s, "columns x"); r.Problem == nil || r.Problem.Columns != "" {
		t.Errorf("asked by a pull: %+v", r.Problem)
	}
}

func TestColumns_put_away_leave_nothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.preview(t, "GUEST\ncolumns date=#1")
	if err := w.PutAway(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	if sources, err := w.Sources(t.Context()); err != nil || len(sources) != 0 {
		t.Errorf("%+v, %v", sources, err)
	}
}
