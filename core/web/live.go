package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Bounds of the streams that tell open pages of changes.
const (
	liveBeat    = time.Second      // between two looks
	liveSilence = 20 * time.Second // after which a comment shows that the stream lives
	maxStreams  = 32
)

// events tells a page that something changed, and no more: the page then asks
// for itself again. The stream ends with the session; being watched keeps no
// session alive.
func (s *site) events(v *visit) error {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		return core.E(protocol.RateLimited, "watch", errors.New("too many pages watch"))
	}
	w := v.Response()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	ctx := v.Request().Context()
	beat := time.NewTicker(liveBeat)
	defer beat.Stop()
	var known string
	for quiet := time.Duration(0); ; quiet += liveBeat {
		now, err := digest(v)
		said := ""
		switch {
		case s.Home.State() != Unlocked || !v.Auth.IsLive(v.session.ID):
			_, err := io.WriteString(w, "event: gone\ndata: \n\n")
			return err
		case err != nil:
			return err
		case known != "" && now != known:
			said = "event: change\ndata: \n\n"
		case quiet >= liveSilence || known == "":
			said = ": here\n\n"
		}
		if known = now; said != "" {
			quiet = 0
			if _, err := io.WriteString(w, said); err != nil {
				return err
			}
			w.Flush()
		}
		select {
		case <-beat.C:
		case <-ctx.Done():
			return nil
		case <-s.Done:
			return nil
		}
	}
}

// digest changes when a page may look different: with the journal, with the
// runs under way and with the sign-ins that wait.
func digest(v *visit) (string, error) {
	latest, err := v.Query.Latest(v.Request().Context())
	text := fmt.Sprint(latest)
	for _, r := range v.Connect.Active() {
		text += fmt.Sprintf("|%s %d %s %v %t", r.Source, r.ID, r.State, r.Progress, r.Question != nil)
	}
	return fmt.Sprint(text, v.Connect.SigningIn()), err
}
