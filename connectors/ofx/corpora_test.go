package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/sdk/record"
)

// corpora returns the folder of sample files made by others that
// DOMICILE_CORPORA names. They are not all free to copy, so most stay out of
// this repository.
func corpora(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("DOMICILE_CORPORA")
	if dir == "" {
		t.Skip("SKIPPED: set DOMICILE_CORPORA to the folder of sample files, or the counts of docs/formats.md go unchecked")
	}
	return dir
}

// counts is a row of the table in docs/formats.md.
type counts struct {
	files                                    int
	read                                     int // with the right number of transactions and trades
	empty                                    int // refused, and the bytes hold no transaction
	unusable                                 int // refused, though they do
	transactions, accounts, balances, trades int
	reasons                                  []string
}

func (c *counts) add(o counts) {
	c.files, c.read, c.empty, c.unusable = c.files+o.files, c.read+o.read, c.empty+o.empty, c.unusable+o.unusable
	c.transactions, c.accounts, c.balances, c.trades = c.transactions+o.transactions, c.accounts+o.accounts, c.balances+o.balances, c.trades+o.trades
	c.reasons = append(c.reasons, o.reasons...)
}

// TestCorpora holds the connector against a count that knows nothing of it:
// the opening tags of transactions and of trades in the bytes of each file.
func TestCorpora(t *testing.T) {
	t.Parallel()
	root := filepath.Join(corpora(t), "ofx")
	rows := map[string]*counts{}
	var total counts
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".csv") {
			return err
		}
		dir, _, _ := strings.Cut(strings.TrimPrefix(path, root+string(filepath.Separator)), string(filepath.Separator))
		if rows[dir] == nil {
			rows[dir] = &counts{}
		}
		c := countFile(t, path)
		rows[dir].add(c)
		total.add(c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if right := total.read + total.empty; right*100 < total.files*95 {
		t.Errorf("%d of %d files have the right number of transactions: under 95 %%", right, total.files)
	}
	block(t, "ofx", table(rows, total))
}

// transactionTag and tradeTag are what the independent count looks for. Each
// investment entry that is no bank line holds one INVTRAN.
var (
	transactionTag = regexp.MustCompile(`(?i)<STMTTRN>`)
	tradeTag       = regexp.MustCompile(`(?i)<INVTRAN>`)
)

func countFile(t *testing.T, path string) counts {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h, res := play(t, data)
	c := counts{files: 1}
	ids := map[string]bool{}
	for _, r := range h.Records() {
		switch r.Type {
		case record.TypeTransaction:
			c.transactions++
		case record.TypeBankAccount:
			c.accounts++
		case record.TypeBalance:
			c.balances++
		case record.TypeDocument:
			c.trades++
		}
		if key := string(r.Type) + " " + r.ID; r.ID != "" && ids[key] {
			t.Errorf("%s: two records are %s", path, key)
		} else {
			ids[key] = true
		}
	}
	want, trades := len(transactionTag.FindAll(data, -1)), len(tradeTag.FindAll(data, -1))
	switch {
	case res.Problem != nil:
		reason := res.Problem.Message
		if len(h.Records()) > 0 || reason == "" {
			t.Errorf("%s: refused with %d records and reason %q", path, len(h.Records()), reason)
		}
		if want+trades == 0 {
			c.empty = 1
		} else {
			c.unusable = 1
		}
		c.reasons = []string{fmt.Sprintf("`%s`: %s", filepath.Base(path), reason)}
	case c.transactions == want && c.trades == trades:
		c.read = 1
	default:
		t.Errorf("%s: got %d transactions and %d trades, want %d and %d", path, c.transactions, c.trades, want, trades)
	}
	return c
}

func table(rows map[string]*counts, total counts) string {
	var out strings.Builder
	out.WriteString("| set | files | read, right count | refused, nothing in it | refused, unusable | transactions | accounts | balances | trades |\n|---|---|---|---|---|---|---|---|---|\n")
	row := func(name string, c counts) {
		fmt.Fprintf(&out, "| %s | %d | %d | %d | %d | %d | %d | %d | %d |\n", name, c.files, c.read, c.empty, c.unusable, c.transactions, c.accounts, c.balances, c.trades)
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		row(name, *rows[name])
	}
	row("**all**", total)
	right := total.read + total.empty
	fmt.Fprintf(&out, "\n%d files are read with the right count, and %d hold no transaction and are refused for that: %d of %d, %d %%.\n",
		total.read, total.empty, right, total.files, right*100/total.files)
	out.WriteString("\nRefused, with the reason given:\n\n")
	slices.Sort(total.reasons)
	for _, reason := range total.reasons {
		out.WriteString("- " + reason + "\n")
	}
	return out.String()
}

// block compares a part of docs/formats.md with what was counted, or writes it
// there with -update.
func block(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", "formats.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := []byte("<!-- counts: "+name+" -->\n"), []byte("<!-- end -->\n")
	from := bytes.Index(page, begin)
	if from < 0 {
		t.Fatalf("docs/formats.md has no place for the counts of %s", name)
	}
	from += len(begin)
	size := bytes.Index(page[from:], end)
	if size < 0 {
		t.Fatal("docs/formats.md: a table has no end")
	}
	if *update {
		page = slices.Concat(page[:from], []byte(text), page[from+size:])
		if err := os.WriteFile(path, page, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(page[from:from+size]), text); diff != "" {
		t.Errorf("docs/formats.md does not say what is counted: run go test ./connectors/%s -update (-page +counted)\n%s", name, diff)
	}
}
