package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	mathrand "math/rand/v2"
	"net/http"
	"strconv"
	"strings"

	"github.com/domicile-home/domicile/core/vault"
)

// A recoveryPage is the sheet with a new key, and the check that it was kept.
type recoveryPage struct {
	frame
	IsFirst       bool   // the home was set up just now
	Key           string // "" when it was shown before
	First, Second int    // groups to type, from 1
	Salt, Digest  string // of those two
	Problem       *advice
}

// makeRecovery makes a new recovery key, shown once.
func (s *site) makeRecovery(v *visit) error {
	wrong, err := s.prove(v, v.FormValue("recovery-password"))
	if err != nil {
		return err
	}
	if wrong != "" {
		return s.refuse(v, http.StatusForbidden, "recovery-password", wrong)
	}
	key, err := newRecovery(v.Request().Context(), v.Rooms)
	if err != nil {
		return err
	}
	return s.render(v.Context, http.StatusOK, "recovery", newSheet(s.frame(v, v.l.T("sheet.title")), key))
}

// newSheet shows a key, and asks for two of its groups.
func newSheet(f frame, key vault.RecoveryKey) *recoveryPage {
	page := &recoveryPage{frame: f, Key: string(key), Salt: rand.Text()}
	groups := strings.Split(string(key), "-")
	picks := mathrand.Perm(len(groups))
	page.First, page.Second = min(picks[0], picks[1])+1, max(picks[0], picks[1])+1
	page.Digest = keptDigest(page.Salt, groups[page.First-1], groups[page.Second-1])
	return page
}

// keptDigest lets the check work without the key: what two of its groups say,
// salted. The other groups, and so the key, stay unknown.
func keptDigest(salt, first, second string) string {
	// 0, 1 and 8 are not in the alphabet: they are misread letters.
	read := strings.NewReplacer(" ", "", "-", "", "0", "O", "1", "I", "8", "B")
	sum := sha256.Sum256([]byte(salt + "\n" + read.Replace(strings.ToUpper(first)) + "\n" + read.Replace(strings.ToUpper(second))))
	return hex.EncodeToString(sum[:])
}

// checkRecovery holds two groups that the person reads from the sheet against
// the key.
func (s *site) checkRecovery(v *visit) error {
	page := &recoveryPage{frame: s.frame(v, v.l.T("sheet.title")), Salt: v.FormValue("salt"), Digest: v.FormValue("digest"), IsFirst: v.FormValue("first-run") != ""}
	var err, err2 error
	page.First, err = strconv.Atoi(v.FormValue("a"))
	page.Second, err2 = strconv.Atoi(v.FormValue("b"))
	if err != nil || err2 != nil {
		return done(v, "")
	}
	switch kept := keptDigest(page.Salt, v.FormValue("first"), v.FormValue("second")) == page.Digest; {
	case kept && page.IsFirst:
		return v.Redirect(http.StatusSeeOther, "/")
	case kept:
		return done(v, "recovery")
	}
	page.Problem = adviceFor(v.l, "recovery.differs")
	return s.render(v.Context, http.StatusBadRequest, "recovery", page)
}
