package sandbox

import (
	"slices"
	"sync"
)

// An image is a module and its compiled code, as a worker takes them.
type image struct{ wasm, code *blob }

func (i *image) size() int { return i.wasm.len() + i.code.len() }

func (i *image) close() {
	i.wasm.close()
	i.code.close()
}

// maxShelf is the memory kept for images that no worker uses just now.
const maxShelf = 64 << 20

// A shelf keeps the images used last, by name, below a bound. Who takes one owns
// it until it is put back.
type shelf struct {
	mu     sync.Mutex
	most   int
	used   int
	kept   []keptImage // the one used last at the end
	closed bool
}

type keptImage struct {
	name string
	*image
}

func newShelf(most int) *shelf { return &shelf{most: most} }

// take returns the image of a name, or nil.
func (s *shelf) take(name string) *image {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.kept, func(k keptImage) bool { return k.name == name })
	if i < 0 {
		return nil
	}
	img := s.kept[i].image
	s.kept = slices.Delete(s.kept, i, i+1)
	s.used -= img.size()
	return img
}

// put hands an image over. It is closed when there is one of its name or no room.
func (s *shelf) put(name string, img *image) {
	s.drop(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || img.size() > s.most {
		img.close()
		return
	}
	s.kept = append(s.kept, keptImage{name, img})
	s.used += img.size()
	for s.used > s.most {
		s.used -= s.kept[0].size()
		s.kept[0].close()
		s.kept = slices.Delete(s.kept, 0, 1)
	}
}

// drop closes the image of a name.
func (s *shelf) drop(name string) {
	if img := s.take(name); img != nil {
		img.close()
	}
}

func (s *shelf) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, k := range s.kept {
		k.close()
	}
	s.kept, s.used = nil, 0
}
