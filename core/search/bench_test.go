package search_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/en"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/sdk/record"
)

// benchRecords is how many records the comparison is made with.
func benchRecords() int {
	if n, err := strconv.Atoi(os.Getenv("DOMICILE_BENCH_RECORDS")); err == nil {
		return n
	}
	return 100_000
}

// vocabulary makes words whose frequencies follow Zipf's law, as in real text.
type vocabulary struct {
	*rand.Rand
	ranks *rand.Zipf
}

func newVocabulary() vocabulary {
	r := rand.New(rand.NewPCG(1, 2))
	return vocabulary{r, rand.NewZipf(r, 1.1, 8, 60_000)}
}

// word returns the word of a rank: two to four syllables.
func word(rank uint64) string {
	var b strings.Builder
	for x, n := rank*2654435761+17, 2+rank%3; n > 0 || x > 0 && b.Len() < 14 && rank > 2000; n-- {
		b.WriteByte("bcdfglmnprstvjkqz"[x%17])
		b.WriteByte("aeiou"[x/17%5])
		x /= 85
		if n == 0 {
			n = 1
		}
	}
	return b.String()
}

func (v vocabulary) text(bytes int) string {
	var b strings.Builder
	for b.Len() < bytes {
		b.WriteString(word(v.ranks.Uint64()))
		b.WriteByte(' ')
	}
	return b.String()
}

// benchDocuments returns records of about 600 bytes over eleven years.
func benchDocuments(n int) []search.Document {
	v := newVocabulary()
	var sources [6]core.SourceID
	for i := range sources {
		sources[i] = core.SourceID{byte(i + 1)}
	}
	list := make([]search.Document, n)
	for i := range list {
		list[i] = search.Document{
			Ref:     core.Ref{Source: sources[v.IntN(len(sources))], Seq: core.Seq(i + 1)},
			Type:    record.Types()[v.IntN(8)],
			Time:    record.Date(2015, 1, 1+v.IntN(4000)),
			Title:   v.text(20),
			Amounts: []record.Money{record.Money(fmt.Sprintf("%d.%02d", v.IntN(1000), v.IntN(100)))},
			Text:    []string{v.text(500), "ref" + strconv.Itoa(i*7919)},
		}
	}
	return list
}

// plain is what is compared with: bleve as it comes, with a mapping that
// answers the same questions.
type plain struct {
	bleve.Index
	dir string
}

func plainMapping() mapping.IndexMapping {
	text := func(analyzer string) *mapping.FieldMapping {
		f := bleve.NewTextFieldMapping()
		f.Name, f.Analyzer = analyzer, analyzer
		f.Store, f.IncludeInAll, f.DocValues = false, false, false
		return f
	}
	lean := func(f *mapping.FieldMapping) *mapping.FieldMapping {
		f.Store, f.IncludeInAll, f.IncludeTermVectors = false, false, false
		return f
	}
	d := bleve.NewDocumentStaticMapping()
	d.AddFieldMappingsAt("text", text("fr"), text("en"))
	d.AddFieldMappingsAt("type", lean(bleve.NewKeywordFieldMapping()))
	d.AddFieldMappingsAt("source", lean(bleve.NewKeywordFieldMapping()))
	d.AddFieldMappingsAt("date", lean(bleve.NewDateTimeFieldMapping()))
	d.AddFieldMappingsAt("amount", lean(bleve.NewNumericFieldMapping()))
	m := bleve.NewIndexMapping()
	m.DefaultMapping = d
	return m
}

func newPlain(tb testing.TB) plain {
	tb.Helper()
	dir := filepath.Join(tb.TempDir(), "plain")
	x, err := bleve.NewUsing(dir, plainMapping(), scorch.Name, scorch.Name, map[string]any{"unsafe_batch": true})
	if err != nil {
		tb.Fatal(err)
	}
	return plain{x, dir}
}

func (p plain) add(tb testing.TB, documents []search.Document) {
	tb.Helper()
	for chunk := range slices.Chunk(documents, 1000) {
		b := p.NewBatch()
		for _, d := range chunk {
			amount, _ := search.AmountOf(d.Amounts[0])
			if err := b.Index(d.Ref.String(), map[string]any{
				"text": d.Title + " " + strings.Join(d.Text, " "), "type": string(d.Type), "source": d.Ref.Source.String(),
				"date": d.Time.Instant(time.UTC), "amount": float64(amount),
			}); err != nil {
				tb.Fatal(err)
			}
		}
		if err := p.Batch(b); err != nil {
			tb.Fatal(err)
		}
	}
}

func fill(h *house, documents []search.Document) {
	for _, d := range documents {
		h.journal.documents[d.Ref] = d
		h.journal.append(search.Put, d.Ref)
	}
}

// BenchmarkSide runs the index and plain bleve one after the other in the same
// run and reports both.
func BenchmarkSide(b *testing.B) {
	documents := benchDocuments(benchRecords())
	for b.Loop() {
		h := newHouse(b)
		fill(h, documents)
		runtime.GC()
		start := time.Now()
		c := cpu()
		h.follow(b)
		fmt.Println("cpu", cpu()-c)
		ours := time.Since(start)
		b.ReportMetric(float64(len(documents))/ours.Seconds(), "records/s")
		fmt.Printf("ours: %v, %+v, rss %d MB", ours, h.Stats(), rss(b)>>20)
		fmt.Println()
		h.reopen(b)
		runtime.GC()
		start = time.Now()
		h.search(b, search.ParseQuery(word(50)))
		fmt.Printf("open to first search: %v", time.Since(start))
		fmt.Println()
		for _, text := range []string{word(50), word(3), word(5000), word(50) + " " + word(80), `"` + word(1) + " " + word(2) + `"`, word(50)[:3] + "*", "type:bill after:2020", word(10) + " amount:>500 on:2019"} {
			fmt.Printf("%-30s %v, %d hits", text, median(func() { h.search(b, search.ParseQuery(text)) }), h.search(b, search.ParseQuery(text)).Total)
			fmt.Println()
		}
		runtime.GC()
		fmt.Printf("%+v, rss %d MB", h.Stats(), rss(b)>>20)
		fmt.Println()
		h.Close()

		p := newPlain(b)
		start = time.Now()
		c = cpu()
		p.add(b, documents)
		fmt.Println("cpu", cpu()-c)
		theirs := time.Since(start)
		fmt.Printf("plain: %v", theirs)
		fmt.Println()
		for _, text := range []string{word(50), word(3), word(5000)} {
			q := bleve.NewDisjunctionQuery()
			for _, f := range []string{"fr", "en"} {
				m := bleve.NewMatchQuery(text)
				m.SetField(f)
				q.AddQuery(m)
			}
			r := bleve.NewSearchRequest(q)
			r.Size = 20
			byDate := bleve.NewSearchRequest(q)
			byDate.Size = 20
			byDate.SortBy([]string{"-date"})
			fmt.Printf("plain %-30s %v, by date %v", text, median(func() { p.Search(r) }), median(func() { p.Search(byDate) }))
			fmt.Println()
		}
		p.Close()
	}
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func median(fn func()) time.Duration {
	fn()
	times := make([]time.Duration, 101)
	for i := range times {
		start := time.Now()
		fn()
		times[i] = time.Since(start)
	}
	slices.Sort(times)
	return times[len(times)/2]
}

func rss(tb testing.TB) int64 {
	tb.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
			return n << 10
		}
	}
	return 0
}
