// Command benchnative is a reference of the benchmark: what the connector
// ondine does, as a plain Go program with goquery and no confinement. It signs
// in, walks the pages, writes each PDF to a file and each record as a line of
// JSON.
//
//	benchnative ADDRESS USER PASSWORD DIR
//
// One request at a time on one kept connection, as the connector.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/domicile-home/domicile/sdk/record"
)

const vendor = "Ondine Télécom"

// line is a record as it is written.
type line struct {
	Type  record.Type   `json:"type"`
	ID    string        `json:"id"`
	Time  record.Time   `json:"time"`
	Title string        `json:"title"`
	Data  any           `json:"data"`
	Files []string      `json:"files,omitempty"`
	Links []record.Link `json:"links,omitempty"`
}

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: benchnative ADDRESS USER PASSWORD DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, "benchnative:", err)
		os.Exit(1)
	}
}

func run(address, user, password, dir string) (err error) {
	s, err := newSite(address)
	if err != nil {
		return err
	}
	if err := s.signIn(user, password); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	file, err := os.Create(filepath.Join(dir, "records.jsonl"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := bufio.NewWriter(file)
	if err := bringIn(s, dir, json.NewEncoder(w)); err != nil {
		return err
	}
	return w.Flush()
}

// bringIn writes the contract, then each bill with its calls, oldest first.
func bringIn(s *site, dir string, out *json.Encoder) error {
	contract, err := s.contract()
	if err != nil {
		return fmt.Errorf("contract: %w", err)
	}
	rows, err := s.bills()
	if err != nil {
		return fmt.Errorf("bills: %w", err)
	}
	if err := out.Encode(contract); err != nil {
		return err
	}
	for _, r := range slices.Backward(rows) {
		lines, err := s.bill(r, contract.ID, dir)
		if err != nil {
			return fmt.Errorf("bill %s: %w", r.number, err)
		}
		for _, l := range lines {
			if err := out.Encode(l); err != nil {
				return err
			}
		}
	}
	return nil
}
