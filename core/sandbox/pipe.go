package sandbox

import (
	"bytes"
	"os"
	"strconv"
)

// pipes are the three streams of a worker: standard input, output and error.
type pipes struct{ parent, child [3]*os.File }

func newPipes() (*pipes, error) {
	p := &pipes{}
	for i := range p.child {
		r, w, err := os.Pipe()
		if err != nil {
			p.closeChild()
			p.closeParent()
			return nil, err
		}
		p.parent[i], p.child[i] = r, w
		if i == 0 {
			p.parent[i], p.child[i] = w, r
		}
	}
	return p, nil
}

func (p *pipes) closeChild()  { closeAll(p.child[:]) }
func (p *pipes) closeParent() { closeAll(p.parent[:]) }

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}

// len is the size of the blob; a nil blob has none.
func (b *blob) len() int {
	if b == nil {
		return 0
	}
	return b.size
}

func (b *blob) descriptor() *os.File {
	if b == nil {
		return nil
	}
	return b.file
}

func (b *blob) close() error {
	if b == nil {
		return nil
	}
	return b.file.Close()
}

// parsePeak finds the peak of resident memory in the text of /proc/PID/status.
func parsePeak(status []byte) int64 {
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			kb, _, _ := bytes.Cut(bytes.TrimSpace(rest), []byte(" "))
			n, _ := strconv.ParseInt(string(kb), 10, 64)
			return n << 10
		}
	}
	return 0
}
