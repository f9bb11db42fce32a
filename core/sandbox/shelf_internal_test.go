package sandbox

import (
	"bytes"
	"testing"
)

func newImage(t *testing.T, size int) *image {
	t.Helper()
	b, err := newData(bytes.Repeat([]byte("x"), size))
	if err != nil {
		t.Fatal(err)
	}
	return &image{blob: b}
}

func isOpen(i *image) bool {
	_, err := i.file.Stat()
	return err == nil
}

func TestShelf(t *testing.T) {
	t.Parallel()
	s := newShelf(100)
	a, b, c := newImage(t, 60), newImage(t, 30), newImage(t, 50)
	for name, img := range map[string]*image{"a": a, "b": b} {
		s.done(s.add(name, img))
	}
	if s.use("nobody") != nil {
		t.Fatal("found what is not there")
	}
	if got := s.use("a"); got != a {
		t.Fatal("lost an image below the bound")
	}
	s.add("c", c) // both in use, 140 over 100 bytes
	s.done(c)
	if isOpen(b) || s.use("b") != nil {
		t.Error("the image used longest ago is kept over the bound")
	}
	if !isOpen(a) {
		t.Error("an image in use is closed")
	}
	s.drop("a")
	if !isOpen(a) {
		t.Error("an image in use is closed by drop")
	}
	s.done(a)
	if isOpen(a) {
		t.Error("a dropped image is open after its last use")
	}
	s.close()
	if isOpen(c) {
		t.Error("an image is open after the end")
	}
	d := newImage(t, 1)
	s.done(s.add("d", d))
	if isOpen(d) {
		t.Error("a closed shelf keeps an image")
	}
}
