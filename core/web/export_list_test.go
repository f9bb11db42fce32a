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
