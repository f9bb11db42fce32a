package extract_test

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/go-pdf/fpdf"
	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core/extract"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// newPDF returns a document with a font, without a page.
func newPDF() *fpdf.Fpdf {
	p := fpdf.New("P", "mm", "A4", "")
	p.SetFont("Helvetica", "", 11)
	return p
}

func written(tb testing.TB, p *fpdf.Fpdf) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := p.Output(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// bill returns a small PDF of one page.
func bill(tb testing.TB) []byte {
	tb.Helper()
	p := newPDF()
	p.AddPage()
	p.Text(20, 20, "Facture 42")
	return written(tb, p)
}

// bigBill returns a PDF of about 100 KB with an itemised page.
func bigBill(tb testing.TB) []byte {
	tb.Helper()
	p := newPDF()
	p.SetCompression(false)
	p.AddPage()
	for i := range 45 {
		y := 20 + float64(i)*5
		p.Text(20, y, fmt.Sprintf("%02d/03/2026", i%28+1))
		p.Text(60, y, fmt.Sprintf("Appel vers 06 12 34 56 %02d", i))
		p.Text(160, y, fmt.Sprintf("%d,%02d EUR", i, i))
	}
	p.SetProducer(strings.Repeat("p", 100<<10-20<<10), false)
	return written(tb, p)
}

func TestPDFText_reads_lines_in_reading_order(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	latin := fpdf.New("P", "mm", "A4", "").UnicodeTranslatorFromDescriptor("")
	for _, tc := range []struct {
		name string
		draw func(p *fpdf.Fpdf)
		want string
	}{
		{"a table drawn column by column", func(p *fpdf.Fpdf) {
			for x, column := range [][]string{{"Abonnement", "Appels", "Total"}, {"24,99", "3,01", "28,00"}, {"EUR", "EUR", "EUR"}} {
				for y, cell := range column {
					p.Text(20+60*float64(x), 20+6*float64(y), cell)
				}
			}
		}, "Abonnement  24,99  EUR\nAppels  3,01  EUR\nTotal  28,00  EUR\n"},
		{"lines drawn from the bottom", func(p *fpdf.Fpdf) {
			p.Text(20, 32, "c")
			p.Text(20, 26, "b")
			p.Text(20, 20, "a")
		}, "a\nb\nc\n"},
		{"a word drawn letter by letter", func(p *fpdf.Fpdf) {
			x := 20.0
			for _, c := range "Facture" {
				p.Text(x, 20, string(c))
				x += p.GetStringWidth(string(c))
			}
		}, "Facture\n"},
		{"accents and the euro", func(p *fpdf.Fpdf) { p.Text(20, 20, latin("Prélèvement à échéance : 12,30 €")) },
			"Prélèvement à échéance : 12,30 €\n"},
		{"a blank line where the page leaves room", func(p *fpdf.Fpdf) {
			p.Text(20, 20, "Facture")
			p.Text(20, 60, "Page 1")
		}, "Facture\n\nPage 1\n"},
		{"a superscript stays on its line", func(p *fpdf.Fpdf) {
			p.Text(20, 20, "29")
			p.SetFontSize(7)
			p.Text(24.3, 19, "99")
		}, "2999\n"},
		{"the margin's small print comes last", func(p *fpdf.Fpdf) {
			p.TransformBegin()
			p.TransformRotate(90, 10, 100)
			p.Text(10, 100, "RCS Paris")
			p.TransformEnd()
			p.Text(20, 80, "Facture 42")
			p.Text(20, 100, "Total 12,30")
		}, "Facture 42\n\nTotal 12,30\nRCS Paris\n"},
		{"a page turned on its side", func(p *fpdf.Fpdf) {
			p.TransformBegin()
			p.TransformRotate(-90, 100, 100)
			p.Text(60, 100, "Facture")
			p.Text(120, 100, "42")
			p.Text(60, 106, "Total")
			p.TransformEnd()
		}, "Facture  42\nTotal\n"},
		{"an empty page", func(*fpdf.Fpdf) {}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := newPDF()
			p.AddPage()
			tc.draw(p)
			got, err := pdfText(t, s, written(t, p))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(extract.PDF{Pages: []string{tc.want}}, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// rawPDF writes a PDF from the bodies of its objects, the first of which is the
// catalogue.
func rawPDF(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var offsets []int
	for i, body := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

// withFiles returns a PDF of one page that embeds files, and one that is
// attached to the page.
func withFiles(names []string, data [][]byte, attached string) []byte {
	const first = 5 // the number of the first file's specification
	var tree strings.Builder
	var files []string
	for i, name := range names {
		spec := first + 2*i
		fmt.Fprintf(&tree, "(%s) %d 0 R ", name, spec)
		files = append(files, fmt.Sprintf("<</Type/Filespec/F(%s)/UF(%s)/EF<</F %d 0 R/UF %d 0 R>>>>", name, name, spec+1, spec+1), stream(data[i]))
	}
	last := first + 2*len(names)
	return rawPDF(append([]string{
		fmt.Sprintf("<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[%s]>>>>>>", tree.String()),
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Annots[4 0 R]>>",
		fmt.Sprintf("<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS %d 0 R>>", last),
	}, append(files, fmt.Sprintf("<</Type/Filespec/F(%s)/EF<</F %d 0 R>>>>", attached, last+1), stream([]byte(attached)))...)...)
}

// stream returns a compressed stream.
func stream(data []byte) string {
	if len(data) == 0 {
		return "<</Type/EmbeddedFile/Length 0>>\nstream\n\nendstream"
	}
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(data)
	w.Close()
	return fmt.Sprintf("<</Type/EmbeddedFile/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream", b.Len(), b.Bytes())
}

func TestPDFText_reads_embedded_files(t *testing.T) {
	t.Parallel()
	large := bytes.Repeat([]byte("0123456789abcdef"), 200_000)
	names := []string{"factur-x.xml", "../../etc/passwd", "empty", "large.bin", "factur-x.xml"}
	data := withFiles(names, [][]byte{[]byte("<Invoice/>"), []byte("root"), nil, large, []byte("<Invoice/>")}, "note.txt")
	got, err := pdfText(t, newSession(t), data)
	if err != nil {
		t.Fatal(err)
	}
	want := extract.PDF{Pages: []string{""}, Files: []extract.Embedded{
		{Name: "factur-x.xml", Data: []byte("<Invoice/>")}, {Name: "passwd", Data: []byte("root")}, {Name: "empty"},
		{Name: "large.bin", Data: large}, {Name: "note.txt", Data: []byte("note.txt")},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%.2000s", diff)
	}
}

func TestPDFText_keeps_within_its_bounds(t *testing.T) {
	t.Parallel()
	s := newSession(t)

	t.Run("pages", func(t *testing.T) {
		t.Parallel()
		p := newPDF()
		for i := range 1005 {
			p.AddPage()
			p.Text(20, 20, strconv.Itoa(i))
		}
		got, err := pdfText(t, s, written(t, p))
		if err != nil || len(got.Pages) != 1000 || got.Pages[999] != "999\n" || !got.Partial {
			t.Errorf("got %d pages, partial %v, %v", len(got.Pages), got.Partial, err)
		}
	})

	t.Run("text", func(t *testing.T) {
		t.Parallel()
		p := newPDF()
		p.SetFontSize(1)
		for range 12 {
			p.AddPage()
			for y := range 60 {
				for x := range 30 {
					p.Text(float64(x)*6, float64(y)*4, strings.Repeat("m", 120))
				}
			}
		}
		got, err := pdfText(t, s, written(t, p))
		if n := len(strings.Join(got.Pages, "")); err != nil || n != extract.MaxText || !got.Partial || len(got.Pages) != 12 {
			t.Errorf("got %d pages of %d bytes, partial %v, %v", len(got.Pages), n, got.Partial, err)
		}
	})

	t.Run("embedded files", func(t *testing.T) {
		t.Parallel()
		huge := make([]byte, 20<<20)
		got, err := pdfText(t, s, withFiles([]string{"bomb", "a.xml", "bomb"}, [][]byte{huge, []byte("<a/>"), huge}, "b.txt"))
		if err != nil || !got.Partial || len(got.Files) != 2 || got.Files[0].Name != "a.xml" {
			t.Errorf("got %d files, partial %v, %v", len(got.Files), got.Partial, err)
		}
	})

	t.Run("the file", func(t *testing.T) {
		t.Parallel()
		zeros := readerFunc(func(p []byte, _ int64) (int, error) { clear(p); return len(p), nil })
		_, err := s.PDFText(t.Context(), zeros, 65<<20)
		wantCode(t, err, protocol.Limit)
	})
}

func TestPDFText_refuses(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	locked := newPDF()
	locked.SetProtection(fpdf.CnProtectPrint, "secret", "owner")
	locked.AddPage()
	open := newPDF()
	open.SetProtection(fpdf.CnProtectPrint, "", "owner")
	open.AddPage()
	open.Text(20, 20, "no password to read")

	for name, data := range map[string][]byte{
		"nothing": nil, "text": []byte("hello"), "a zip": []byte("PK\x03\x04"), "a header only": []byte("%PDF-1.7\n"),
		"half a file": bill(t)[:len(bill(t))/4], "a password": written(t, locked),
	} {
		_, err := pdfText(t, s, data)
		if name == "a password" && (err == nil || !strings.Contains(err.Error(), "password")) {
			t.Errorf("%s: got %v", name, err)
		}
		if got := refused(err); !got {
			t.Errorf("%s: got %v", name, err)
		}
	}
	got, err := pdfText(t, s, written(t, open))
	if err != nil || got.Pages[0] != "no password to read\n" {
		t.Errorf("an owner's password: got %q, %v", got.Pages, err)
	}
}

// TestPDFText_outlives_damage cuts and changes PDFs at random: every one ends in
// text or in a refusal, and the session goes on.
func TestPDFText_outlives_damage(t *testing.T) {
	t.Parallel()
	s, r := newSession(t), rand.New(rand.NewPCG(1, 2))
	samples := [][]byte{bill(t), bigBill(t)}
	if os.Getenv(corpora) != "" {
		for _, name := range corpus(t, "pdf-bills/invoice2data/*.pdf") {
			samples = append(samples, readFile(t, name))
		}
	}
	read, turned := 0, 0
	for range 300 {
		data := damaged(r, samples[r.IntN(len(samples))])
		switch _, err := pdfText(t, s, data); {
		case err == nil:
			read++
		case refused(err):
			turned++
		default:
			t.Fatalf("%v", err)
		}
	}
	t.Logf("%d read, %d refused", read, turned)
	if read == 0 || turned == 0 {
		t.Errorf("%d read, %d refused: no real trial", read, turned)
	}
	if _, err := pdfText(t, s, bill(t)); err != nil {
		t.Error(err)
	}
}

// damaged returns a changed copy of data.
func damaged(r *rand.Rand, data []byte) []byte {
	data = bytes.Clone(data)
	switch r.IntN(4) {
	case 0:
		return data[:r.IntN(len(data))]
	case 1:
		at := r.IntN(len(data))
		return append(data[:at:at], data[min(len(data), at+r.IntN(100)):]...)
	case 2: // numbers: lengths, offsets, references
		for range 20 {
			if at := r.IntN(len(data)); data[at] >= '0' && data[at] <= '9' {
				data[at] = '0' + byte(r.IntN(10))
			}
		}
	}
	for range 1 + r.IntN(30) {
		data[r.IntN(len(data))] = byte(r.IntN(256))
	}
	return data
}

// TestPDFText_of_bills_made_by_others holds the text against what another
// program read from the same bills.
func TestPDFText_of_bills_made_by_others(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for _, name := range corpus(t, "pdf-bills/invoice2data/*.pdf") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			got, err := pdfText(t, s, readFile(t, name))
			if err != nil || got.Partial {
				t.Fatal(got.Partial, err)
			}
			text := folded(strings.Join(got.Pages, "\n"))
			var bills []map[string]any
			if err := json.Unmarshal(readFile(t, strings.TrimSuffix(name, ".pdf")+".json"), &bills); err != nil {
				t.Fatal(err)
			}
			for _, want := range expected(bills[0]) {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
		})
	}
}

// expected lists the texts that a bill's expectation says stand on it.
func expected(bill map[string]any) []string {
	var all []string
	for key, v := range bill {
		switch v := v.(type) {
		case string:
			if key == "invoice_number" && !strings.HasPrefix(v, "invoice_number") || key == "iban" || key == "partner_street" {
				all = append(all, folded(v))
			}
		case float64:
			if key == "amount" {
				all = append(all, folded(strings.TrimSuffix(strconv.FormatFloat(v, 'f', 2, 64), ".00")))
			}
		case []any:
			for _, line := range v {
				if m, ok := line.(map[string]any); ok {
					for _, part := range []any{m["name"], m["desc"]} {
						if s, ok := part.(string); ok {
							all = append(all, folded(strings.Split(s, "\n")[0]))
						}
					}
				}
			}
		}
	}
	return all
}

// folded leaves what two programs agree on: neither white space nor the kind of
// decimal mark.
func folded(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), ""), ",", ".")
}

func TestPDFText_finds_the_XML_of_e_invoices(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	files := append(corpus(t, "einvoice/zugferd-corpus-fx/*.pdf"), corpus(t, "einvoice/akretion-facturx/pdf/*.pdf")...)
	for _, name := range files {
		got, err := pdfText(t, s, readFile(t, name))
		if err != nil || len(got.Pages) == 0 || strings.TrimSpace(strings.Join(got.Pages, "")) == "" {
			t.Errorf("%s: %d pages, %v", filepath.Base(name), len(got.Pages), err)
			continue
		}
		roots := 0
		for _, f := range got.Files {
			if root := rootOf(f.Data); root == "CrossIndustryInvoice" || root == "CrossIndustryDocument" || root == "SCRDMCCBDACIOMessageStructure" {
				roots++
			}
		}
		if want := 1; roots != want && !strings.Contains(name, "without_embedded") {
			t.Errorf("%s: %d invoices among %d files", filepath.Base(name), roots, len(got.Files))
		}
	}
}

// rootOf returns the local name of the root element, "" for what is no XML.
func rootOf(data []byte) string {
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := d.Token()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return ""
			}
			return ""
		}
		if e, ok := token.(xml.StartElement); ok {
			return e.Name.Local
		}
	}
}

func BenchmarkPDFText(b *testing.B) {
	s, data := newSession(b), bigBill(b)
	if _, err := pdfText(b, s, data); err != nil { // starts the helper
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if got, err := pdfText(b, s, data); err != nil || len(got.Pages) != 1 {
			b.Fatal(err)
		}
	}
}
