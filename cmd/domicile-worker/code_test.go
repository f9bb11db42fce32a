package main

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// FuzzCode holds that no bytes make decode panic or give a module beyond them,
// and that what it reads it writes again.
func FuzzCode(f *testing.F) {
	var good bytes.Buffer
	c := newCode()
	if err := errors.Join(c.Add(codeKey{1}, bytes.NewReader([]byte("machine code"))), c.encode(&good)); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add(good.Bytes()[:good.Len()-1])
	f.Add(append(make([]byte, 32), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
	f.Fuzz(func(t *testing.T, text []byte) {
		c := newCode()
		if err := c.decode(bytes.NewReader(text), int64(len(text))); err != nil {
			if !c.missed || !errors.Is(err, errStale) {
				t.Fatalf("got %v", err)
			}
			return
		}
		size := 0
		for key := range c.modules {
			r, ok, err := c.Get(key)
			if err != nil || !ok {
				t.Fatal(err)
			}
			module := make([]byte, c.modules[key].Size())
			if _, err := io.ReadFull(r, module); err != nil {
				t.Fatal(err)
			}
			size += 40 + len(module)
		}
		if size > len(text) {
			t.Fatalf("%d bytes out of %d", size, len(text))
		}
	})
}

func TestCode_compiles_nothing_beyond_what_it_was_given(t *testing.T) {
	t.Parallel()
	c := newCode()
	c.whole = true
	if _, _, err := c.Get(codeKey{}); !errors.Is(err, errStale) || !c.missed {
		t.Errorf("get: %v", err)
	}
	c.missed = false
	if err := c.Add(codeKey{}, bytes.NewReader(nil)); !errors.Is(err, errStale) || !c.missed {
		t.Errorf("add: %v", err)
	}
	if c.statusOf(statusInvalid) != statusStale {
		t.Error("the status hides it")
	}
}

func TestWholeReader_gives_what_is_asked_for(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("0123456789"), 10_000)
	for _, step := range []int{1, 7, 8, 4096, 16<<10 + 1, 99_999} {
		r := newWholeReader(io.NewSectionReader(bytes.NewReader(content), 0, int64(len(content))))
		p := make([]byte, step)
		for at := 0; at+step <= len(content); at += step {
			if n, err := r.Read(p); n != step || err != nil || !bytes.Equal(p, content[at:at+step]) {
				t.Fatalf("read of %d at %d: got %d, %v", step, at, n, err)
			}
		}
	}
}

func TestCode_stands_in_wazero(t *testing.T) {
	t.Parallel()
	if _, err := cacheOf(newCode()); err != nil {
		t.Fatal(err)
	}
}
