package sandbox

import (
	"slices"
	"sync"
)

// An image is compiled code as a worker takes it, none for some helpers.
type image struct {
	*blob

	// Guarded by the shelf.
	name  string
	users int
	kept  bool // on the shelf
}

// maxShelf is the memory for images that no worker is being started with.
const maxShelf = 64 << 20

// A shelf keeps the images used last, below a bound.
type shelf struct {
	mu   sync.Mutex
	most int
	kept []*image // the one used last at the end
}

func newShelf(most int) *shelf { return &shelf{most: most} }

// use returns the image of a name, or nil. The caller calls done.
func (s *shelf) use(name string) *image {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.kept, func(i *image) bool { return i.name == name })
	if i < 0 {
		return nil
	}
	img := s.kept[i]
	img.users++
	s.kept = append(slices.Delete(s.kept, i, i+1), img)
	return img
}

// add keeps a new image, which the caller is using. It takes the place of the
// one of its name.
func (s *shelf) add(name string, img *image) *image {
	s.drop(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	img.name, img.users, img.kept = name, 1, true
	s.kept = append(s.kept, img)
	return img
}

// done ends a use, and closes what is over the bound.
func (s *shelf) done(img *image) {
	s.mu.Lock()
	defer s.mu.Unlock()
	img.users--
	if img.users == 0 && !img.kept {
		img.close()
	}
	s.trim(s.most)
}

// drop takes the image of a name off the shelf. It closes with its last use.
func (s *shelf) drop(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.kept, func(i *image) bool { return i.name == name })
	if i >= 0 {
		s.remove(i)
	}
}

// close drops all images and keeps none from now on.
func (s *shelf) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.most = -1
	s.trim(s.most)
}

// trim drops the images used longest ago until the rest fits.
func (s *shelf) trim(most int) {
	used := 0
	for _, img := range s.kept {
		used += img.len()
	}
	for used > most && len(s.kept) > 0 {
		used -= s.kept[0].len()
		s.remove(0)
	}
}

func (s *shelf) remove(i int) {
	img := s.kept[i]
	img.kept = false
	if img.users == 0 {
		img.close()
	}
	s.kept = slices.Delete(s.kept, i, i+1)
}
