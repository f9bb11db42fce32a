package program

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	headSize = 64 << 10 // bytes of a file that are looked at
	maxMagic = 64       // bytes
)

// Detect returns the program that reads the file called name whose first bytes
// are head, and the kind of file it is. Where several ways of recognising it
// hold, the one that looks at more wins: a ZIP entry before an XML root, a
// header line, magic bytes, an expression and the name; then the one whose
// extensions have the name's; then the longer one; then the program whose id
// comes first. A kind that is declared to be the last is taken when no other
// holds. So the order of programs does not matter.
func Detect(programs []*Program, name string, head []byte) (*Program, protocol.Accept, bool) {
	file := newHead(name, head)
	var best match
	for _, p := range programs {
		for i, k := range p.kinds {
			if m := k.match(file); m.weight > 0 {
				m.program, m.accept = p, i
				if best.program == nil || m.compare(best) < 0 {
					best = m
				}
			}
		}
	}
	if best.program == nil {
		return nil, protocol.Accept{}, false
	}
	return best.program, best.program.Manifest.Accepts[best.accept], true
}

// match is how well a kind fits a file.
type match struct {
	weight, length int
	hasExtension   bool
	isLast         bool
	program        *Program
	accept         int
}

// compare orders the better match first.
func (m match) compare(o match) int {
	return cmp.Or(
		cmp.Compare(rank(m.isLast), rank(o.isLast)),
		cmp.Compare(o.weight, m.weight),
		cmp.Compare(rank(o.hasExtension), rank(m.hasExtension)),
		cmp.Compare(o.length, m.length),
		cmp.Compare(m.program.Manifest.ID, o.program.Manifest.ID),
		cmp.Compare(m.accept, o.accept),
	)
}

func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// kind is a compiled protocol.Accept.
type kind struct {
	extensions []string
	isLast     bool
	rules      []rule
}

// match returns the best of k's rules that hold; its weight is 0 without one.
func (k kind) match(f *head) match {
	var best match
	for _, r := range k.rules {
		if m := (match{weight: r.weight, length: r.length}); r.holds(f) && (m.weight > best.weight || m.weight == best.weight && m.length > best.length) {
			best = m
		}
	}
	best.isLast = k.isLast
	best.hasExtension = slices.Contains(k.extensions, f.extension())
	return best
}

// rule is a compiled protocol.Detect: every condition holds.
type rule struct {
	conditions []func(*head) bool
	weight     int // how much the conditions look at
	length     int // bytes of their texts
}

func (r rule) holds(f *head) bool {
	return !slices.ContainsFunc(r.conditions, func(holds func(*head) bool) bool { return !holds(f) })
}

// newKinds compiles accepts. Its errors name the member.
func newKinds(accepts []protocol.Accept) ([]kind, error) {
	kinds := make([]kind, len(accepts))
	for i, a := range accepts {
		kinds[i].extensions, kinds[i].isLast = a.Extensions, a.Last
		for j, d := range a.Detect {
			r, err := newRule(d)
			if err != nil {
				return nil, fmt.Errorf("accepts[%d].detect[%d].%w", i, j, err)
			}
			kinds[i].rules = append(kinds[i].rules, r)
		}
	}
	return kinds, nil
}

func newRule(d protocol.Detect) (rule, error) {
	var r rule
	for _, part := range []struct {
		member, text string
		weight       int
		compile      func(string) (func(*head) bool, error)
	}{
		{"zip_entry", d.ZipEntry, 32, newZipEntry},
		{"root", d.Root, 16, newRoot},
		{"header", d.Header, 8, newHeader},
		{"magic", d.Magic, 4, newMagic},
		{"match", d.Match, 2, newMatch},
		{"name", d.Name, 1, newName},
	} {
		if part.text == "" {
			continue
		}
		if len(part.text) > maxValue {
			return rule{}, fmt.Errorf("%s: over %d bytes", part.member, maxValue)
		}
		holds, err := part.compile(part.text)
		if err != nil {
			return rule{}, fmt.Errorf("%s: %w", part.member, err)
		}
		r.conditions = append(r.conditions, holds)
		r.weight += part.weight
		r.length += len(part.text)
	}
	if len(r.conditions) == 0 {
		return rule{}, errors.New("magic: a way to detect needs at least one member")
	}
	return r, nil
}

func newMagic(text string) (func(*head) bool, error) {
	magic, err := hex.DecodeString(text)
	if err != nil || len(magic) > maxMagic {
		return nil, fmt.Errorf("want at most %d bytes in hexadecimal", maxMagic)
	}
	return func(f *head) bool { return bytes.HasPrefix(f.data, magic) }, nil
}

func newRoot(text string) (func(*head) bool, error) {
	if strings.ContainsAny(text, ":<>/ ") {
		return nil, errors.New("want the local name of an element")
	}
	return func(f *head) bool { return f.root() == text }, nil
}

func newZipEntry(text string) (func(*head) bool, error) {
	return func(f *head) bool { return slices.Contains(f.entries(), text) }, nil
}

func newHeader(text string) (func(*head) bool, error) {
	if text != strings.TrimSpace(text) || strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("want one trimmed line")
	}
	return func(f *head) bool { return f.line() == text }, nil
}

func newMatch(text string) (func(*head) bool, error) {
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, errors.New("want an RE2 expression")
	}
	return func(f *head) bool { return re.Match(f.data) }, nil
}

func newName(text string) (func(*head) bool, error) {
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, errors.New("want an RE2 expression")
	}
	return func(f *head) bool { return re.MatchString(f.name) }, nil
}

// baseName returns the last part of a path of any system.
func baseName(name string) string { return path.Base(strings.ReplaceAll(name, `\`, "/")) }
