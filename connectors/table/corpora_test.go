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

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/sdktest"
)

// corpora returns the folder of sample files made by others that
// DOMICILE_CORPORA names. They are not all free to copy, so they stay out of
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
	files, alone, asked, refused, right  int
	dated, transactions, accounts, notes int
	reasons                              []string
}

func (c *counts) add(o counts) {
	c.files, c.alone, c.asked, c.refused, c.right = c.files+o.files, c.alone+o.alone, c.asked+o.asked, c.refused+o.refused, c.right+o.right
	c.dated, c.transactions, c.accounts, c.notes = c.dated+o.dated, c.transactions+o.transactions, c.accounts+o.accounts, c.notes+o.notes
	c.reasons = append(c.reasons, o.reasons...)
}

// dated is what the independent count looks for in a line: a cell that begins
// as a day does.
var dated = regexp.MustCompile(`(?:^|[;,\t"])(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}|\d{1,2}[- ][A-Z][a-z]{2}[- ]\d{2,4})`)

func countDated(data []byte) (n int) {
	for line := range bytes.SplitSeq(bytes.ReplaceAll(data, []byte("\r"), []byte("\n")), []byte("\n")) {
		if dated.Match(line) {
			n++
		}
	}
	return n
}

// plain takes the answer that is proposed, and says what only a person can: of
// the orders and signs that are open the first, and the euro.
func plain(req protocol.AskRequest) (string, error) {
	t, said := req.Table, req.Table.Said
	for _, f := range t.Faults {
		switch f.At {
		case "order":
			said += ",order=" + t.Order.Options[0]
		case "decimal":
			said += ",decimal=" + t.Decimal.Options[0]
		case "currency":
			said += ",currency=EUR"
		}
	}
	return said, nil
}

func TestCorpora(t *testing.T) {
	t.Parallel()
	root := corpora(t)
	rows := map[string]*counts{}
	var total counts
	for _, dir := range []string{"bank-csv/bank2ynab", "bank-csv/beanhub-extract", "bank-csv/csv2ofx", "ofx/sparkasse-freiburg"} {
		c := &counts{}
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.EqualFold(filepath.Ext(path), ".csv") {
				return err
			}
			c.add(countFile(t, path))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		rows[filepath.Base(dir)] = c
		total.add(*c)
	}
	if total.files < 50 || total.right*100 < (total.files-total.refused)*90 {
		t.Errorf("%d of %d files that are read have a transaction for each line with a day: under 90 %%", total.right, total.files-total.refused)
	}
	block(t, "table", figures(rows, total))
}

func countFile(t *testing.T, path string) counts {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := counts{files: 1}
	d := at(t, data)
	d.Answer = func(req protocol.AskRequest) (string, error) {
		d.asked = append(d.asked, *req.Table)
		return plain(req)
	}
	res, err := d.Run(sdk.Connector(run).Serve)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.asked) > 0 && res.Err != nil { // each answer may bring up one thing more
		d, res = insist(t, data)
	}
	for _, r := range d.Records() {
		switch r.Type {
		case record.TypeTransaction:
			c.transactions++
		case record.TypeBankAccount:
			c.accounts++
		}
	}
	for _, line := range res.Log {
		if strings.HasPrefix(line, "warn: line ") {
			c.notes++
		}
	}
	switch {
	case res.Problem != nil:
		c.refused = 1
		c.reasons = []string{fmt.Sprintf("`%s`: %s", filepath.Base(path), res.Problem.Message)}
		return c
	case len(d.asked) == 1:
		c.alone = 1
	default:
		c.asked = 1
	}
	if c.dated = countDated(data); c.dated == c.transactions {
		c.right = 1
	} else {
		c.reasons = []string{fmt.Sprintf("`%s`: %d lines with a day, %d transactions, %d rows left out", filepath.Base(path), c.dated, c.transactions, c.notes)}
	}
	return c
}

// insist answers until all is said: a run asks twice at most.
func insist(t *testing.T, data []byte) (*desk, sdktest.Result) {
	t.Helper()
	said := ""
	for {
		d := at(t, data)
		d.Answer = func(req protocol.AskRequest) (string, error) {
			d.asked = append(d.asked, *req.Table)
			if len(d.asked) == 1 && said != "" {
				return said, nil
			}
			answer, err := plain(req)
			said = answer
			return answer, err
		}
		before := said
		res, err := d.Run(sdk.Connector(run).Serve)
		if err != nil {
			t.Fatal(err)
		}
		if res.Err == nil || said == before {
			return d, res
		}
	}
}

func figures(rows map[string]*counts, total counts) string {
	var out strings.Builder
	out.WriteString("| set | files | read as proposed | read once order, decimals or currency were said | refused | a transaction for each line with a day | transactions | accounts | rows left out |\n|---|---|---|---|---|---|---|---|---|\n")
	row := func(name string, c counts) {
		fmt.Fprintf(&out, "| %s | %d | %d | %d | %d | %d | %d | %d | %d |\n", name, c.files, c.alone, c.asked, c.refused, c.right, c.transactions, c.accounts, c.notes)
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		row(name, *rows[name])
	}
	row("**all**", total)
	read := total.files - total.refused
	fmt.Fprintf(&out, "\n%d of %d files are read; in %d of these every line with a day is a transaction.\n", read, total.files, total.right)
	out.WriteString("\nRefused, or read in part, with the reason:\n\n")
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
