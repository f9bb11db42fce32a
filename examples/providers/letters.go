package providers

import (
	"crypto/rand"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strings"
)

// The letters of a picture: how many, and from which, none like another.
const (
	letterCount = 5
	letterCell  = 48 // pixels, square
	letterDot   = 5  // pixels of one dot of a letter
)

// glyphs are letters of five by seven dots, a row a number, its highest bit on
// the left.
func glyphs() map[byte][7]byte {
	return map[byte][7]byte{
		'A': {14, 17, 17, 31, 17, 17, 17}, 'C': {14, 17, 16, 16, 16, 17, 14}, 'E': {31, 16, 16, 30, 16, 16, 31},
		'H': {17, 17, 17, 31, 17, 17, 17}, 'K': {17, 18, 20, 24, 20, 18, 17}, 'L': {16, 16, 16, 16, 16, 16, 31},
		'N': {17, 25, 21, 19, 17, 17, 17}, 'P': {30, 17, 17, 30, 16, 16, 16}, 'T': {31, 4, 4, 4, 4, 4, 4},
		'U': {17, 17, 17, 17, 17, 17, 14}, 'X': {17, 17, 10, 4, 10, 17, 17}, 'Z': {31, 1, 2, 4, 8, 16, 31},
	}
}

const letterAlphabet = "ACEHKLNPTUXZ"

// showLetters draws new letters for a session. The ones before are void.
func (t *Telco) showLetters(w http.ResponseWriter, s *session) {
	var noise [letterCount + 64]byte
	rand.Read(noise[:])
	var letters strings.Builder
	for _, b := range noise[:letterCount] {
		letters.WriteByte(letterAlphabet[int(b)%len(letterAlphabet)])
	}
	t.mu.Lock()
	s.letters, t.letters = letters.String(), letters.String()
	t.stats.Pictures++
	t.mu.Unlock()
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "no-store")
	if err := png.Encode(w, drawLetters(letters.String(), noise[:])); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// drawLetters draws letters that stand unevenly, crossed by lines.
func drawLetters(letters string, noise []byte) image.Image {
	shades := color.Palette{color.White, color.RGBA{0x1F, 0x3A, 0x5F, 0xFF}, color.RGBA{0x8A, 0x9B, 0xB0, 0xFF}}
	picture := image.NewPaletted(image.Rect(0, 0, letterCell*len(letters), letterCell), shades)
	for i := range 4 {
		from, to := int(noise[2*i])%letterCell, int(noise[2*i+1])%letterCell
		for x := range picture.Rect.Dx() {
			picture.SetColorIndex(x, from+(to-from)*x/picture.Rect.Dx(), 2)
		}
	}
	all := glyphs()
	for i := range len(letters) {
		left, top := i*letterCell+6+int(noise[i])%12, int(noise[len(noise)-1-i])%12
		for row, bits := range all[letters[i]] {
			for column := range 5 {
				if bits>>(4-column)&1 == 0 {
					continue
				}
				for dot := range letterDot * letterDot {
					picture.SetColorIndex(left+column*letterDot+dot%letterDot, top+row*letterDot+dot/letterDot, 1)
				}
			}
		}
	}
	return picture
}

// hasRead reports whether the letters of the session's picture are these, as
// people type them. They are good once.
func (t *Telco) hasRead(s *session, letters string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	isRight := s.letters != "" && strings.ToUpper(strings.TrimSpace(letters)) == s.letters
	if s.letters = ""; !isRight {
		t.stats.Misread++
	}
	return isRight
}

// Letters returns those of the picture that was shown last.
func (t *Telco) Letters() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.letters
}
