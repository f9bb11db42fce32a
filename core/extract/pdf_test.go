package extract_test

import (
	"bytes"
	"testing"

	"github.com/go-pdf/fpdf"
)

// bill returns a small PDF.
func bill(tb testing.TB) []byte {
	tb.Helper()
	p := fpdf.New("P", "mm", "A4", "")
	p.AddPage()
	p.SetFont("Helvetica", "", 11)
	p.Text(20, 20, "Facture 42")
	return written(tb, p)
}

func written(tb testing.TB, p *fpdf.Fpdf) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := p.Output(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}
