package apps

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// maxWaiting bounds the files that wait to be installed. They wait in memory and
// nowhere else; the oldest makes room.
const maxWaiting = 2

// A waiting file was looked at and passed every check.
type waiting struct {
	digest string
	file   []byte
}

// A Candidate is an app that may be installed, and waits for the person's word.
type Candidate struct {
	Installed
	Digest  string    // of the file, hex: its name for Accept and Discard
	Imports []string  // what its module asks of the home, by its import section
	Old     Installed // what it would take the place of; zero: nothing
}

// IsHere reports whether the very same app is installed.
func (c Candidate) IsHere() bool { return c.Old.SHA256 == c.SHA256 }

// Look checks an app's file as Install does, and has it wait. It installs
// nothing. Its codes are those of Install.
func (a *Apps) Look(file []byte) (Candidate, error) {
	in, err := Inspect(file)
	if err != nil {
		return Candidate{}, err
	}
	imports, err := Imports(in.Program)
	if err != nil {
		return Candidate{}, err
	}
	sum := sha256.Sum256(file)
	c := Candidate{Installed: in, Digest: hex.EncodeToString(sum[:]), Imports: imports}
	a.mu.Lock()
	defer a.mu.Unlock()
	if c.Old, err = a.admit(in); err != nil {
		return Candidate{}, err
	}
	a.forgetWaiting(c.Digest)
	a.waiting = append(a.waiting[max(0, len(a.waiting)-maxWaiting+1):], waiting{c.Digest, file})
	return c, nil
}

// Accept installs a file that waits, with every check made anew. It returns
// not_found for one that does not wait, and what Install does.
func (a *Apps) Accept(ctx context.Context, digest string) (Installed, error) {
	a.mu.Lock()
	i := slices.IndexFunc(a.waiting, func(w waiting) bool { return w.digest == digest })
	var file []byte
	if i >= 0 {
		file = a.waiting[i].file
	}
	a.mu.Unlock()
	if i < 0 {
		return Installed{}, core.E(core.NotFound, "install app", errors.New("no such file waits"))
	}
	in, err := a.Install(ctx, file)
	if err == nil {
		a.Discard(digest)
	}
	return in, err
}

// Discard drops a file that waits, if it does.
func (a *Apps) Discard(digest string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forgetWaiting(digest)
}

func (a *Apps) forgetWaiting(digest string) {
	a.waiting = slices.DeleteFunc(slices.Clone(a.waiting), func(w waiting) bool { return w.digest == digest })
}

// A Change is how what a program asks for of one type differs from what another
// asks for.
type Change struct {
	Type     record.Type
	Old, New protocol.Read // zero: not asked for
	Gained   []string      // fields that only New has
	Lost     []string      // fields that only Old has
}

// Changes returns what is asked for otherwise by p than by old, in the order of
// p's manifest, and then what is asked for no longer.
func Changes(old, p *program.Program) (all []Change) {
	for _, read := range p.Manifest.Reads {
		c := Change{Type: read.Type, Old: readOf(old, read.Type), New: read}
		c.Gained, c.Lost = beyond(read.Fields, c.Old.Fields), beyond(c.Old.Fields, read.Fields)
		if c.Old.Type == "" || len(c.Gained)+len(c.Lost) > 0 || c.Old.Period != read.Period || c.Old.Granularity != read.Granularity || c.Old.Optional != read.Optional {
			all = append(all, c)
		}
	}
	for _, read := range old.Manifest.Reads {
		if readOf(p, read.Type).Type == "" {
			all = append(all, Change{Type: read.Type, Old: read, Lost: read.Fields})
		}
	}
	return all
}

func readOf(p *program.Program, t record.Type) protocol.Read {
	i := slices.IndexFunc(p.Manifest.Reads, func(r protocol.Read) bool { return r.Type == t })
	if i < 0 {
		return protocol.Read{}
	}
	return p.Manifest.Reads[i]
}

// beyond returns what of a is not in b.
func beyond(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}
