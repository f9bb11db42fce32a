package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
)

// An askedPicture is what a question shows. Alt is the question itself: what
// else the picture holds is for eyes.
type askedPicture struct {
	Src, Alt, Hint string
	Width, Height  int
	Again          string // words of the button for another; "": there is none
}

// askedPictureOf is the picture of a run's question, nil without one.
func askedPictureOf(v *visit, r *connect.Run, prompt string) *askedPicture {
	q := r.Question
	if len(q.Image) == 0 {
		return nil
	}
	p := &askedPicture{Src: runPath(*r) + "/picture/" + pictureName(q.Image), Alt: prompt, Width: q.Width, Height: q.Height, Hint: v.l.T("source.picture-hint")}
	if q.Again {
		p.Again, p.Hint = v.l.T("source.picture-again"), v.l.T("source.picture-hint-again")
	}
	return p
}

// pictureName tells the pictures of a run's questions apart.
func pictureName(image []byte) string {
	sum := sha256.Sum256(image)
	return hex.EncodeToString(sum[:8])
}

// questionPicture serves the picture of the question that stands, which the home
// encoded itself, as long as it stands.
func (s *site) questionPicture(v *visit) error {
	_, r, err := runOf(v)
	if err != nil {
		return err
	}
	if r.Question == nil || len(r.Question.Image) == 0 || pictureName(r.Question.Image) != v.Param("name") {
		return core.E(core.NotFound, "find picture", errors.New("no question shows it"))
	}
	v.Response().Header().Set("Content-Security-Policy", "sandbox; default-src 'none'")
	return v.Blob(http.StatusOK, "image/png", r.Question.Image)
}
