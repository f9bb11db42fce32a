package query

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// FuzzMembers holds the quick reader of objects against encoding/json.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":"b","c":[1,{"d":"}"}],"e":null,"f":-1.5e3,"g":true}`, ` { "a" : "\"\\" , "b" : { "c" : "," } } `, `{"é":"\u00e9"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		if _, err := protocol.Check(bytes.TrimSpace(object)); err != nil { // ingest takes nothing else
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(object, &want); err != nil {
			return
		}
		got := map[string]json.RawMessage{}
		members(object, func(key string, value []byte) { got[key] = value })
		if len(got) != len(want) {
			t.Fatalf("%s: got %q, want %q", object, got, want)
		}
		for key, value := range want {
			if !bytes.Equal(got[key], value) {
				t.Fatalf("%s: %s is %q, want %q", object, key, got[key], value)
			}
		}
		if narrowed := narrow(core.Record{Data: object}, &teller{}, Allowed{Fields: []string{"a"}}); !json.Valid(narrowed) {
			t.Fatalf("%s: narrowed to %s", object, narrowed)
		}
	})
}

func TestSum_is_exact_or_refuses(t *testing.T) {
	t.Parallel()
	var s sum
	for _, text := range []record.Decimal{"0.1", "0.20", "-1", "1000000.005"} {
		coefficient, scale, err := text.Parts()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.add(coefficient, scale, 1); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.of("EUR"); err != nil || got.Value != "999999.305" || got.Count != 4 {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, pair := range map[string][2]int64{"above": {math.MaxInt64, 1}, "below": {math.MinInt64, -1}} {
		var s sum
		if err := s.add(pair[0], 0, 1); err != nil {
			t.Fatal(err)
		}
		if err := s.add(pair[1], 0, 1); core.CodeOf(err) != protocol.Limit {
			t.Errorf("%s: got %v", name, err)
		}
		if err := s.add(1, 1, 1); core.CodeOf(err) != protocol.Limit {
			t.Errorf("%s, finer: got %v", name, err)
		}
	}
}
