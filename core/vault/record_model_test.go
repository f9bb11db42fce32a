package vault_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// A recordModel is what the vault should hold, as simply as can be said.
type recordModel struct {
	sources map[core.SourceID]*sourceModel
	change  core.Change
	journal map[core.Change]vault.ChangeEntry
}

type sourceModel struct {
	records map[core.Seq][]core.Record // revisions, the current one last
	ids     map[record.Key]core.Seq
	last    core.Seq
	run     core.RunID
}

func newRecordModel() *recordModel {
	return &recordModel{sources: make(map[core.SourceID]*sourceModel), journal: make(map[core.Change]vault.ChangeEntry)}
}

func (m *recordModel) clone() *recordModel {
	c := &recordModel{make(map[core.SourceID]*sourceModel), m.change, maps.Clone(m.journal)}
	for id, s := range m.sources {
		records := make(map[core.Seq][]core.Record)
		for seq, revisions := range s.records {
			records[seq] = slices.Clone(revisions)
		}
		c.sources[id] = &sourceModel{records, maps.Clone(s.ids), s.last, s.run}
	}
	return c
}

// note gives the record's latest revision the next change.
func (m *recordModel) note(s *sourceModel, ref core.Ref, op vault.Op) {
	maps.DeleteFunc(m.journal, func(_ core.Change, e vault.ChangeEntry) bool { return e.Ref == ref })
	m.change++
	m.journal[m.change] = vault.ChangeEntry{Change: m.change, Op: op, Ref: ref}
	if revisions := s.records[ref.Seq]; len(revisions) > 0 {
		revisions[len(revisions)-1].Change = m.change
	}
}

func sameContent(a, b core.Record) bool {
	return a.Time.String() == b.Time.String() && a.Title == b.Title && string(a.Data) == string(b.Data) && slices.Equal(a.Links, b.Links) && slices.Equal(a.Tags, b.Tags) &&
		slices.EqualFunc(a.Corrected, b.Corrected, func(a, b core.Correction) bool {
			return a.Field == b.Field && string(a.Own) == string(b.Own) && string(a.Source) == string(b.Source) && string(a.Seen) == string(b.Seen)
		})
}

func (m *recordModel) put(id core.SourceID, r core.Record, revive bool) vault.Outcome {
	s := m.sources[id]
	seq, ok := s.ids[record.Key{Type: r.Type, ID: r.ID}]
	if !ok {
		s.last++
		seq = s.last
		s.ids[record.Key{Type: r.Type, ID: r.ID}] = seq
		r.Revision = 1
	} else {
		current := s.records[seq][len(s.records[seq])-1]
		switch {
		case current.Deleted && !revive:
			return vault.Deleted
		case !current.Deleted && sameContent(current, r):
			return vault.Unchanged
		}
		r.Revision = current.Revision + 1
	}
	r.Ref = core.Ref{Source: id, Seq: seq}
	s.records[seq] = append(s.records[seq], r)
	m.note(s, r.Ref, vault.OpPut)
	if ok {
		return vault.Updated
	}
	return vault.Added
}

func (m *recordModel) remove(id core.SourceID, seq core.Seq, by core.Provenance, forget bool) {
	s := m.sources[id]
	current := s.records[seq][len(s.records[seq])-1]
	if !current.Deleted {
		r := core.Record{Ref: current.Ref, Type: current.Type, ID: current.ID, Provenance: by, Deleted: true, Revision: current.Revision + 1}
		s.records[seq] = append(s.records[seq], r)
		m.note(s, r.Ref, vault.OpTombstone)
	}
	if forget {
		s.records[seq] = s.records[seq][len(s.records[seq])-1:]
	}
}

func (m *recordModel) revert(id core.SourceID, seq core.Seq, run core.RunID) vault.Outcome {
	s := m.sources[id]
	revisions := s.records[seq]
	last := revisions[len(revisions)-1]
	if last.Provenance.Run != run {
		return vault.Unchanged
	}
	for len(revisions) > 0 && revisions[len(revisions)-1].Provenance.Run == run {
		revisions = revisions[:len(revisions)-1]
	}
	s.records[seq] = revisions
	if len(revisions) == 0 {
		delete(s.records, seq)
		delete(s.ids, record.Key{Type: last.Type, ID: last.ID})
		m.note(s, last.Ref, vault.OpRemoved)
		return vault.Removed
	}
	if revisions[len(revisions)-1].Deleted {
		m.note(s, last.Ref, vault.OpTombstone)
		return vault.Deleted
	}
	m.note(s, last.Ref, vault.OpPut)
	return vault.Updated
}

// TestRecords_agree_with_a_model makes random changes of every kind and
// compares everything that can be asked with the model.
func TestRecords_agree_with_a_model(t *testing.T) {
	t.Parallel()
	for seed := range uint64(soak(3, 40)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			d := newRecordDriver(t, seed)
			for round := range 25 {
				d.round(t)
				if round%8 == 7 {
					d.v = reopen(t, d.v, d.path)
				}
				d.compare(t)
			}
			verifyClean(t, d.v)
		})
	}
}

type recordDriver struct {
	rng     *rand.Rand
	v       *vault.Vault
	path    string
	sources []core.SourceID
	model   *recordModel
}

func newRecordDriver(t *testing.T, seed uint64) *recordDriver {
	d := &recordDriver{rng: rand.New(rand.NewPCG(seed, 2)), model: newRecordModel()}
	d.v, d.path = create(t)
	for range 3 {
		id := newSource(t, d.v)
		d.sources = append(d.sources, id)
		d.model.sources[id] = &sourceModel{records: make(map[core.Seq][]core.Record), ids: make(map[record.Key]core.Seq)}
	}
	return d
}

func (d *recordDriver) time() record.Time {
	day := time.Date(2020+d.rng.IntN(3), time.Month(1+d.rng.IntN(12)), 1+d.rng.IntN(28), d.rng.IntN(24), d.rng.IntN(60), d.rng.IntN(60), 0,
		time.FixedZone("", (d.rng.IntN(25)-12)*3600))
	switch d.rng.IntN(6) {
	case 0:
		return record.Time{}
	case 1:
		return record.MonthOf(day.Year(), day.Month())
	case 2:
		year, _ := record.ParseTime(fmt.Sprint(day.Year()))
		return year
	case 3:
		return record.Instant(day)
	}
	return record.Date(day.Year(), day.Month(), day.Day())
}

func (d *recordDriver) record(run core.RunID) core.Record {
	r := core.Record{
		Type: []record.Type{"bill", "transaction", "call"}[d.rng.IntN(3)], ID: fmt.Sprintf("id-%d", d.rng.IntN(80)), Time: d.time(),
		Title: strings.Repeat("title ", d.rng.IntN(4)),
		Data:  json.RawMessage(fmt.Sprintf(`{"n":%d,"text":%q}`, d.rng.IntN(3), strings.Repeat("x", d.rng.IntN(1+d.rng.IntN(5000))))),
	}
	if d.rng.IntN(4) == 0 {
		r.Links = []record.Link{{Rel: "contract", Type: "contract", ID: fmt.Sprint(d.rng.IntN(9))}}
	}
	for i := range d.rng.IntN(8) / 5 {
		r.Tags = append(r.Tags, fmt.Sprint("tag ", i))
		r.Corrected = append(r.Corrected, core.Correction{Field: "title", Own: json.RawMessage(`"mine"`), Source: json.RawMessage(fmt.Sprint(d.rng.IntN(3)))})
	}
	r.Provenance = d.by(run)
	return r
}

func (d *recordDriver) by(run core.RunID) core.Provenance {
	p := core.Provenance{Run: run, Connector: "telco", Version: fmt.Sprint(run / 4), Module: strings.Repeat("0a", 32), At: time.Unix(1.7e9+int64(run), 5).UTC()}
	if d.rng.IntN(2) == 0 {
		p.Evidence = strings.Repeat("be", 32)
	}
	return p
}

func (d *recordDriver) round(t *testing.T) {
	t.Helper()
	next := d.model.clone()
	abandon := d.rng.IntN(6) == 0
	err := d.v.Update(t.Context(), func(tx *vault.Tx) error {
		for _, id := range d.sources {
			s, err := tx.Space(id)
			if err != nil {
				return err
			}
			m := next.sources[id]
			if d.rng.IntN(2) == 0 {
				m.run++
			}
			for range d.rng.IntN(60) {
				if err := d.step(s, next, m); err != nil {
					return err
				}
			}
		}
		if abandon {
			return errAbandoned
		}
		return nil
	})
	if abandon != errors.Is(err, errAbandoned) || !abandon && err != nil {
		t.Fatal(err)
	}
	if !abandon {
		d.model = next
	}
}

func (d *recordDriver) step(s *vault.Space, next *recordModel, m *sourceModel) error {
	id := s.Source()
	var seq core.Seq
	if seqs := slices.Sorted(maps.Keys(m.records)); len(seqs) > 0 {
		seq = seqs[d.rng.IntN(len(seqs))]
	}
	switch op := d.rng.IntN(20); {
	case op < 14 || seq == 0:
		r := d.record(m.run)
		revive := d.rng.IntN(5) == 0
		put := s.PutRecord
		if revive {
			put = s.ReviveRecord
		}
		_, got, err := put(r)
		if want := next.put(id, r, revive); err != nil || got != want {
			return fmt.Errorf("put: got %d, %w, want %d", got, err, want)
		}
	case op < 16:
		by := d.by(m.run)
		next.remove(id, seq, by, false)
		_, _, err := s.DeleteRecord(seq, by)
		return err
	case op < 17:
		by := d.by(m.run)
		next.remove(id, seq, by, true)
		_, err := s.ForgetRecord(seq, by)
		return err
	case op < 18:
		op := vault.OpPut
		if revisions := m.records[seq]; revisions[len(revisions)-1].Deleted {
			op = vault.OpTombstone
		}
		next.note(m, core.Ref{Source: id, Seq: seq}, op)
		return s.TouchRecord(seq)
	case op < 19 && m.run > 0:
		return d.undo(s, next, core.RunID(1+d.rng.IntN(int(m.run))))
	}
	return nil
}

func (d *recordDriver) undo(s *vault.Space, next *recordModel, run core.RunID) error {
	for seq, err := range s.RunRecords(run) {
		if err != nil {
			return err
		}
		got, err := s.RevertRecord(seq, run)
		if want := next.revert(s.Source(), seq, run); err != nil || got != want {
			return fmt.Errorf("revert: got %d, %w, want %d", got, err, want)
		}
	}
	return nil
}

func isSame(a, b core.Record) bool {
	return sameContent(a, b) && a.Ref == b.Ref && a.Type == b.Type && a.ID == b.ID && a.Provenance == b.Provenance && a.Revision == b.Revision && a.Deleted == b.Deleted
}

var sameRecord = gocmp.Options{gocmp.Comparer(func(a, b record.Time) bool { return a.String() == b.String() }), cmpopts.EquateEmpty()}

func (d *recordDriver) compare(t *testing.T) {
	t.Helper()
	view(t, d.v, func(tx *vault.Tx) error {
		for id, m := range d.model.sources {
			s, err := tx.Space(id)
			if err != nil {
				return err
			}
			d.compareSource(t, s, m)
		}
		d.compareJournal(t, tx)
		for range 6 {
			d.compareTimeline(t, tx)
		}
		return nil
	})
}

func (d *recordDriver) compareSource(t *testing.T, s *vault.Space, m *sourceModel) {
	t.Helper()
	for key, seq := range m.ids {
		r, err := s.RecordByID(key.Type, key.ID)
		if err != nil || r.Ref.Seq != seq {
			t.Fatalf("%v: %v, %v", key, r.Ref, err)
		}
		got, err := s.Revisions(seq)
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(got)
		got[len(got)-1].Change = 0
		want := slices.Clone(m.records[seq])
		if r.Change != want[len(want)-1].Change {
			t.Fatalf("%v: change %d, want %d", key, r.Change, want[len(want)-1].Change)
		}
		for i := range want {
			want[i].Change = 0
			got[i].Change = 0
		}
		if !slices.EqualFunc(want, got, isSame) {
			t.Fatalf("%v: %s", key, gocmp.Diff(want, got, sameRecord))
		}
	}
	n := 0
	for _, err := range s.Records(0) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != len(m.records) {
		t.Fatalf("%d records, want %d", n, len(m.records))
	}
	runs := make(map[core.RunID][]core.Seq)
	for seq, revisions := range m.records {
		for _, r := range revisions {
			if run := r.Provenance.Run; run > 0 && !slices.Contains(runs[run], seq) {
				runs[run] = append(runs[run], seq)
			}
		}
	}
	for run := range m.run + 1 {
		var got []core.Seq
		for seq, err := range s.RunRecords(run) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, seq)
		}
		slices.Sort(runs[run])
		if !slices.Equal(got, runs[run]) {
			t.Fatalf("run %d has %v, want %v", run, got, runs[run])
		}
	}
}

func (d *recordDriver) compareJournal(t *testing.T, tx *vault.Tx) {
	t.Helper()
	after := core.Change(0)
	if d.model.change > 0 {
		after = core.Change(d.rng.IntN(int(d.model.change)))
	}
	var got, want []vault.ChangeEntry
	for e, err := range tx.Changes(after) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	for _, c := range slices.Sorted(maps.Keys(d.model.journal)) {
		if c > after {
			want = append(want, d.model.journal[c])
		}
	}
	if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || tx.LastChange() != d.model.change {
		t.Fatalf("journal after %d, last %d: %s", after, tx.LastChange(), diff)
	}
	counts := make(map[string][2]int)
	for n, err := range tx.Counts() {
		if err != nil {
			t.Fatal(err)
		}
		counts[n.Source.String()+string(n.Type)] = [2]int{n.Records, n.Deleted}
	}
	for id, m := range d.model.sources {
		for _, revisions := range m.records {
			r := revisions[len(revisions)-1]
			n := counts[id.String()+string(r.Type)]
			if r.Deleted {
				n[1]--
			} else {
				n[0]--
			}
			counts[id.String()+string(r.Type)] = n
		}
	}
	for name, n := range counts {
		if n != [2]int{} {
			t.Fatalf("counts of %s are off by %v", name, n)
		}
	}
}

// when is the order of a record in time, as text that sorts.
func when(r core.Record) string {
	if r.Time.IsZero() {
		return ""
	}
	y, m, d := r.Time.Civil()
	instant := ""
	if r.Time.Precision() >= record.Minute {
		instant = r.Time.Instant(time.UTC).UTC().Format("2006-01-02T15:04:05.000")
	}
	return fmt.Sprintf("%04d-%02d-%02d %s", y, m, d, instant)
}

func (d *recordDriver) compareTimeline(t *testing.T, tx *vault.Tx) {
	t.Helper()
	q := vault.TimelineQuery{Oldest: d.rng.IntN(2) == 0, Undated: d.rng.IntN(5) == 0}
	if d.rng.IntN(2) == 0 {
		q.Sources = d.sources[:1+d.rng.IntN(2)]
	}
	if d.rng.IntN(2) == 0 {
		q.Types = []record.Type{"bill", "call"}[:1+d.rng.IntN(2)]
	}
	if d.rng.IntN(3) == 0 {
		q.From, _ = record.ParseTime([]string{"2020", "2020-06", "2021-03-15"}[d.rng.IntN(3)])
	}
	if d.rng.IntN(3) == 0 {
		q.To, _ = record.ParseTime([]string{"2021", "2021-06", "2022-03-15"}[d.rng.IntN(3)])
	}
	want := d.expected(q)
	if d.rng.IntN(3) == 0 {
		isThird := func(ref core.Ref) bool { return ref.Seq%3 == 0 }
		q.Skip = func(ref core.Ref) (bool, error) { return isThird(ref), nil }
		want = slices.DeleteFunc(want, isThird)
	}
	var got []core.Ref
	for { // in pages, by cursor
		size := 1 + d.rng.IntN(60)
		n := 0
		for r, err := range tx.Timeline(q) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r.Ref)
			q.After = vault.CursorOf(r)
			if n++; n == size {
				break
			}
		}
		if n < size {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("timeline %+v: got %v, want %v", q, got, want)
	}
}

func (d *recordDriver) expected(q vault.TimelineQuery) (refs []core.Ref) {
	var all []core.Record
	for id, m := range d.model.sources {
		for _, revisions := range m.records {
			r := revisions[len(revisions)-1]
			day, _, _ := strings.Cut(when(r), " ")
			from, to := q.From.String(), q.To.String()
			inRange := q.Undated || (from == "" || day >= from) && (to == "" || day <= to+"~")
			if !r.Deleted && (q.Sources == nil || slices.Contains(q.Sources, id)) && (q.Types == nil || slices.Contains(q.Types, r.Type)) &&
				r.Time.IsZero() == q.Undated && inRange {
				all = append(all, r)
			}
		}
	}
	slices.SortFunc(all, func(a, b core.Record) int {
		c := cmp.Or(cmp.Compare(when(a), when(b)), cmp.Compare(a.Ref.Seq, b.Ref.Seq), strings.Compare(a.Ref.Source.String(), b.Ref.Source.String()))
		if !q.Oldest && !q.Undated {
			return -c
		}
		return c
	})
	for _, r := range all {
		refs = append(refs, r.Ref)
	}
	return refs
}
