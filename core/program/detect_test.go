package program_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// reader loads a program that reads files.
func reader(t testing.TB, id, extension string, detect ...protocol.Detect) *program.Program {
	t.Helper()
	m := protocol.Manifest{Protocol: protocol.Version, Kind: protocol.KindConnector, ID: id, Version: "1.0.0", Name: "name", Description: "name", Licence: "MIT",
		Runtime: "wasm", Module: "m.wasm", Produces: []string{"document"}, Languages: []string{"en", "fr"},
		Accepts: []protocol.Accept{{MediaType: "application/" + id, Extensions: []string{extension}, Detect: detect}}}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	list := &fstest.MapFile{Data: []byte(`{"name": "x"}`)}
	p, err := program.Load(fstest.MapFS{"manifest.json": {Data: text}, "strings/en.json": list, "strings/fr.json": list, "m.wasm": {Data: []byte(wasm)}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func readers(t testing.TB) []*program.Program {
	t.Helper()
	return []*program.Program{
		reader(t, "any-csv", ".csv", protocol.Detect{Name: `(?i)\.csv$`}),
		reader(t, "bank-csv", ".csv", protocol.Detect{Header: "date;libellé;montant"}, protocol.Detect{Match: `^date,`}),
		reader(t, "camt", ".xml", protocol.Detect{Root: "Document", Match: `urn:iso:std:iso:20022:tech:xsd:camt\.05[234]`}),
		reader(t, "iso20022", ".xml", protocol.Detect{Root: "Document"}),
		reader(t, "gpx", ".gpx", protocol.Detect{Root: "gpx"}),
		reader(t, "pdf", ".pdf", protocol.Detect{Magic: "255044462d"}),
		reader(t, "sheet", ".xlsx", protocol.Detect{ZipEntry: "xl/workbook.xml"}),
		reader(t, "archive", ".zip", protocol.Detect{Magic: "504b0304"}),
		reader(t, "twin-a", ".aaa", protocol.Detect{Match: "twins"}),
		reader(t, "twin-b", ".bbb", protocol.Detect{Match: "twins"}),
		reader(t, "same-b", ".s", protocol.Detect{Match: "same"}),
		reader(t, "same-a", ".s", protocol.Detect{Match: "same"}),
		reader(t, "twin-long", ".ccc", protocol.Detect{Match: "twins|twins"}),
	}
}

func archive(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		w, err := z.Create(name) // as a stream: sizes follow the data
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, strings.Repeat(name, 100)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDetect(t *testing.T) {
	t.Parallel()
	programs := readers(t)
	camt := `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">`
	for _, tc := range []struct {
		name, head, want string
	}{
		{"x.csv", "a;b\n", "any-csv"},
		{`C:\Downloads\x.CSV`, "a;b\n", "any-csv"},
		{"x.csv/y", "a;b\n", ""},
		{"x.csv", "date;libellé;montant\r\n1;2;3", "bank-csv"},
		{"x.csv", "\ufeffdate;libellé;montant  \n", "bank-csv"},
		{"x.txt", "date;libellé;montant", "bank-csv"},
		{"x.csv", "date;libellé;montant;solde\n", "any-csv"},
		{"x.csv", "date,amount\n", "bank-csv"},
		{"", "", ""},
		{"x.pdf", "", ""},
		{"x", "%PDF-1.7", "pdf"},
		{"x", "%PDF", ""},
		{"x", "\n%PDF-1.7", ""},

		{"x", camt, "camt"},
		{"x", `<?xml version="1.0" encoding="UTF-8"?>` + "\n<!-- made by <a bank> -->\n" + camt, "camt"},
		{"x", "\ufeff  <?xml version='1.0'?><d:Document xmlns:d='urn:x'>", "iso20022"},
		{"x", `<?xml version="1.0" encoding="ISO-8859-1"?><!-- ` + "\xe9" + ` --><Document a="` + "\xe9" + `">`, "iso20022"},
		{"x", `<!DOCTYPE Document [<!ENTITY a "&b;&b;"><!ENTITY b SYSTEM "file:///etc/passwd">]><gpx>&a;</gpx>`, "gpx"},
		{"x", `<!DOCTYPE gpx><Document/>`, "iso20022"},
		{"x", `<Documents>`, ""},
		{"x", `text <Document>`, ""},
		{"x", `</Document>`, ""},
		{"x", `<Document`, ""},
		{"x", strings.Repeat("<!-- -->", 100) + "<Document>", ""},
		{"x", strings.Repeat("<!DOCTYPE x [", 5000), ""},
		{"x", strings.Repeat(" ", 64<<10) + "<Document>", ""},

		{"x", string(archive(t, "[Content_Types].xml", "xl/workbook.xml")), "sheet"},
		{"x.zip", string(archive(t, "a", "b/xl/workbook.xml")), "archive"},
		{"x.zip", string(archive(t, "a", "xl/workbook.xml.bak")), "archive"},
		{"x.zip", "PK\x03\x04", "archive"},
		{"x.zip", "PK\x03\x04" + strings.Repeat("\xff", 40), "archive"},

		{"x", "twins", "twin-long"},
		{"x.bbb", "twins", "twin-b"},
		{"x.AAA", "twins", "twin-a"},
		{"x", "same", "same-a"},
	} {
		for range 2 { // in any order
			p, accept, ok := program.Detect(programs, tc.name, []byte(tc.head))
			got := ""
			if ok {
				got = p.Manifest.ID
				if accept.MediaType != "application/"+got {
					t.Errorf("%q: got %+v", tc.name, accept)
				}
			}
			if got != tc.want {
				t.Errorf("%q %.60q: got %q, want %q", tc.name, tc.head, got, tc.want)
			}
			slices.Reverse(programs)
		}
	}
}

func TestDetect_looks_at_64_KiB(t *testing.T) {
	t.Parallel()
	programs := []*program.Program{reader(t, "end", ".x", protocol.Detect{Match: "end$"})}
	for pad, want := range map[int]bool{64<<10 - 3: true, 64<<10 - 2: false} {
		head := strings.Repeat(" ", pad) + "end"
		if _, _, ok := program.Detect(programs, "x", []byte(head)); ok != want {
			t.Errorf("after %d bytes: got %v", pad, ok)
		}
	}
}

// FuzzDetect: any bytes, any order, one answer, and one that holds.
func FuzzDetect(f *testing.F) {
	f.Add("x.csv", []byte("date;libellé;montant"))
	f.Add("x", []byte(`<?xml version="1.0" encoding="latin-1"?><!DOCTYPE a [<!ENTITY b "c">]><Document>`))
	f.Add("x.zip", archive(f, "a", "xl/workbook.xml"))
	f.Add("x", []byte("PK\x03\x04\xff\xff"))
	programs := readers(f)
	backwards := slices.Clone(programs)
	slices.Reverse(backwards)
	f.Fuzz(func(t *testing.T, name string, head []byte) {
		p, a, ok := program.Detect(programs, name, head)
		q, b, ok2 := program.Detect(backwards, name, head)
		if ok != ok2 || p != q || fmt.Sprint(a) != fmt.Sprint(b) {
			t.Fatalf("%q: got %v and %v", name, p, q)
		}
		if ok && p.Manifest.ID == "pdf" && !bytes.HasPrefix(head, []byte("%PDF-")) {
			t.Fatalf("%q is no PDF", head)
		}
	})
}

func TestDetect_asks_the_last_when_no_other_fits(t *testing.T) {
	t.Parallel()
	last := reader(t, "all", ".csv", protocol.Detect{Header: "date;montant", Match: "^date"})
	m := last.Manifest
	m.Accepts[0].Last = true
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	list := &fstest.MapFile{Data: []byte(`{"name": "x"}`)}
	if last, err = program.Load(fstest.MapFS{"manifest.json": {Data: text}, "strings/en.json": list, "strings/fr.json": list, "m.wasm": {Data: []byte(wasm)}}); err != nil {
		t.Fatal(err)
	}
	other := reader(t, "other", ".x", protocol.Detect{Name: `^releve`})
	for name, want := range map[string]string{"releve.csv": "other", "other.csv": "all"} {
		for _, programs := range [][]*program.Program{{last, other}, {other, last}} {
			if p, _, ok := program.Detect(programs, name, []byte("date;montant\n")); !ok || p.Manifest.ID != want {
				t.Errorf("%s: want %s", name, want)
			}
		}
	}
}
