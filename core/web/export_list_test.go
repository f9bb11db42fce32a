package web_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
)

func TestExport_holds_every_record_of_the_list(t *testing.T) {
	t.Parallel()
	s := many(t)
	res := s.get("/export?format=csv&type=transaction")
	if got := res.Header.Get("Content-Disposition"); !strings.Contains(got, "attachment") {
		t.Errorf("disposition %q", got)
	}
	rows, err := csv.NewReader(strings.NewReader(body(t, res))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != plenty+1 || rows[1][4] != "-1199.10" || rows[1][5] != "EUR" {
		t.Errorf("%d rows, first %q", len(rows), rows[1])
	}
	lines := strings.Split(strings.TrimSpace(body(t, s.get("/export?format=json&type=transaction&from=2021-02&until=2021-02"))), "\n")
	for _, line := range lines {
		if !json.Valid([]byte(line)) || !strings.Contains(line, `"time":"2021-02-`) {
			t.Errorf("line %q", line)
		}
	}
	if len(lines) != 28 {
		t.Errorf("%d lines for February", len(lines))
	}
	if text := body(t, s.get("/activity?kind=export")); !strings.Contains(text, "A list of records was downloaded") {
		t.Error("the activity does not tell of it")
	}
	if res := s.get("/export?format=exe"); res.StatusCode != 400 {
		t.Errorf("a format that is none: %d", res.StatusCode)
	}
}

func TestExport_keeps_cells_inert(t *testing.T) {
	t.Parallel()
	s := hostile(t)
	rows, err := csv.NewReader(strings.NewReader(body(t, s.get("/export?format=csv")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+@\t\r") {
				t.Errorf("a cell that a spreadsheet runs: %.40q", cell)
			}
		}
	}
}

func TestExport_keeps_the_amounts(t *testing.T) {
	t.Parallel()
	s := many(t)
	page := body(t, s.get("/timeline?least=5&most=7%2C20&type=transaction"))
	links := 0
	for _, n := range elements(t, page) {
		if href := attr(n, "href"); strings.HasPrefix(href, "/export?") && strings.Contains(href, "format=json") {
			links++
			if lines := strings.Count(body(t, s.get(href)), "\n"); lines != 3 { // 5.10, 6.10 and 7.10
				t.Errorf("%s: %d lines", href, lines)
			}
		}
	}
	if links != 1 || !strings.Contains(page, "Amount from 5") || !strings.Contains(page, "Amount up to 7,20") {
		t.Errorf("%d links, or no chip of the amounts", links)
	}
	if res := s.get("/export?format=json&least=x"); res.StatusCode != 400 {
		t.Errorf("no amount: %d", res.StatusCode)
	}
}
