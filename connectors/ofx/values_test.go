package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/domicile-home/domicile/sdk/record"
)

func TestAmount(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"12.30": "12.30", "-12,30": "-12.30", "+4000.00": "4000.00", "-140": "-140", "-33.3": "-33.3", ".24": "0.24", "5.": "5", "-,5": "-0.5",
		"-00000000001500.0000": "-1500.00", "+00000000000115.8331": "115.8331", "0": "0", "-0.00": "0.00", "1.234,56": "1234.56", "1,234.56": "1234.56",
		"1.234.567": "1234567", "1 234,56": "1234.56", "1\u00a0234,56": "1234.56", "1'234.50": "1234.50", "12.30-": "-12.30", "\u221212.30": "-12.30",
		"1,234": "1.234", "$120": "120", "R$ 5.326,43": "5326.43", "R$ -0,50": "-0.50", "-€12": "-12", "12,30 €": "12.30", "US$ 5": "5", ".": "0", " ,": "0", "999999999999999.99": "999999999999999.99",
	} {
		if got, err := amount(text); err != nil || string(got) != want {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"USD 120", "$", "1.2.3", "1,23,456.78", "--1", "-", "-.", "N/A", "1e3", "12.30 EUR", "12345678901234567", "0.123456789", "1.234,567,8", "+-1", "-1-"} {
		if got, err := amount(text); !errors.Is(err, record.ErrMoney) {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
	if _, err := amount(" "); !errors.Is(err, errNoAmount) {
		t.Errorf("blank: got %v", err)
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"20160429": "2016-04-29", "20160720000000": "2016-07-20", "20110331120000.000": "2011-03-31", "20140315000000[-5:EST]": "2014-03-15",
		"20160720060656": "2016-07-20T06:06:56Z", "20071015021529.000[-8:PST]": "2007-10-15T02:15:29-08:00", "20130525225731.258": "2013-05-25T22:57:31.258Z",
		"20190918100000[-03:EST]": "2019-09-18T10:00:00-03:00", "20160720060656[0:GMT]": "2016-07-20T06:06:56Z", "20160720060656[+5.30:IST]": "2016-07-20T06:06:56+05:30",
		"20160720060656[-3.5]": "2016-07-20T06:06:56-03:30", "201607200606": "2016-07-20T06:06:00Z", "20091217162416.000[-:EST]": "2009-12-17", "20160720250000": "2016-07-20",
		"2016-07-20": "2016-07-20", "2016-07-20T06:06:56": "2016-07-20T06:06:56Z", "30/06/2025": "2025-06-30", "06/30/2025": "2025-06-30", "05/05/2025": "2025-05-05", "20160720 060656": "2016-07-20T06:06:56Z", "20160720060656[x:y]": "2016-07-20",
	} {
		if got, err := date(text); err != nil || got.String() != want {
			t.Errorf("%q: got %s, %v, want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]struct {
		rough string
		err   error
	}{
		"": {"", errNoDate}, "00000000": {"", errNoDate}, "00000000000000": {"", errNoDate}, "05/06/2025": {"", errDate}, "31/02/2025": {"", errDate}, "2016": {"", errDate}, "June 1st 2016": {"", errDate},
		"20120231": {"2012-02", errImpossible}, "201120000000": {"2011", errImpossible}, "99990101": {"", errImpossible},
	} {
		if got, err := date(text); !errors.Is(err, want.err) || got.String() != want.rough {
			t.Errorf("%q: got %s, %v, want %s, %v", text, got, err, want.rough, want.err)
		}
	}
}

func TestCharset(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 40<<10) // over a buffer's end, at odd places
	for text, want := range map[string]charset{
		"": utf8Text, "plain": utf8Text, "caf\u00e9": utf8Text, "\ufeffx": utf8Text, "caf\xe9": windows1252, "\xe9": windows1252, "caf\xc3": windows1252,
		long: utf8Text, "x" + long: utf8Text, "xy" + long + "\xe9": windows1252, long + "\xe2\x82": windows1252,
	} {
		if got, err := sniff(strings.NewReader(text)); err != nil || got != want {
			t.Errorf("%.20q: got %v, %v", text, got, err)
		}
	}
	var all []byte
	for b := range 256 {
		all = append(all, byte(b))
	}
	const high = "€\ufffd‚ƒ„…†‡ˆ‰Š‹Œ\ufffdŽ\ufffd\ufffd‘’“”•–—˜™š›œ\ufffdžŸ"
	want := string(all[:0x80]) + high
	for r := rune(0xa0); r <= 0xff; r++ {
		want += string(r)
	}
	if got := windows1252.text(all); got != want {
		t.Errorf("got %q", got)
	}
}

func TestUnescape(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a": "a", "AT&T": "AT&T", "a &amp; b": "a & b", "&lt;&gt;&quot;&apos;": `<>"'`, "&#233;&#xE9;&#XE9;": "ééé", "&nbsp;": "\u00a0",
		"&bogus;": "&bogus;", "&": "&", "&&amp;;": "&&;", "&#xD800;&#1114112;&#;&#0;": "&#xD800;&#1114112;&#;&#0;", "&amp;lt;": "&lt;", "&éééééé;": "&éééééé;",
	} {
		if got := unescape(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestIBAN(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"FR7630006000011234567890189": true, "FR76 3000 6000 0112 3456 7890 189": true, "DE89370400440532013000": true,
		"FR7630006000011234567890188": false, "12345678901234567": false, "": false, "fr7630006000011234567890189": false, "É0006000011234567890189": false,
	} {
		if isIBAN(text) != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}

func FuzzAmount(f *testing.F) {
	for _, s := range []string{"12.30", "-12,30", "+00000000000115.8331", "1.234,56", "1 234,56", "R$ 5", ".", "-", "1.234.567", "12.30-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := amount(s)
		if err != nil {
			return
		}
		if _, err := record.ParseMoney(string(m)); err != nil {
			t.Errorf("%q became %q", s, m)
		}
		if again, err := amount(string(m)); err != nil || again != m {
			t.Errorf("%q became %q, then %q, %v", s, m, again, err)
		}
	})
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"20160429", "20071015021529.000[-8:PST]", "20091217162416.000[-:EST]", "00000000", "20120231", "2016-07-20T06:06:56", "20160720060656[+5.30:IST]", "30/06/2025"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, err := date(s)
		if err == nil && at.Precision() < record.Day {
			t.Errorf("%q is known less than to the day: %s", s, at)
		}
		if at.IsZero() {
			return
		}
		if y, _, _ := at.Civil(); y < 1900 || y > 2199 || !strings.Contains(strings.NewReplacer("-", "", ":", "", "T", "", " ", "").Replace(s), at.String()[:4]) {
			t.Errorf("%q became %s", s, at)
		}
		if back, err := record.ParseTime(at.String()); err != nil || back != at && back.String() != at.String() {
			t.Errorf("%q became %s, which reads as %s, %v", s, at, back, err)
		}
	})
}

func FuzzCharset(f *testing.F) {
	for _, s := range []string{"", "é", "\xe9", "\xff\xfe", "a\xc3", "\xef\xbb\xbf", "€\x80"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := sniff(bytes.NewReader(b))
		if err != nil {
			return
		}
		if want := utf8.Valid(b); (c == utf8Text) != want {
			t.Errorf("%q: got charset %d", b, c)
		}
		for _, c := range []charset{utf8Text, windows1252} {
			if text := c.text(b); !utf8.ValidString(text) || utf8.RuneCountInString(text) > len(b) {
				t.Errorf("%q became %q", b, text)
			}
		}
		if text := fold(unescape(c.text(b))); text != fold(text) {
			t.Errorf("%q folds to %q, then %q", b, text, fold(text))
		}
	})
}

// FuzzFile reads anything as a file. What the first reading accepts, the
// second must emit, whole.
func FuzzFile(f *testing.F) {
	line := tags("DTPOSTED", "20260202", "TRNAMT", "-1.50", "FITID", "7", "NAME", "Café")
	f.Add(sample(line + line))
	f.Add([]byte("<OFX><INVSTMTRS><INVACCTFROM><ACCTID>1</INVACCTFROM><INVTRANLIST><BUYMF><INVBUY><INVTRAN><DTTRADE>20260101</INVTRAN></INVBUY></BUYMF></INVTRANLIST></INVSTMTRS></OFX>"))
	f.Add([]byte("<OFX><STMTRS><BANKTRANLIST><STMTTRN><TRNAMT>1<STMTTRN><TRNAMT>2</BANKTRANLIST></OFX>"))
	f.Add([]byte("<OFX><!-- --><![CDATA[<OFX>]]></OFX/><a:b c='d'/>&#1;&amp;<STATUS><SEVERITY>ERROR"))
	f.Add([]byte("<OFX><STMTRS><STMTRS><CCSTMTRS><STMTTRNP><TRNAMT>1</OFX>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := look(bytes.NewReader(b), utf8Text)
		if err != nil {
			if !strings.Contains(err.Error(), "invalid_file") {
				t.Errorf("%q: %v", b, err)
			}
			return
		}
		h, res := play(t, b)
		n := len(of[record.Transaction](t, h, record.TypeTransaction)) + len(of[record.Document](t, h, record.TypeDocument))
		if res.Err != nil || n != v.total {
			t.Errorf("%q: %d of %d, %v", b, n, v.total, res.Err)
		}
	})
}
