package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
)

// compare runs each runner once and holds what it brought in against what the
// first did.
func compare(ctx context.Context, runners []runner) error {
	var want map[string]string
	for _, r := range runners {
		if _, err := r.run(ctx, false); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		path, err := r.records()
		if err != nil {
			return err
		}
		got, err := readRecords(path)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		if want == nil {
			want = got
		}
		if err := same(want, got); err != nil {
			return fmt.Errorf("%s: not the same records: %w", r.name, err)
		}
	}
	return nil
}

// readRecords returns records by type and id, each in one form.
func readRecords(path string) (map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	all := map[string]string{}
	for dec := json.NewDecoder(file); dec.More(); {
		var one struct {
			Type, ID, Time, Title string
			Data                  any
		}
		if err := dec.Decode(&one); err != nil {
			return nil, err
		}
		all[one.Type+" "+one.ID] = string(encode(one))
	}
	return all, nil
}

func same(want, got map[string]string) error {
	for id, text := range want {
		if got[id] != text {
			return fmt.Errorf("%s: got %s, want %s", id, got[id], text)
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d records, want %d", len(got), len(want))
	}
	return nil
}
