package main

import (
	"errors"
	"io"
	"strings"
)

// Bounds of the parser.
const (
	maxDepth  = 100
	maxLeaves = 2000     // of one collected aggregate
	maxBytes  = 96 << 10 // of one collected aggregate: a record holds it all
)

// An event is one thing found in a file: a collected aggregate, or the tag
// that opens a statement, or a leaf that stands directly in a statement.
type event struct {
	statement int // index of the statement in the file, -1 outside
	node      *node
}

// A parser makes events of tags.
type parser struct {
	visit      func(event) error
	open       []string // aggregates around, outermost first
	opened     []int    // the line of each
	nodes      []*node  // the collected aggregate and those open within it
	statements int
	within     bool // a statement is open
	leaves     int  // of the collected aggregate
	bytes      int  // of its values
	sets       []string
	seen       bool // <OFX> was
}

// parse reads a file and calls visit for what it finds, in order. It returns
// the names of the message sets in the file. It returns a refusal for a file
// that is not OFX or ends in the middle of a list, and what visit returned.
func parse(r io.Reader, c charset, visit func(event) error) ([]string, error) {
	p, s := &parser{visit: visit}, newScanner(r, c)
	for {
		t, err := s.scan()
		if errors.Is(err, io.EOF) {
			return p.sets, p.end()
		}
		if err == nil {
			err = p.take(t)
		}
		if err != nil {
			return nil, err
		}
	}
}

func (p *parser) take(t token) error {
	switch {
	case !p.seen && t.name != "OFX":
		return nil // a header in a form of its own
	case t.closes:
		return p.close(t.name)
	case !t.empty && (t.name == "OFX" || t.name == "STMTTRN" || isStatement(t.name) || isList(t.name)):
		return p.push(t) // whatever text follows
	case t.text != "" || t.empty || isLeaf(t.name):
		return p.leaf(t)
	default:
		return p.push(t)
	}
}

// leaf keeps a value where it belongs.
func (p *parser) leaf(t token) error {
	if t.long {
		return refuse(t.line, "%s holds more than %d bytes", t.name, maxValue)
	}
	l := leaf{t.name, t.text, t.line}
	if len(p.nodes) == 0 {
		if !p.within || t.name != "CURDEF" && t.name != "DTASOF" {
			return nil
		}
		return p.visit(event{p.statements - 1, &node{name: t.name, line: t.line, leaves: []leaf{l}}})
	}
	if p.leaves, p.bytes = p.leaves+1, p.bytes+len(t.text)+len(t.name); p.leaves > maxLeaves || p.bytes > maxBytes {
		return refuse(p.nodes[0].line, "%s holds too much", p.nodes[0].name)
	}
	at := p.nodes[len(p.nodes)-1]
	at.leaves = append(at.leaves, l)
	return nil
}

// push opens an aggregate.
func (p *parser) push(t token) error {
	p.seen = true
	if err := p.closeSibling(t.name); err != nil {
		return err
	}
	if len(p.open) == maxDepth {
		return refuse(t.line, "aggregates are nested over %d deep", maxDepth)
	}
	n, trade := &node{name: t.name, line: t.line}, p.isTrade(t.name)
	p.open, p.opened = append(p.open, t.name), append(p.opened, t.line)
	switch {
	case len(p.nodes) > 0:
		at := p.nodes[len(p.nodes)-1]
		at.kids = append(at.kids, n)
		p.nodes = append(p.nodes, n)
	case isCollected(t.name) || trade:
		p.nodes, p.leaves, p.bytes = []*node{n}, 0, 0
	case isStatement(t.name):
		p.statements++
		p.within = true
		return p.visit(event{p.statements - 1, n})
	case strings.Contains(t.name, "MSGSRS"):
		p.sets = append(p.sets, t.name)
	}
	return nil
}

// isTrade reports whether an aggregate that opens now is an entry of an
// investment statement that is no bank line.
func (p *parser) isTrade(name string) bool {
	return len(p.open) > 0 && p.open[len(p.open)-1] == "INVTRANLIST" && name != "INVBANKTRAN"
}

// closeSibling closes what a tag implies the end of: a transaction or a
// statement that begins within another of its kind.
func (p *parser) closeSibling(name string) error {
	if name != "STMTTRN" && !isStatement(name) {
		return nil
	}
	for _, around := range p.open {
		if around == name || isStatement(name) && isStatement(around) {
			return p.close(around)
		}
	}
	return nil
}

// close ends the innermost aggregate called name and all within it. The end of
// a leaf, or of nothing, says nothing.
func (p *parser) close(name string) error {
	for i := len(p.open) - 1; i >= 0; i-- {
		if p.open[i] != name {
			continue
		}
		for len(p.open) > i {
			if err := p.pop(); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}

// pop ends the innermost aggregate.
func (p *parser) pop() error {
	name := p.open[len(p.open)-1]
	p.open, p.opened = p.open[:len(p.open)-1], p.opened[:len(p.opened)-1]
	if len(p.nodes) > 1 {
		p.nodes = p.nodes[:len(p.nodes)-1]
		return nil
	}
	if len(p.nodes) == 1 {
		n := p.nodes[0]
		p.nodes = nil
		return p.visit(event{p.current(), n})
	}
	if isStatement(name) {
		p.within = false
	}
	return nil
}

func (p *parser) current() int {
	if !p.within {
		return -1
	}
	return p.statements - 1
}

// end checks that the file was not cut in the middle of what it lists. What
// else was left open is closed: some banks do not bother.
func (p *parser) end() error {
	if !p.seen {
		return refuse(0, "no <OFX> tag: this is not an OFX file")
	}
	for i, name := range p.open {
		if isList(name) || isCollected(name) {
			return refuse(p.opened[i], "the file ends within %s: it was cut", name)
		}
	}
	for len(p.open) > 0 {
		if err := p.pop(); err != nil {
			return err
		}
	}
	return nil
}
