package formattest

import (
	"bytes"
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/crypto/argon2"
)

const vectors = "../testdata/vectors"

func TestRead_opens_each_vector_with_each_key(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"new", "household"} {
		path, v := Unpack(t, vectors, name)
		for with, key := range v.Keys() {
			got, err := Read(path, key)
			if err != nil {
				t.Errorf("%s with its %s: %v", name, with, err)
				continue
			}
			if diff := cmp.Diff(&v.Content, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s with its %s: the vector says -, the file +\n%s", name, with, diff)
			}
		}
		for _, old := range append(v.Retired, "", "another") {
			if _, err := Read(path, Password(old)); err == nil {
				t.Errorf("%s opens with the password %q", name, old)
			}
		}
	}
}

// TestRead_shares_no_code: what it reads by is the page and nothing else.
func TestRead_shares_no_code(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			standard := !strings.Contains(strings.Split(path, "/")[0], ".")
			test := strings.HasSuffix(name, "_test.go") && strings.HasPrefix(path, "github.com/google/go-cmp/")
			if !standard && !test && path != "go.etcd.io/bbolt" && !strings.HasPrefix(path, "golang.org/x/crypto/") {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}

func primitives(t *testing.T) (p Primitives) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(vectors, "primitives.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// refused reports whether f refuses what it is given.
func refused(f func()) (is bool) {
	defer func() {
		if r := recover(); r != nil {
			_, is = r.(fault)
		}
	}()
	f()
	return false
}

func TestPrimitives_of_keys(t *testing.T) {
	t.Parallel()
	p := primitives(t)
	for _, d := range p.Derived {
		if got := derive(d.Secret, d.Salt, d.Name); !bytes.Equal(got, d.Key) {
			t.Errorf("HKDF %q: %x, want %x", d.Name, got, d.Key)
		}
	}
	for _, s := range p.Passwords {
		if got := argon2.IDKey([]byte(s.Password), s.Salt, s.Time, s.Memory, s.Threads, 32); !bytes.Equal(got, s.Key) {
			t.Errorf("Argon2id of %q at %d, %d, %d: %x, want %x", s.Password, s.Time, s.Memory, s.Threads, got, s.Key)
		}
	}
	for _, m := range p.MACs {
		if got := mac(m.Key, m.Input); len(m.MAC) < 16 || !bytes.HasPrefix(got, m.MAC) {
			t.Errorf("HMAC of %s: %x, want %x", m.Of, got, m.MAC)
		}
	}
	for _, r := range p.Recoveries {
		for _, text := range append(r.Typed, r.Text) {
			if got := recoveryKey(text); !bytes.Equal(got, r.Key) {
				t.Errorf("%q is %x, want %x", text, got, r.Key)
			}
		}
		for _, text := range r.Refused {
			if !refused(func() { recoveryKey(text) }) {
				t.Errorf("%q is taken", text)
			}
		}
	}
}

func TestPrimitives_sealed(t *testing.T) {
	t.Parallel()
	kinds := make(map[string]bool)
	for _, s := range primitives(t).Sealed {
		kinds[s.Kind] = true
		var parts [][]byte
		aad := append([]byte{1}, s.Kind...)
		for _, part := range s.Parts {
			parts, aad = append(parts, part), append(aad, part...)
		}
		got := unseal(s.Key, s.Sealed, s.Kind[0], parts...)
		if want := append(bytes.Clone(s.Plain), make([]byte, s.Padding)...); !bytes.Equal(got, want) || !bytes.Equal(aad, s.AAD) {
			t.Errorf("%s: %x under %x", s.Of, got, aad)
		}
		if !refused(func() { unseal(s.Key, s.Sealed, s.Kind[0]+1, parts...) }) {
			t.Errorf("%s opens as another kind", s.Of)
		}
		if s.Kind == "p" {
			if _, cells := readPage(got); len(cells) != 2 {
				t.Errorf("%s has %d cells", s.Of, len(cells))
			}
		}
	}
	if len(kinds) != 8 {
		t.Errorf("%d kinds, want 8", len(kinds))
	}
}

func TestPrimitives_of_records(t *testing.T) {
	t.Parallel()
	p := primitives(t)
	for _, c := range p.Classes {
		if got := SizeClass(c[0]); got != c[1] {
			t.Errorf("class of %d: %d, want %d", c[0], got, c[1])
		}
	}
	for _, o := range p.Ordered {
		n := (&decoder{o.Bytes}).ordered()
		if strconv.FormatUint(n, 10) != o.Number || ordered(n) != string(o.Bytes) {
			t.Errorf("%s is %x, read as %d, written as %x", o.Number, o.Bytes, n, ordered(n))
		}
	}
	for _, m := range p.Moments {
		if got := moment(m.Time); got != string(m.Moment) {
			t.Errorf("moment of %q: %x, want %x", m.Time, got, m.Moment)
		}
	}
	for _, s := range p.Rows {
		r := &spaceReader{origins: map[uint64][3]string{s.Origin: {}}, uses: make(map[uint64]uint64), want: make(map[string]string)}
		row := r.head(&decoder{s.Bytes})
		if diff := cmp.Diff(s.Row, r.content(1, &row)); diff != "" {
			t.Errorf("row %x: the vector says -, the bytes +\n%s", s.Bytes, diff)
		}
	}
	for _, d := range p.Revisions {
		if got := earlier(d.Kept, d.Next); !bytes.Equal(got, d.Earlier) {
			t.Errorf("before %q was %q, want %q", d.Next, got, d.Earlier)
		}
	}
}
