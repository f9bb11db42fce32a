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
	Summary string
	Results []importResult
	Readers []connectorCard
}

// An importResult says what became of one file of a form.
type importResult struct {
	Name, Brought, Do string
	State             standing
	Href              string // of the run; "" when the file was not taken
}

func (s *site) showImport(v *visit) error { return s.renderImport(v, http.StatusOK, nil, nil) }

func (s *site) renderImport(v *visit, status int, results []importResult, problem *advice) error {
	page := &importPage{frame: s.frame(v, v.l.T("import.title")), Problem: problem, Results: results}
	taken := 0
	for _, r := range results {
		if r.State.Class != "bad" {
			taken++
		}
	}
	page.Summary = v.l.N("import.summary", len(results), "taken", v.l.Int(int64(taken)))
	for _, p := range v.Connect.Programs {
		if len(p.Manifest.Accepts) > 0 {
			page.Readers = append(page.Readers, cardOf(v, p))
		}
	}
	return s.render(v.Context, status, "import", page)
}

const maxImport = 50 // files of one form

// importFiles streams each file of the form into the vault: no upload touches
// the disk in clear. A file that fails does not hold back the others. One file
// is followed on its run's page; several are listed with what became of each.
func (s *site) importFiles(v *visit) error {
	parts, err := v.Request().MultipartReader()
	if err != nil {
		return s.renderImport(v, http.StatusBadRequest, nil, adviceFor(v.l, "import.none"))
	}
	var results []importResult
	var problem *advice
	for {
		part, err := nextFile(parts)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && len(results) == maxImport {
			problem = adviceFor(v.l, "import.many", "n", maxImport)
			break
		}
		if err != nil { // what was read of it is kept, and said
			problem = adviceFor(v.l, "import.cut")
			break
		}
		results = append(results, importPart(v, part))
	}
	switch {
	case problem != nil:
		return s.renderImport(v, http.StatusBadRequest, results, problem)
	case len(results) == 0:
		return s.renderImport(v, http.StatusBadRequest, nil, adviceFor(v.l, "import.none"))
	case len(results) > 1:
		return s.renderImport(v, http.StatusOK, results, nil)
	case results[0].Href == "":
		return s.renderImport(v, http.StatusUnprocessableEntity, nil, &advice{results[0].Name + " – " + results[0].State.Words, results[0].Do})
	}
	return v.Redirect(http.StatusSeeOther, results[0].Href)
}

// nextFile returns the next file of a form; io.EOF at the end.
func nextFile(parts *multipart.Reader) (*multipart.Part, error) {
	for {
		part, err := parts.NextPart()
		if err != nil || part.FormName() == "file" && part.FileName() != "" {
			return part, err
		}
	}
}

// importPart waits for the run: imports of one kind follow each other.
func importPart(v *visit, part *multipart.Part) importResult {
	ctx, name := v.Request().Context(), clip(part.FileName(), maxTitle)
	source, run, err := v.Connect.Import(ctx, part.FileName(), part)
	if err != nil {
		why := refusal(v, err)
		return importResult{Name: name, State: standing{why.What, "bad"}, Do: why.Do}
	}
	r, err := v.Connect.Wait(ctx, source, run, nil)
	if err != nil {
		r = connect.Run{Source: source, ID: run, State: connect.Queued}
	}
	result := importResult{Name: name, State: runStanding(v.l, &r), Brought: brought(v.l, r.Counts), Href: runPath(r)}
	if r.Problem != nil {
		result.Do = adviceFor(v.l, "problem."+string(r.Problem.Code)).Do
	}
	return result
}

// refusal says why a file was not taken.
func refusal(v *visit, err error) *advice {
	if core.CodeOf(err) == protocol.InvalidFile {
		return adviceFor(v.l, "import.unknown")
	}
	return adviceOf(v.l, err)
}
