package locale_test

import (
	"encoding/json"
	"math"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/sdk/record"
)

func catalogue(t *testing.T, lang locale.Lang) map[string]string {
	t.Helper()
	text, err := os.ReadFile(string(lang) + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var messages map[string]string
	if err := json.Unmarshal(text, &messages); err != nil {
		t.Fatal(err)
	}
	return messages
}

func TestCatalogues_have_the_same_keys_and_places(t *testing.T) {
	t.Parallel()
	place := regexp.MustCompile(`\{[a-z]+\}`)
	en, fr := catalogue(t, locale.English), catalogue(t, locale.French)
	for key, text := range en {
		other, ok := fr[key]
		if !ok || other == "" || text == "" {
			t.Errorf("%s: %q, %q", key, text, other)
			continue
		}
		a, b := place.FindAllString(text, -1), place.FindAllString(other, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s: places %v in English, %v in French", key, a, b)
		}
	}
	for key := range fr {
		if _, ok := en[key]; !ok {
			t.Errorf("%s: only in French", key)
		}
	}
}

func TestCatalogues_say_every_code_and_type(t *testing.T) {
	t.Parallel()
	en := locale.New(locale.English)
	for _, code := range core.Codes() {
		if !en.Has("problem."+string(code)) || !en.Has("problem."+string(code)+".do") {
			t.Errorf("nothing says %s", code)
		}
	}
	for _, name := range record.Types() {
		if !en.Has("type." + string(name)) {
			t.Errorf("nothing names %s", name)
		}
	}
}

func TestFrench_is_spaced_as_French(t *testing.T) {
	t.Parallel()
	breaking := regexp.MustCompile(`[ ](;|!|\?|»|:( |$))|« `)
	for key, text := range catalogue(t, locale.French) {
		if m := breaking.FindString(text); m != "" {
			t.Errorf("%s: %q may break the line before its sign: %s", key, m, text)
		}
	}
}

func TestLocale_formats(t *testing.T) {
	t.Parallel()
	en, fr := locale.New(locale.English), locale.New("fr")
	day := record.Date(2026, time.March, 1)
	for _, tc := range []struct{ got, want string }{
		{en.Money("-1234.5", "EUR"), "−€1,234.50"},
		{fr.Money("-1234.5", "EUR"), "−1\u202f234,50\u00a0€"},
		{en.Money("12", "CHF"), "12.00\u00a0CHF"},
		{fr.Money("0.123", "USD"), "0,123\u00a0$"},
		{en.Money("1,5", "EUR"), "1,5"},
		{en.Time(day), "1 March 2026"},
		{fr.Time(day), "1er mars 2026"},
		{fr.Time(record.MonthOf(2026, time.August)), "août 2026"},
		{en.Int(-1234567), "−1,234,567"},
		{fr.N("sources.records", 0), "0 enregistrement"},
		{en.N("sources.records", 0), "0 records"},
		{fr.N("sources.records", 1200), "1\u202f200 enregistrements"},
		{en.Decimal(0.25, 1), "0.2"},
		{fr.Decimal(12.5, 1), "12,5"},
		{en.Decimal(-1234.5, 2), "−1,234.50"},
		{fr.Decimal(1234567, 0), "1\u202f234\u202f567"},
		{en.Decimal(math.NaN(), 0), "NaN"},
		{en.Number("-1234567.125"), "−1,234,567.125"},
		{fr.Number("0.5"), "0,5"},
		{fr.Number("about 5"), "about 5"},
		{en.Unit("12", "%"), "12%"},
		{fr.Unit("12", "%"), "12\u00a0%"},
		{en.Unit("12", "kWh"), "12\u00a0kWh"},
		{en.Unit("12", ""), "12"},
		{locale.CurrencySign("EUR"), "€"},
		{locale.CurrencySign("CHF"), "CHF"},
		{en.Size(1_499_999), "2\u00a0MB"},
		{string(locale.Match("fr-CA,fr;q=0.8,en;q=0.5")), "fr"},
		{string(locale.Match("de")), "en"},
		{en.T("no.such.key"), "no.such.key"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}

func TestLocale_near_times(t *testing.T) {
	t.Parallel()
	en, fr := locale.New(locale.English), locale.New(locale.French)
	now := time.Date(2026, time.March, 29, 0, 30, 0, 0, time.UTC)
	for _, tc := range []struct {
		days     int
		en, fren string
	}{
		{0, "today", "aujourd’hui"}, {1, "tomorrow", "demain"}, {-1, "yesterday", "hier"}, {2, "in 2 days", "dans 2 jours"},
		{7, "in 7 days", "dans 7 jours"}, {-3, "3 days ago", "il y a 3 jours"}, {8, "6 April 2026", "6 avril 2026"}, {-28, "1 March 2026", "1er mars 2026"},
	} {
		at := now.AddDate(0, 0, tc.days)
		if got := [2]string{en.NearDay(at, now), fr.NearDay(at, now)}; got != [2]string{tc.en, tc.fren} {
			t.Errorf("%d days: got %q", tc.days, got)
		}
	}
	if got := fr.Near(now.Add(-time.Hour), now); got != "hier à 23:30" {
		t.Errorf("got %q", got)
	}
	if got, want := en.Weekday(now), "Sunday 29 March 2026"; got != want {
		t.Errorf("got %q", got)
	}
	if got := fr.DayOfMonth(record.Date(2026, time.March, 1)); got != "dim\u00a01" {
		t.Errorf("got %q", got)
	}
}

func TestCountry(t *testing.T) {
	t.Parallel()
	for code, want := range map[string][2]string{"FR": {"France", "France"}, "DE": {"Germany", "Allemagne"}, "GB": {"United Kingdom", "Royaume-Uni"}, "??": {"??", "??"}} {
		if en, fr := locale.New(locale.English).Country(code), locale.New(locale.French).Country(code); en != want[0] || fr != want[1] {
			t.Errorf("%s is %q and %q", code, en, fr)
		}
	}
}
