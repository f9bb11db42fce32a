package web

import (
	"strconv"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/locale"
)

// A standing says in words how a source or a run is.
type standing struct {
	Words string
	Class string // bad, busy, idle or ""
}

func standingOf(l *locale.Locale, r *connect.Run) standing {
	if r == nil {
		return standing{l.T("state.never"), "idle"}
	}
	words := l.T("state." + string(r.State))
	switch {
	case r.Undone:
		return standing{l.T("state.undone"), "idle"}
	case r.Problem != nil:
		return standing{l.T("problem." + string(r.Problem.Code)), "bad"}
	case !r.State.HasEnded():
		return standing{words, "busy"}
	case r.State == connect.Cancelled:
		return standing{words, "idle"}
	}
	return standing{Words: words}
}

// runStanding says how one run ended: of a run "up to date" means little.
func runStanding(l *locale.Locale, r *connect.Run) standing {
	s := standingOf(l, r)
	if r.State == connect.Succeeded && !r.Undone {
		s.Words = l.T("run.done")
	}
	return s
}

// brought says what a run changed.
func brought(l *locale.Locale, c ingest.Counts) string {
	if c.Added+c.Updated+c.Forgotten == 0 {
		return l.T("run.nothing-new")
	}
	text := l.N("run.added", c.Added)
	if c.Updated > 0 {
		text += ", " + l.N("run.updated", c.Updated)
	}
	if c.Forgotten > 0 {
		text += ", " + l.N("run.forgotten", c.Forgotten)
	}
	return text
}

func runPath(r connect.Run) string { return runHref(r.Source, r.ID) }

func runHref(source core.SourceID, run core.RunID) string {
	return "/sources/" + source.String() + "/runs/" + strconv.FormatUint(uint64(run), 10)
}
