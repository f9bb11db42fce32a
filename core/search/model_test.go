package search_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/sdk/record"
)

// soak tells how many rounds a random test makes: few, or many when
// DOMICILE_SOAK is set.
func soak(few, many int) int {
	if os.Getenv("DOMICILE_SOAK") != "" {
		return many
	}
	return few
}

// lexicon is words by meaning: those of one line are forms of one word, and
// one word only.
var lexicon = [][]string{
	{"facture", "factures", "facturée", "Facturés"}, {"bill", "bills", "billing"}, {"virement", "virements"},
	{"payment", "payments"}, {"électricité"}, {"été"}, {"cheval", "chevaux"}, {"orange"}, {"fr7630"}, {"ref77"}, {"77.55"}, {"de"}, {"la"}, {"à"},
}

// generator makes random records and queries of the lexicon.
type generator struct {
	*rand.Rand
	sources []core.SourceID
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 0))}
}

func (g *generator) word() string {
	forms := lexicon[g.IntN(len(lexicon))]
	return forms[g.IntN(len(forms))]
}

func (g *generator) text(most int) string {
	var words []string
	for range g.IntN(most + 1) {
		words = append(words, g.word())
	}
	return strings.Join(words, " ")
}

func (g *generator) document() search.Document {
	d := search.Document{Title: g.text(3), Type: record.Types()[g.IntN(4)], Text: []string{g.text(6), g.text(4)}}
	switch g.IntN(8) {
	case 0:
	case 1:
		d.Time = record.Instant(time.Date(2025, time.Month(g.IntN(12)), g.IntN(28), g.IntN(24), 0, 0, 0, time.FixedZone("", 3600*(g.IntN(25)-12))))
	default:
		d.Time = record.Date(2024+g.IntN(3), time.Month(1+g.IntN(12)), 1+g.IntN(28))
	}
	for range g.IntN(3) {
		d.Tags = append(d.Tags, []string{"Été", "to pay", "house", "houses"}[g.IntN(4)])
	}
	for range g.IntN(3) {
		d.Amounts = append(d.Amounts, record.Money(fmt.Sprintf("%d.%d", g.IntN(200)-100, 1+g.IntN(9))))
	}
	return d
}

// A question is a query with what the naive searcher understands by it.
type question struct {
	text  string
	match func(search.Document) bool
}

// question returns a random query of one or two parts.
func (g *generator) question() question {
	q := g.part()
	for range g.IntN(3) {
		more, first := g.part(), q.match
		q.text += " " + more.text
		q.match = func(d search.Document) bool { return first(d) && more.match(d) }
	}
	return q
}

func (g *generator) part() question {
	q := g.positive()
	if g.IntN(4) == 0 {
		match := q.match
		return question{"-" + q.text, func(d search.Document) bool { return !match(d) }}
	}
	return q
}

func (g *generator) positive() question {
	switch g.IntN(10) {
	case 8:
		written, tag := `tag:"To pay"`, "to pay"
		if g.IntN(2) == 0 {
			written, tag = "étiquette:ete", "Été"
		}
		return question{written, func(d search.Document) bool { return slices.Contains(d.Tags, tag) }}
	case 9:
		return question{"tag:hou*", func(d search.Document) bool {
			return slices.Contains(d.Tags, "house") || slices.Contains(d.Tags, "houses")
		}}
	case 0:
		year := 2024 + g.IntN(3)
		return question{fmt.Sprintf("before:%d", year), func(d search.Document) bool {
			y, _, _ := d.Time.Civil()
			return !d.Time.IsZero() && y < year
		}}
	case 1:
		year, month := 2024+g.IntN(3), time.Month(1+g.IntN(12))
		return question{fmt.Sprintf("on:%d-%02d", year, month), func(d search.Document) bool {
			y, m, _ := d.Time.Civil()
			return !d.Time.IsZero() && y == year && m == month
		}}
	case 2:
		least := 1 + g.IntN(100)
		return question{fmt.Sprintf("amount:>=%d", least), func(d search.Document) bool {
			return slices.ContainsFunc(d.Amounts, func(m record.Money) bool {
				a, _ := search.AmountOf(m)
				return a >= search.Amount(least*10000) || -a >= search.Amount(least*10000)
			})
		}}
	case 3:
		prefix := []string{"fact", "f", "vir", "ch", "ele", "ref7", "zz"}[g.IntN(7)]
		return question{prefix + "*", func(d search.Document) bool {
			return hasWord(d, func(w string) bool { return strings.HasPrefix(plainWord(w), prefix) })
		}}
	case 4:
		return g.phrase()
	default:
		forms := lexicon[g.IntN(len(lexicon))]
		return question{forms[g.IntN(len(forms))], func(d search.Document) bool {
			return hasWord(d, func(w string) bool { return slices.Contains(forms, w) })
		}}
	}
}

func (g *generator) phrase() question {
	first, second := g.word(), g.word()
	want := plainWord(first) + " " + plainWord(second)
	return question{`"` + first + " " + second + `"`, func(d search.Document) bool {
		return slices.ContainsFunc(append([]string{d.Title}, d.Text...), func(text string) bool {
			return strings.Contains(" "+plainWord(text)+" ", " "+want+" ")
		})
	}}
}

// plainWord folds the words of the lexicon.
func plainWord(text string) string {
	return strings.NewReplacer("é", "e", "à", "a", "F", "f").Replace(text)
}

func hasWord(d search.Document, is func(string) bool) bool {
	for _, text := range append([]string{d.Title}, d.Text...) {
		if slices.ContainsFunc(strings.Fields(text), is) {
			return true
		}
	}
	return false
}

// naive returns what the question matches in the journal, newest first.
func (j *journal) naive(q question) []core.Ref {
	var found []search.Document
	for _, d := range j.documents {
		if q.match(d) {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b search.Document) int {
		return cmp.Or(cmp.Compare(day(b), day(a)), b.Time.Instant(time.UTC).Compare(a.Time.Instant(time.UTC)),
			cmp.Compare(b.Ref.Seq, a.Ref.Seq), strings.Compare(a.Ref.Source.String(), b.Ref.Source.String()))
	})
	refs := []core.Ref{}
	for _, d := range found {
		refs = append(refs, d.Ref)
	}
	return refs
}

func day(d search.Document) int {
	if d.Time.IsZero() {
		return -1
	}
	y, m, n := d.Time.Civil()
	return y*10000 + int(m)*100 + n
}

// step changes the journal at random.
func (g *generator) step(j *journal) {
	if len(g.sources) < 3 {
		g.sources = append(g.sources, core.NewSourceID())
	}
	source := g.sources[g.IntN(len(g.sources))]
	switch n := g.IntN(100); {
	case n < 70 || len(j.documents) == 0:
		j.add(source, g.document())
	case n < 88:
		j.update(g.someRef(j), g.document())
	case n < 99:
		j.remove(g.someRef(j))
	default:
		j.drop(source)
		g.sources = slices.DeleteFunc(g.sources, func(id core.SourceID) bool { return id == source })
	}
}

// someRef returns a random record of the journal.
func (g *generator) someRef(j *journal) core.Ref {
	refs := make([]core.Ref, 0, len(j.documents))
	for ref := range j.documents {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, func(a, b core.Ref) int { return strings.Compare(a.String(), b.String()) })
	return refs[g.IntN(len(refs))]
}

// compare asks the index random questions and holds the answers against the
// naive searcher's.
func (g *generator) compare(t *testing.T, h *house, questions int) {
	t.Helper()
	for range questions {
		asked := g.question()
		q := search.ParseQuery(asked.text)
		q.IsExact, q.Limit = true, 1000
		result := h.search(t, q)
		got := []core.Ref{}
		for _, hit := range result.Hits {
			got = append(got, hit.Ref)
		}
		want := h.journal.naive(asked)
		if diff := gocmp.Diff(got, want[:min(len(want), 1000)]); diff != "" || result.Total != len(want) || result.IsPartial {
			t.Fatalf("%s: total %d, want %d, partial %v: %s", asked.text, result.Total, len(want), result.IsPartial, diff)
		}
	}
}

// compareBest asks for the first hits of words in order Best: those with more
// of the words in their titles first, else as the naive searcher orders them.
func (g *generator) compareBest(t *testing.T, h *house) {
	t.Helper()
	var text []string
	var lines [][]string
	for range 1 + g.IntN(2) {
		forms := lexicon[g.IntN(len(lexicon))]
		text, lines = append(text, forms[g.IntN(len(forms))]), append(lines, forms)
	}
	count := func(has func(is func(string) bool) bool) (n int) {
		for _, forms := range lines {
			if has(func(w string) bool { return slices.Contains(forms, w) }) {
				n++
			}
		}
		return n
	}
	want := h.journal.naive(question{match: func(d search.Document) bool {
		return count(func(is func(string) bool) bool { return hasWord(d, is) }) == len(lines)
	}})
	score := func(ref core.Ref) int {
		return count(func(is func(string) bool) bool {
			return slices.ContainsFunc(strings.Fields(h.journal.documents[ref].Title), is)
		})
	}
	slices.SortStableFunc(want, func(a, b core.Ref) int { return cmp.Compare(score(b), score(a)) })
	q := search.ParseQuery(strings.Join(text, " "))
	q.Order, q.IsExact, q.Limit = search.Best, true, 1+g.IntN(30)
	result := h.search(t, q)
	got := []core.Ref{}
	for _, hit := range result.Hits {
		got = append(got, hit.Ref)
		if hit.Score != float64(score(hit.Ref)) {
			t.Errorf("%v: %v scores %v, want %d", text, hit.Ref, hit.Score, score(hit.Ref))
		}
	}
	if diff := gocmp.Diff(got, want[:min(len(want), q.Limit)]); diff != "" || result.Total != len(want) {
		t.Fatalf("%v, best first: total %d, want %d: %s", text, result.Total, len(want), diff)
	}
}

// TestIndex_answers_like_a_naive_searcher makes random changes, catches up,
// reopens, loses its cache, and compares answers all along.
func TestIndex_answers_like_a_naive_searcher(t *testing.T) {
	t.Parallel()
	for seed := range uint64(soak(4, 100)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			h, g := newHouse(t), newGenerator(seed)
			h.config = search.Small(h.config)
			h.config.Budget = int64(1 + g.IntN(2)*1_000_000)
			h.reopen(t)
			for range 30 {
				for range g.IntN(60) {
					g.step(h.journal)
				}
				switch g.IntN(12) {
				case 0:
					h.reopen(t)
				case 1:
					h.Close()
					if err := os.RemoveAll(h.config.Dir); err != nil {
						t.Fatal(err)
					}
					h.open(t)
				}
				h.follow(t)
				g.compare(t, h, 12)
				g.compareBest(t, h)
				if got, want := h.Stats().Records, len(h.journal.documents); got != want {
					t.Fatalf("%d records count, want %d", got, want)
				}
			}
		})
	}
}
