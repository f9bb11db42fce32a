package main

import (
	"fmt"
	"io"
)

// A row is one figure beside its reference.
type row struct {
	what      string
	ours      string
	reference string // what it is measured against, and its figure
	ratio     string
	aim       string
	held      verdict
}

// A verdict says whether the aim is met.
type verdict string

const (
	met    verdict = "yes"
	missed verdict = "**no**"
	noAim  verdict = ""
)

func atMost(figure, bound float64) verdict {
	if figure <= bound {
		return met
	}
	return missed
}

func atLeast(figure, bound float64) verdict {
	if figure >= bound {
		return met
	}
	return missed
}

// notMeasured is the row of something that could not be measured.
func notMeasured(what string, err error) row {
	return row{what: what, ours: "**not measured**", reference: err.Error()}
}

// A table is the rows in the order of measuring.
type table struct{ rows []row }

func (t *table) add(rows ...row) { t.rows = append(t.rows, rows...) }

func (t *table) write(w io.Writer) error {
	_, err := fmt.Fprint(w, "| what | Domicile | reference | ratio (middle half of the rounds) | aim | met |\n|---|---|---|---|---|---|\n")
	for _, r := range t.rows {
		if err == nil {
			_, err = fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s |\n", r.what, r.ours, r.reference, r.ratio, r.aim, r.held)
		}
	}
	return err
}
