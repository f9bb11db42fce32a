package vault_test

import (
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

func TestPutRecord_with_odd_times(t *testing.T) {
	t.Parallel()
	v, _ := create(t)
	source := newSource(t, v)
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	inSpace(t, v, source, func(s *vault.Space) error {
		for name, tc := range map[string]struct {
			time record.Time
			want core.Code
		}{
			"an offset with seconds": {record.Instant(time.Date(1900, 1, 1, 0, 0, 0, 0, paris)), ""},
			"the first year":         {record.Date(1, 1, 1), ""},
			"the last year":          {record.Instant(time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)), ""},
			"a day past the month":   {record.Date(2026, 2, 30), ""},
			"a far future":           {record.Instant(time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)), core.Invalid},
			"before the first year":  {record.Date(-5, 1, 1), core.Invalid},
			"an unspeakable zone":    {record.Instant(time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("a/b c", 60))), core.Invalid},
		} {
			r := bill(1)
			r.ID, r.Time = name, tc.time
			_, _, err := s.PutRecord(r)
			code(t, name, err, tc.want)
		}
		return nil
	})
	verifyClean(t, v)
}

func TestPutRecord_refuses_what_it_could_not_find_again(t *testing.T) {
	t.Parallel()
	v, _ := create(t)
	inSpace(t, v, newSource(t, v), func(s *vault.Space) error {
		for name, change := range map[string]func(*core.Record){
			"no type":        func(r *core.Record) { r.Type = "" },
			"a long type":    func(r *core.Record) { r.Type = record.Type(make([]byte, 65)) },
			"a zero in type": func(r *core.Record) { r.Type = "a\x00b" },
			"no id":          func(r *core.Record) { r.ID = "" },
			"a long id":      func(r *core.Record) { r.ID = string(make([]byte, 513)) },
		} {
			r := bill(1)
			change(&r)
			_, _, err := s.PutRecord(r)
			code(t, name, err, core.Invalid)
		}
		r := bill(2)
		r.ID = string(noise(1, 512))
		if _, _, err := s.PutRecord(r); err != nil {
			t.Error(err)
		}
		_, err := s.RecordByID(r.Type, r.ID)
		code(t, "the longest id", err, "")
		_, err = s.RecordByID(r.Type, r.ID+"x")
		code(t, "an id too long", err, core.NotFound)
		_, err = s.Record(99)
		code(t, "no such record", err, core.NotFound)
		_, _, err = s.DeleteRecord(99, core.Provenance{})
		code(t, "delete no such record", err, core.NotFound)
		return nil
	})
	verifyClean(t, v)
}
