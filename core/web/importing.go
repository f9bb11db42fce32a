package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/sdk/protocol"
)

type importPage struct {
	frame
	Problem *advice
	Readers []connectorCard
}

func (s *site) showImport(v *visit) error { return s.renderImport(v, http.StatusOK, nil) }

func (s *site) renderImport(v *visit, status int, problem *advice) error {
	page := &importPage{frame: s.frame(v, v.l.T("import.title")), Problem: problem}
	for _, p := range v.Connect.Programs {
		if len(p.Manifest.Accepts) > 0 {
			page.Readers = append(page.Readers, cardOf(v, p))
		}
	}
	return s.render(v.Context, status, "import", page)
}

const maxImport = 50 // files of one form

// importFiles streams each file of the form into the vault: no upload touches
// the disk in clear. One file is followed on its run's page.
func (s *site) importFiles(v *visit) error {
	parts, err := v.Request().MultipartReader()
	if err != nil {
		return s.renderImport(v, http.StatusBadRequest, adviceFor(v.l, "import.none"))
	}
	var runs []connect.Run
	for len(runs) < maxImport {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return core.E(core.Invalid, "read form", err)
		}
		if part.FormName() != "file" || part.FileName() == "" {
			continue
		}
		r, err := importPart(v, part)
		if err != nil {
			return s.renderImport(v, problemOf(err).Status, refusal(v, part.FileName(), err))
		}
		runs = append(runs, r)
	}
	switch len(runs) {
	case 0:
		return s.renderImport(v, http.StatusBadRequest, adviceFor(v.l, "import.none"))
	case 1:
		return v.Redirect(http.StatusSeeOther, runPath(runs[0]))
	default:
		return v.Redirect(http.StatusSeeOther, "/sources")
	}
}

// importPart waits for the run: imports of one kind follow each other.
func importPart(v *visit, part *multipart.Part) (connect.Run, error) {
	ctx := v.Request().Context()
	source, run, err := v.Connect.Import(ctx, part.FileName(), part)
	if err != nil {
		return connect.Run{}, err
	}
	return v.Connect.Wait(ctx, source, run, nil)
}

// refusal says why a file was not taken.
func refusal(v *visit, name string, err error) *advice {
	if core.CodeOf(err) == protocol.InvalidFile {
		return adviceFor(v.l, "import.unknown", "name", name)
	}
	return adviceOf(v.l, err)
}
