package match_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/match"
)

// A story is a case of testdata/cases.txt: bills and lines, and all that is to
// be found of them.
type story struct {
	name  string
	bills []map[string]any
	lines []map[string]any
	want  []string
}

// stories reads the cases. A line of the file is "bill id|vendor|amount|issued|due|k=v…",
// "line id|amount|day|label|k=v…", or what is wanted: "pair bills=lines",
// "none bill reason", "double bill lines", "rise before>after day", "forgotten label".
// "line*12" is one of twelve months, and "line*3y" of three years: t1, t2 and so on.
func stories(t testing.TB) (all []story) {
	t.Helper()
	raw, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	for text := range strings.Lines(string(raw)) {
		text = strings.TrimSpace(text)
		word, rest, _ := strings.Cut(text, " ")
		if word, times, ok := strings.Cut(word, "*"); ok {
			repeat(t, &all[len(all)-1], word, times, strings.Split(rest, "|"))
			continue
		}
		f := strings.Split(rest, "|")
		last := len(all) - 1
		switch word {
		case "":
		case "#":
			all = append(all, story{name: rest})
		case "bill":
			all[last].bills = append(all[last].bills, object(f, "id", "vendor", "amount", "issued", "due"))
		case "line":
			all[last].lines = append(all[last].lines, object(f, "id", "amount", "booked", "label"))
		default:
			all[last].want = append(all[last].want, text)
		}
	}
	return all
}

// repeat adds a bill or a line for some months, or for some years.
func repeat(t testing.TB, s *story, word, times string, f []string) {
	t.Helper()
	count, yearly := strings.CutSuffix(times, "y")
	n, err := strconv.Atoi(count)
	if err != nil {
		t.Fatal(err)
	}
	for k := range n {
		g := slices.Clone(f)
		g[0] += strconv.Itoa(k + 1)
		for i, v := range g {
			if day, err := time.Parse(time.DateOnly, v); err == nil && yearly {
				g[i] = day.AddDate(k, 0, 0).Format(time.DateOnly)
			} else if err == nil {
				g[i] = day.AddDate(0, k, 0).Format(time.DateOnly)
			}
		}
		if word == "bill" {
			s.bills = append(s.bills, object(g, "id", "vendor", "amount", "issued", "due"))
		} else {
			s.lines = append(s.lines, object(g, "id", "amount", "booked", "label"))
		}
	}
}

func object(values []string, keys ...string) map[string]any {
	o := map[string]any{"currency": "EUR", "bank_account": "a"}
	for n, v := range values {
		k := ""
		if n < len(keys) {
			k = keys[n]
		} else {
			k, v, _ = strings.Cut(v, "=")
		}
		o[k] = v
		if k == "is_refund" {
			o[k] = true
		}
	}
	return o
}

func (s story) document() []byte {
	b, err := json.Marshal(map[string]any{"bills": append([]map[string]any{}, s.bills...), "transactions": append([]map[string]any{}, s.lines...)})
	if err != nil {
		panic(err)
	}
	return b
}

func answer(t testing.TB, raw []byte) match.Answer {
	t.Helper()
	in, err := match.Read(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	found, err := match.Match(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// found says an answer in the words of the cases.
func found(a match.Answer) (got []string) {
	for _, p := range a.Pairs {
		kind := "pair"
		if p.Kind == match.Refund {
			kind = "refund"
		}
		got = append(got, kind+" "+strings.Join(p.Bills, "+")+"="+strings.Join(p.Transactions, "+"))
	}
	for _, u := range a.Unmatched {
		got = append(got, "none "+u.Bill+" "+u.Reason)
	}
	for _, d := range a.DoubleDebits {
		got = append(got, "double "+d.Bill+" "+strings.Join(d.Transactions, "+"))
	}
	for _, r := range a.PriceRises {
		got = append(got, fmt.Sprintf("rise %s>%s %s", r.Before, r.After, r.From))
	}
	for _, r := range a.Recurring {
		if r.Forgotten {
			got = append(got, "forgotten "+r.Label)
		}
	}
	slices.Sort(got)
	return got
}

func TestMatch_pairs_what_belongs_together_and_nothing_else(t *testing.T) {
	t.Parallel()
	all := stories(t)
	if len(all) < 90 {
		t.Fatalf("%d cases", len(all))
	}
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			slices.Sort(s.want)
			if got := found(answer(t, s.document())); !slices.Equal(got, s.want) {
				t.Errorf("got %q, want %q", got, s.want)
			}
		})
	}
}

func TestMatch_order_of_input_changes_nothing(t *testing.T) {
	t.Parallel()
	for _, s := range stories(t) {
		want := answer(t, s.document())
		r := rand.New(rand.NewPCG(1, 2))
		for range 5 {
			r.Shuffle(len(s.bills), func(i, j int) { s.bills[i], s.bills[j] = s.bills[j], s.bills[i] })
			r.Shuffle(len(s.lines), func(i, j int) { s.lines[i], s.lines[j] = s.lines[j], s.lines[i] })
			if got := answer(t, s.document()); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %q, want %q", s.name, found(got), found(want))
			}
		}
	}
}

func TestMatch_an_unrelated_line_changes_nothing(t *testing.T) {
	t.Parallel()
	for _, s := range stories(t) {
		if len(s.lines) == 0 {
			continue
		}
		want := found(answer(t, s.document()))
		s.lines = append(s.lines, map[string]any{"id": "other", "amount": "-7777.77", "currency": "EUR", "booked": s.lines[0]["booked"], "label": "CB ZANZIBAR"})
		if got := found(answer(t, s.document())); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", s.name, got, want)
		}
	}
}

func TestMatch_no_line_is_in_two_pairs(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var s story
		for n := range 12 {
			day := fmt.Sprintf("2026-01-%02d", 1+r.IntN(28))
			s.bills = append(s.bills, object([]string{fmt.Sprint("b", n), []string{"Ondine", "Armor"}[r.IntN(2)], fmt.Sprint(10 * (1 + r.IntN(4))), day, day}, "id", "vendor", "amount", "issued", "due"))
			s.lines = append(s.lines, object([]string{fmt.Sprint("t", n), fmt.Sprint(-10 * (1 + r.IntN(6))), day, []string{"PRLV ONDINE", "CB ARMOR", "CHQ"}[r.IntN(3)]}, "id", "amount", "booked", "label"))
		}
		seen := map[string]bool{}
		for _, p := range answer(t, s.document()).Pairs {
			for _, id := range append(slices.Clone(p.Transactions), p.Bills...) {
				if seen[id] {
					t.Fatalf("%s is in two pairs of %s", id, s.document())
				}
				seen[id] = true
			}
		}
	}
}

// BenchmarkMatch is ten years: 5,000 bills and 100,000 lines.
func BenchmarkMatch(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	var s story
	for n := range 5000 {
		day := fmt.Sprintf("%d-%02d-%02d", 2016+n%10, 1+n/10%12, 1+n/120%28)
		vendor, amount := fmt.Sprintf("Vendeur%c%c", 'A'+n%7, 'A'+n/7%6), fmt.Sprintf("%d.%02d", 5+r.IntN(90), r.IntN(100))
		s.bills = append(s.bills, object([]string{fmt.Sprint("b", n), vendor, amount, day, day}, "id", "vendor", "amount", "issued", "due"))
		s.lines = append(s.lines, object([]string{fmt.Sprint("t", n), "-" + amount, day, "PRLV SEPA " + vendor}, "id", "amount", "booked", "label"))
	}
	for n := range 95000 {
		day := fmt.Sprintf("%d-%02d-%02d", 2016+n%10, 1+n/10%12, 1+n/120%28)
		s.lines = append(s.lines, object([]string{fmt.Sprint("o", n), fmt.Sprintf("-%d.%02d", 1+r.IntN(150), r.IntN(100)), day, fmt.Sprintf("CARTE X4417 BOUTIQUE %c%c%c", 'A'+r.IntN(26), 'A'+r.IntN(26), 'A'+r.IntN(26))}, "id", "amount", "booked", "label"))
	}
	raw := s.document()
	for b.Loop() {
		if n := len(answer(b, raw).Pairs); n < 4900 {
			b.Fatalf("%d pairs", n)
		}
	}
}

func TestMatch_ends_with_its_context(t *testing.T) {
	t.Parallel()
	in, err := match.Read(strings.NewReader(`{"bills":[],"transactions":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := match.Match(ctx, in); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
