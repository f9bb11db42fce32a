package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/sdk/protocol"
)

type importPage struct {
	frame
	Problem  *advice
	Summary  string
	Previews []preview
	Ready    []string // the ids of the previews that can be imported
	Go       string   // what the button says
	Results  []importResult
	Readers  []connectorCard
	held     []connect.Preview // of the previews, in their order
}

// A preview says what importing one file would do.
type preview struct {
	Name, Reader, Holds, Period, Change string // Name is foreign text
	Accounts                            []string
	Problem                             *advice
	Said                                string // where the file is wrong, in the connector's words
	Asks                                bool   // which column is what must be said first
	Columns                             string // where that is said, or changed
	Lines                               []line // the first bank lines of a table
	Notes                               []string
	NotesWords, MoreNotes               string
}

// An importResult says what became of one file of a form.
type importResult struct {
	Name, Brought, Do string
	State             standing
	Href              string // of the run; "" when the file was not taken
}

// showImport shows the form, or what was found in files that wait.
func (s *site) showImport(v *visit) error {
	page := &importPage{}
	all := v.QueryParams()["file"]
	for _, id := range all[:min(len(all), maxImport)] {
		found, err := v.Connect.Held(id)
		if err != nil {
			page.Problem = adviceFor(v.l, "import.gone")
			continue
		}
		page.add(v, preview{Name: clip(found.Name, maxTitle)}, found)
	}
	page.link()
	page.Go = v.l.N("import.go", len(page.Ready))
	return s.renderImport(v, http.StatusOK, page)
}

// renderImport fills in what every import page has.
func (s *site) renderImport(v *visit, status int, page *importPage) error {
	page.frame = s.frame(v, v.l.T("import.title"))
	page.Path = "/import"
	for _, p := range v.Connect.Programs {
		if len(p.Manifest.Accepts) > 0 {
			page.Readers = append(page.Readers, cardOf(v, p))
		}
	}
	return s.render(v.Context, status, "import", page)
}

const maxImport = 50 // files of one form

// previewFiles streams each file of the form into the vault, where it waits
// sealed, and shows what it holds: no upload touches the disk in clear, and
// nothing comes in before the person says so. A file that cannot be read does
// not hold back the others.
func (s *site) previewFiles(v *visit) error {
	page := &importPage{}
	parts, err := v.Request().MultipartReader()
	if err != nil {
		page.Problem = adviceFor(v.l, "import.none")
		return s.renderImport(v, http.StatusBadRequest, page)
	}
	status := http.StatusOK
	for page.Problem == nil {
		part, err := nextFile(parts)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && len(page.Previews) == maxImport {
			page.Problem = adviceFor(v.l, "import.many", "n", maxImport)
			break
		}
		if err != nil { // what was read of it is shown, and said
			page.Problem = adviceFor(v.l, "import.cut")
			break
		}
		if err := page.preview(v, part); err != nil {
			return err
		}
	}
	switch {
	case len(page.Previews) == 0 && page.Problem == nil:
		page.Problem, status = adviceFor(v.l, "import.none"), http.StatusBadRequest
	case page.Problem != nil:
		status = http.StatusBadRequest
	case len(page.held) == 0:
		status = http.StatusUnprocessableEntity
	}
	if only := page.held; len(page.Previews) == 1 && len(only) == 1 && only[0].Asks {
		return s.askColumns(v, http.StatusOK, only[0], []string{only[0].ID})
	}
	page.link()
	page.Go = v.l.N("import.go", len(page.Ready))
	return s.renderImport(v, status, page)
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

// preview reads one file without keeping anything of it.
func (p *importPage) preview(v *visit, part *multipart.Part) error {
	found, err := v.Connect.Preview(v.Request().Context(), part.FileName(), part)
	shown := preview{Name: clip(part.FileName(), maxTitle)}
	switch {
	case core.CodeOf(err) == core.Locked:
		return err
	case core.CodeOf(err) == protocol.InvalidFile:
		shown.Problem = adviceFor(v.l, "import.unknown")
	case err != nil:
		shown.Problem = adviceOf(v.l, err)
	default:
		p.add(v, shown, found)
		return nil
	}
	p.Previews = append(p.Previews, shown)
	return nil
}

// Waits are the ids of the files that wait though none can be imported yet.
func (p *importPage) Waits() (ids []string) {
	for _, found := range p.held {
		ids = append(ids, found.ID)
	}
	return ids
}

// add shows what was found in a file.
func (p *importPage) add(v *visit, shown preview, found connect.Preview) {
	shown.fill(v, found)
	if found.ID != "" {
		p.held = append(p.held, found)
		if shown.Columns = found.ID; found.Table == nil {
			shown.Columns = ""
		}
		if !found.Asks {
			p.Ready = append(p.Ready, found.ID)
		}
	}
	p.Previews = append(p.Previews, shown)
}

// link leads from each table to what its columns are, and back to all files.
func (p *importPage) link() {
	var with []string
	for _, found := range p.held {
		with = append(with, found.ID)
	}
	for i, shown := range p.Previews {
		if shown.Columns != "" {
			p.Previews[i].Columns = columnsPath(shown.Columns, with)
		}
	}
}

func (p *preview) fill(v *visit, found connect.Preview) {
	if program, ok := v.Connect.Program(found.Connector); ok {
		p.Reader = text(v, program, program.Manifest.Name)
	}
	if found.Problem != nil {
		p.Problem, p.Said = adviceFor(v.l, "problem."+string(found.Problem.Code)), found.Problem.Message
		return
	}
	if p.Asks = found.Asks; p.Asks {
		return
	}
	p.tellTable(v.l, found)
	p.Holds, p.Accounts, p.Change = holds(v.l, found.Types), found.Accounts, expected(v.l, found)
	if !found.From.IsZero() {
		p.Period = v.l.Time(shorten(found.From))
		if last := v.l.Time(shorten(found.To)); last != p.Period {
			p.Period = v.l.T("import.period", "from", p.Period, "to", last)
		}
	}
}

// tellTable shows how the first rows of a table are read, and of any file what
// is left out.
func (p *preview) tellTable(l *locale.Locale, found connect.Preview) {
	for _, one := range found.Lines {
		p.Lines = append(p.Lines, line{When: l.Time(shorten(one.Time)), Title: clip(one.Title, maxTitle), Amount: l.Money(one.Amount, one.Currency)})
	}
	if p.Notes = found.Notes; len(p.Notes) > 0 {
		p.NotesWords = l.T("import.notes")
	}
	if found.More > 0 {
		p.MoreNotes = l.N("import.notes-more", found.More)
	}
}

// holds says what a file holds, type by type.
func holds(l *locale.Locale, types []connect.TypeCount) (text string) {
	for i, t := range types {
		if i > 0 {
			text += ", "
		}
		text += l.T("import.holds", "type", typeName(l, t.Type), "n", l.Int(int64(t.Records)))
	}
	return text
}

// expected says what importing would change: what is here already stays once.
func expected(l *locale.Locale, p connect.Preview) string {
	if p.Counts.Added+p.Counts.Updated == 0 {
		return l.T("import.known-all")
	}
	text := l.N("run.added", p.Counts.Added)
	if p.Counts.Updated > 0 {
		text += ", " + l.N("run.updated", p.Counts.Updated)
	}
	if p.Counts.Unchanged > 0 {
		text += ", " + l.N("import.known", p.Counts.Unchanged)
	}
	return text
}

// acceptFiles imports the files that were previewed. One file is followed on
// its run's page; several are listed with what became of each.
func (s *site) acceptFiles(v *visit) error {
	form, err := v.FormParams()
	if err != nil {
		return core.E(core.Invalid, "read form", err)
	}
	page := &importPage{}
	for _, id := range form["preview"][:min(len(form["preview"]), maxImport)] {
		page.Results = append(page.Results, accept(v, id))
	}
	switch {
	case len(page.Results) == 0:
		page.Problem = adviceFor(v.l, "import.none")
		return s.renderImport(v, http.StatusBadRequest, page)
	case len(page.Results) == 1 && page.Results[0].Href != "":
		return v.Redirect(http.StatusSeeOther, page.Results[0].Href)
	}
	taken := 0
	for _, r := range page.Results {
		if r.State.Class != "bad" {
			taken++
		}
	}
	page.Summary = v.l.N("import.summary", len(page.Results), "taken", v.l.Int(int64(taken)))
	return s.renderImport(v, http.StatusOK, page)
}

// accept imports one file and waits for its run: imports of one kind follow
// each other.
func accept(v *visit, id string) importResult {
	ctx := v.Request().Context()
	source, run, err := v.Connect.Accept(ctx, id)
	if err != nil {
		why := adviceOf(v.l, err)
		if core.CodeOf(err) == core.NotFound {
			why = adviceFor(v.l, "import.gone")
		}
		return importResult{Name: v.l.T("import.name"), State: standing{why.What, "bad"}, Do: why.Do}
	}
	r, err := v.Connect.Wait(ctx, source, run, nil)
	if err != nil {
		r = connect.Run{Source: source, ID: run, State: connect.Queued}
	}
	result := importResult{Name: v.l.T("import.name"), State: runStanding(v.l, &r), Brought: brought(v.l, r.Counts), Href: runPath(r)}
	if r.File != nil {
		result.Name = clip(r.File.Name, maxTitle)
	}
	if r.Problem != nil {
		result.Do = adviceFor(v.l, "problem."+string(r.Problem.Code)).Do
	}
	return result
}

// putAway drops the files that were previewed.
func (s *site) putAway(v *visit) error {
	form, err := v.FormParams()
	if err != nil {
		return core.E(core.Invalid, "read form", err)
	}
	for _, id := range form["preview"][:min(len(form["preview"]), maxImport)] {
		if err := v.Connect.PutAway(v.Request().Context(), id); err != nil && core.CodeOf(err) != core.NotFound {
			return err
		}
	}
	return v.Redirect(http.StatusSeeOther, "/import")
}
