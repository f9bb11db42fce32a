package search_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

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

// fill puts documents into a journal.
func (j *journal) fill(documents []search.Document) {
	for _, d := range documents {
		j.documents[d.Ref] = d
		j.append(search.Put, d.Ref)
	}
}

// cost is what a piece of work took. Processor time says more than wall time
// on a machine that does other things too.
type cost struct{ wall, cpu time.Duration }

func measure(fn func()) cost {
	runtime.GC()
	wall, cpu := time.Now(), processorTime()
	fn()
	return cost{time.Since(wall), processorTime() - cpu}
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkIndex indexes the same records here and in bleve as it comes, one
// after the other: until all of them can be found.
func BenchmarkIndex(b *testing.B) {
	documents := benchDocuments(benchRecords())
	h := newHouse(b)
	h.journal.fill(documents)
	for b.Loop() {
		ours := measure(func() { h.follow(b) })
		n := float64(len(documents))
		b.ReportMetric(n/ours.wall.Seconds(), "records/s")
		b.ReportMetric(float64(ours.cpu.Microseconds())/n, "cpu-µs/record")
		b.ReportMetric(float64(h.Stats().Disk)/n, "disk-B/record")
		b.ReportMetric(float64(h.Stats().Memory)/n, "open-B/record")
		for name, m := range map[string]mapping.IndexMapping{"plain": plainMapping(), "lean": leanMapping()} {
			p := newPlain(b, m)
			theirs := measure(func() { p.add(b, documents) })
			b.ReportMetric(n/theirs.wall.Seconds(), name+"-records/s")
			b.ReportMetric(float64(theirs.cpu)/float64(ours.cpu), "times-less-cpu-than-"+name)
			b.ReportMetric(float64(theirs.wall)/float64(ours.wall), "times-faster-than-"+name)
			p.close(b)
		}
	}
}

// BenchmarkSearch asks the same words here and of bleve as it comes, by turns.
func BenchmarkSearch(b *testing.B) {
	documents := benchDocuments(benchRecords())
	h, p := newHouse(b), newPlain(b, plainMapping())
	h.journal.fill(documents)
	h.follow(b)
	p.add(b, documents)
	defer p.close(b)
	v := newVocabulary()
	for name, query := range map[string]func() string{
		"word":       func() string { return word(v.ranks.Uint64()) },
		"rare-word":  func() string { return word(uint64(5000 + v.IntN(50_000))) },
		"two-words":  func() string { return word(v.ranks.Uint64()) + " " + word(v.ranks.Uint64()) },
		"phrase":     func() string { return `"` + firstWords(documents[v.IntN(len(documents))].Text[0]) + `"` },
		"prefix":     func() string { return word(v.ranks.Uint64())[:4] + "*" },
		"filters":    func() string { return fmt.Sprintf("type:bill on:%d amount:>100", 2015+v.IntN(10)) },
		"everything": func() string { return "" },
	} {
		b.Run(name, func(b *testing.B) {
			var ours, theirs, byDate []time.Duration
			for b.Loop() {
				text := query()
				ours = append(ours, measureWall(func() { h.search(b, search.ParseQuery(text)) }))
				if request, ok := plainRequest(text); ok {
					theirs = append(theirs, measureWall(func() { p.search(b, request) }))
					request.SortBy([]string{"-date"})
					byDate = append(byDate, measureWall(func() { p.search(b, request) }))
				}
			}
			b.ReportMetric(float64(median(ours).Microseconds()), "p50-µs")
			if len(theirs) > 0 {
				b.ReportMetric(float64(median(theirs).Microseconds()), "plain-p50-µs")
				b.ReportMetric(float64(median(byDate).Microseconds()), "plain-by-date-p50-µs")
				b.ReportMetric(float64(median(ours))/float64(median(theirs)), "times-plain")
			}
		})
	}
}

func firstWords(text string) string { return strings.Join(strings.Fields(text)[:2], " ") }

func measureWall(fn func()) time.Duration {
	start := time.Now()
	fn()
	return time.Since(start)
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// childBench makes this test process open the index in the directory it names
// and report.
const childBench = "DOMICILE_BENCH_INDEX"

// BenchmarkOpen opens an index in a process of its own, which does nothing
// else, searches once, then a hundred times.
func BenchmarkOpen(b *testing.B) {
	h := newHouse(b)
	key := make([]byte, 32)
	s, err := sealerOf(key)
	if err != nil {
		b.Fatal(err)
	}
	h.Close()
	h.config.Sealer = s
	h.open(b)
	h.journal.fill(benchDocuments(benchRecords()))
	h.follow(b)
	h.Close()
	for b.Loop() {
		child := exec.CommandContext(b.Context(), os.Args[0])
		child.Env = append(os.Environ(), childBench+"="+h.config.Dir)
		child.Stderr = os.Stderr
		out, err := child.Output()
		if err != nil {
			b.Fatal(err)
		}
		var first, later, idle, open float64
		if _, err := fmt.Sscan(string(out), &first, &later, &idle, &open); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(first, "open-to-first-search-ms")
		b.ReportMetric(later, "search-p50-µs")
		b.ReportMetric(idle, "rss-before-MB")
		b.ReportMetric(open, "rss-after-MB")
	}
	h.open(b)
}

// reportOpen is the child.
func reportOpen(dir string) error {
	s, err := sealerOf(make([]byte, 32))
	if err != nil {
		return err
	}
	ctx := context.Background()
	idle, start := resident(), time.Now()
	x, err := search.Open(ctx, search.Config{Dir: dir, Sealer: s, Feed: &journal{last: 1 << 60}})
	if err != nil {
		return err
	}
	defer x.Close()
	v := newVocabulary()
	q := search.ParseQuery(word(50))
	q.IsExact = true
	if _, err := x.Search(ctx, q); err != nil {
		return err
	}
	first := time.Since(start)
	var times []time.Duration
	for range 100 {
		q := search.ParseQuery(word(v.ranks.Uint64()))
		q.IsExact = true
		times = append(times, measureWall(func() { _, err = x.Search(ctx, q) }))
	}
	_, err = fmt.Println(first.Seconds()*1000, median(times).Microseconds(), idle>>20, resident()>>20)
	return err
}

// resident returns the memory of this process that is in RAM.
func resident() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kilobytes int64
	_, _ = fmt.Sscan(rest, &kilobytes) // 0 when there is none
	return kilobytes << 10
}
