package main

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/sdk/record"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{ // by comma, by point; "" for no such reading
		"12,30": {"12.30", ""}, "12.30": {"", "12.30"}, "12": {"12", "12"}, "0": {"0", "0"}, "1,234": {"1.234", "1234"}, "1.234": {"1234", "1.234"},
		"1.234,56": {"1234.56", ""}, "1,234.56": {"", "1234.56"}, "1.234.567": {"1234567", ""}, "1 234,50 €": {"1234.50", ""}, "1\u202f234,50": {"1234.50", ""},
		"-12,3": {"-12.3", ""}, "−12,3": {"-12.3", ""}, "12,30-": {"-12.30", ""}, "+7": {"7", "7"}, "(5.00)": {"", "-5.00"}, "($5.00)": {"", "-5.00"}, "5.00 CR": {"", "5.00"}, "5.00DR": {"", "-5.00"},
		"€3.20": {"", "3.20"}, "-€3.20": {"", "-3.20"}, "€-3.20": {"", "-3.20"}, "EUR 3,20": {"3.20", ""}, "3,20 eur": {"3.20", ""}, "$1,234.5": {"", "1234.5"}, "R$ 5.326,43": {"5326.43", ""}, "1'234.50 CHF": {"", "1234.50"},
		"0,123": {"0.123", ""}, "00012": {"12", "12"}, ",5": {"0.5", ""}, "5,": {"5", ""}, "12,300000": {"12.30", ""}, "-0,00": {"0.00", ""}, "999999999999999.99": {"", "999999999999999.99"},
		"": {}, "-": {}, "€": {}, "abc": {}, "1,2,3": {}, "1.2.3": {}, "12 34": {}, "1 2345": {}, "--1": {}, "+-1": {}, "-1-": {}, "(-1)": {}, "1e3": {}, "=1+2": {}, "=SUM(A1)": {}, "1,234,56": {}, "12 et 3": {},
		"12 beans": {}, "€5$": {}, "EUR 5 USD": {}, "12345678901234567": {}, "0.123456789": {}, "1,23,456.78": {}, "1.234,567,8": {}, "5.00 XCR": {}, "N/A": {}, "1 234 5,00": {}, "5%": {},
	} {
		n, ok := readNumber(text)
		for i, d := range []decimals{comma, point} {
			got, read := n.money(d)
			if !ok {
				got, read = "", false
			}
			if string(got) != want[i] || read != (want[i] != "") {
				t.Errorf("%q by %s: got %q, want %q", text, d.name(), got, want[i])
			}
		}
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{ // by dmy, mdy and ymd; - for no such reading
		"2026-01-25": "2026-01-25 2026-01-25 2026-01-25", "2026/1/5": "2026-01-05 2026-01-05 2026-01-05", "20260125": "2026-01-25 2026-01-25 2026-01-25", "25012026": "2026-01-25 - -",
		"25/01/2026": "2026-01-25 - -", "01/25/2026": "- 2026-01-25 -", "05/06/2026": "2026-06-05 2026-05-06 -", "05.06.2026": "2026-06-05 - -", "01.25.2026": "- 2026-01-25 -", "5-6-26": "2026-06-05 2026-05-06 -",
		"26/01/25": "2025-01-26 - 2026-01-25", "99/01/25": "- - 1999-01-25", "25 Jan 2026": "2026-01-25 2026-01-25 2026-01-25", "12-Dec-2019": "2019-12-12 2019-12-12 2019-12-12", "Feb 27, 2018": "2018-02-27 2018-02-27 2018-02-27",
		"27. Februar 2018": "2018-02-27 2018-02-27 2018-02-27", "1er août 2026": "2026-08-01 2026-08-01 2026-08-01", "3 févr. 2026": "2026-02-03 2026-02-03 2026-02-03", "10 ene 26": "2026-01-10 2026-01-10 2026-01-10", "2 mrt 2026": "2026-03-02 2026-03-02 2026-03-02",
		"25/01/2026 10:33": "2026-01-25 - -", "01/25/2026 6:50 PM": "- 2026-01-25 -", "2026-01-25T10:33:00": "2026-01-25 2026-01-25 2026-01-25", "2026-01-25 10:33:00 +0000": "2026-01-25T10:33:00Z 2026-01-25T10:33:00Z 2026-01-25T10:33:00Z",
		"2026-01-25 10:33:00 UTC": "2026-01-25T10:33:00Z 2026-01-25T10:33:00Z 2026-01-25T10:33:00Z", "2019.04.19.": "2019-04-19 2019-04-19 2019-04-19",
		"": "", "31/02/2026": "", "00/00/2026": "", "2026-13-01": "", "1.234,56": "", "12345678": "", "1/2": "", "25 Foo 2026": "", "1 jui 2026": "", "2026": "", "3000-01-01": "", "1111/11/11": "", "-12.30": "", "192.168.1.1": "", "10:33": "", "12 34 56 78": "",
	} {
		d, ok := readDate(text)
		var got []string
		for _, o := range everyOrder() {
			if at, read := d.at(o); ok && read {
				got = append(got, at.String())
			} else if ok {
				got = append(got, "-")
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"a;b": {"a", "b"}, "": {""}, ";": {"", ""}, ` "a;b" ; c `: {"a;b", "c"}, `"a ""b"" c";d`: {`a "b" c`, "d"}, `a "b" c;d`: {`a "b" c`, "d"}, `"a "b" c";d`: {`a "b" c`, "d"}, `"";""`: {"", ""},
		`="0012";x`: {"0012", "x"}, `"=""0012""";x`: {"0012", "x"}, "=1+2;x": {"=1+2", "x"},
	} {
		got, isOpen := split(text, ';', obeyQuotes)
		if diff := cmp.Diff(got, want); diff != "" || isOpen {
			t.Errorf("%q: %s %v", text, diff, isOpen)
		}
	}
	if _, isOpen := split(`a;"b`, ';', obeyQuotes); !isOpen {
		t.Error("a quote that is not closed")
	}
}

// rowsOf reads the rows of a text.
func rowsOf(tb testing.TB, data []byte, sign byte) (all []row) {
	tb.Helper()
	src, err := open(io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data))))
	if err != nil {
		return nil
	}
	r := src.rows(sign)
	for {
		one, err := r.next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			return nil
		}
		all = append(all, one)
	}
}

func TestRows_lose_none_to_a_quote_that_nobody_closes(t *testing.T) {
	t.Parallel()
	text := "1/1/26;\"a;1,0\n1/1/26;\"b\";2,0\n1/1/26;\"c\nd; e; f\";3,0\n\"1/1/26\";\"g;\"4,0\"\n\"1/1/26\";\"e;\"5,0\"\n1/1/26;\"h;6,0\n" + strings.Repeat("x;y;z\n", 60)
	var lines []int
	for _, r := range rowsOf(t, []byte(text), ';') {
		lines = append(lines, r.line)
	}
	if len(lines) != 66 || !slices.Equal(lines[:7], []int{1, 2, 3, 5, 6, 7, 8}) {
		t.Errorf("%d rows: %v", len(lines), lines)
	}
}

// FuzzRows holds that every line with something written is in a row, in order,
// and that cells hold no more than the file does.
func FuzzRows(f *testing.F) {
	f.Add([]byte(french), byte(';'))
	f.Add([]byte("a,\"b\r\nc\",d\r\"e,f\n\n\xe9"), byte(','))
	f.Add([]byte("\xff\xfea\x00\t\x00\x00\xd8"), byte('\t'))
	f.Fuzz(func(t *testing.T, data []byte, sign byte) {
		if !strings.ContainsRune(";,\t|", rune(sign)) {
			return
		}
		line, size := 0, 0
		for _, r := range rowsOf(t, data, sign) {
			if r.line <= line {
				t.Fatalf("line %d after %d", r.line, line)
			}
			line = r.line
			for _, cell := range r.cells {
				size += len(cell)
			}
		}
		if size > 4*len(data)+4 {
			t.Fatalf("%d bytes of cells from %d", size, len(data))
		}
	})
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"1 234,50 €", "(5.00)", "7.00DR", "R$ 5.326,43", "1.234.567", "−3", "=1+2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := readNumber(s)
		for _, d := range []decimals{comma, point} {
			m, read := n.money(d)
			if !ok || !read {
				continue
			}
			if _, err := record.ParseMoney(string(m)); err != nil {
				t.Errorf("%q became %q", s, m)
			}
			again, ok := readNumber(string(m))
			if back, read := again.money(point); !ok || !read || back != m {
				t.Errorf("%q became %q, then %q", s, m, back)
			}
		}
	})
}

func FuzzDay(f *testing.F) {
	for _, s := range []string{"25/01/2026", "5-6-26", "12-Dec-2019", "2026-01-25T10:33:00Z", "1er août 2026", "25012026", "2019.04.19."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := readDate(s)
		for _, o := range everyOrder() {
			at, read := d.at(o)
			if !ok || !read {
				continue
			}
			if y, _, _ := at.Civil(); y < 1900 || y > 2199 || at.Precision() < record.Day {
				t.Errorf("%q became %s", s, at)
			}
			if _, err := record.ParseTime(at.String()); err != nil {
				t.Errorf("%q became %s: %v", s, at, err)
			}
		}
	})
}
