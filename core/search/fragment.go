package search

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A Fragment is a piece of a text around what a query found in it.
type Fragment struct {
	Text  string
	Spans []Span // of Text, in order, apart from each other
}

// A Span is the bytes from Start up to, and without, End.
type Span struct{ Start, End int }

const (
	fragmentBytes = 160
	// maxMatches bounds the matches of one text that are looked at.
	maxMatches = 1000
)

// Fragments returns at most max pieces of text around the words of q, in the
// order of the text, with what matched; none when nothing does. The index
// keeps texts folded, so the caller hands it in: the record's title, its strings,
// the text of its files.
func Fragments(q Query, text string, max int) []Fragment {
	if len(text) > maxTextBytes {
		text = strings.ToValidUTF8(text[:maxTextBytes], "")
	}
	m := newHighlighter(q)
	return cut(text, m.spans(text), max)
}

// A highlighter finds the words of a query in a text.
type highlighter struct {
	words []matchWord
	known map[string][]string // the keys of the terms met so far
}

type matchWord struct {
	Word
	keys []string // of the only term, when other forms of it match too
}

func newHighlighter(q Query) *highlighter {
	m := &highlighter{known: map[string][]string{}}
	for _, w := range q.Words {
		if w.Not {
			continue
		}
		mw := matchWord{Word: w}
		if w.isPlain() {
			mw.keys = keys(w.Terms[0])
		}
		m.words = append(m.words, mw)
	}
	return m
}

// spans returns where the words stand in text, in order.
func (m *highlighter) spans(text string) []Span {
	if len(m.words) == 0 {
		return nil
	}
	var list []Span
	var recent []Span // of the latest terms, for phrases
	var before []string
	for s := (scanner{text: text}); len(list) < maxMatches && s.next(); {
		term := string(s.term)
		before, recent = append(before, term), append(recent, Span{s.start, s.end})
		for i := range m.words {
			if n := m.matches(&m.words[i], before); n > 0 {
				list = append(list, Span{recent[len(recent)-n].Start, s.end})
			}
		}
	}
	return unite(list)
}

// matches returns how many of the latest terms w stands for, 0 for none.
func (m *highlighter) matches(w *matchWord, latest []string) int {
	n := len(w.Terms)
	term := latest[len(latest)-1]
	switch {
	case w.IsPrefix:
		if strings.HasPrefix(term, w.Terms[0]) {
			return 1
		}
	case w.keys != nil:
		if m.shareKey(term, w.keys) {
			return 1
		}
	case len(latest) >= n && slices.Equal(latest[len(latest)-n:], w.Terms):
		return n
	}
	return 0
}

func (m *highlighter) shareKey(term string, wanted []string) bool {
	list, ok := m.known[term]
	if !ok {
		list = keys(term)
		m.known[term] = list
	}
	return slices.ContainsFunc(list, func(key string) bool { return slices.Contains(wanted, key) })
}

// unite makes one span of those that overlap.
func unite(list []Span) []Span {
	slices.SortFunc(list, func(a, b Span) int { return a.Start - b.Start })
	joined := list[:0]
	for _, span := range list {
		if n := len(joined); n > 0 && span.Start < joined[n-1].End {
			joined[n-1].End = max(joined[n-1].End, span.End)
			continue
		}
		joined = append(joined, span)
	}
	return joined
}

// cut returns pieces of text around the spans: each piece is as long as
// fragmentBytes or as its only span.
func cut(text string, spans []Span, max int) []Fragment {
	var list []Fragment
	for len(spans) > 0 && len(list) < max {
		n := 1
		for n < len(spans) && spans[n].End-spans[0].Start <= fragmentBytes*3/4 {
			n++
		}
		start, end := around(text, Span{spans[0].Start, spans[n-1].End})
		f := Fragment{Text: text[start:end]}
		for ; len(spans) > 0 && spans[0].End <= end; spans = spans[1:] {
			f.Spans = append(f.Spans, Span{spans[0].Start - start, spans[0].End - start})
		}
		list = append(list, f)
	}
	return list
}

// around widens a span to fragmentBytes, at spaces where there are some.
func around(text string, span Span) (start, end int) {
	room := max(fragmentBytes-(span.End-span.Start), 0)
	start = max(span.Start-room/3, 0)
	end = min(start+max(fragmentBytes, span.End-start), len(text))
	if i := strings.IndexByte(text[start:span.Start], ' '); i >= 0 && start > 0 {
		start += i + 1
	}
	if i := strings.LastIndexByte(text[span.End:end], ' '); i >= 0 && end < len(text) {
		end = span.End + i
	}
	for start < span.Start && !utf8.RuneStart(text[start]) {
		start++
	}
	for end < len(text) && end > span.End && !utf8.RuneStart(text[end]) {
		end--
	}
	return start, end
}
