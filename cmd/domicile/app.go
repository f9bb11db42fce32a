package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/view"
)

type appCmds struct {
	List    appListCmd    `cmd:"" help:"Print the apps of this program."`
	New     appNewCmd     `cmd:"" help:"Begin an app in a new folder."`
	Run     appRunCmd     `cmd:"" help:"Show a view of the app of a folder, on a made-up household."`
	Test    appTestCmd    `cmd:"" help:"Compare the app's views with those kept in testdata/views."`
	Check   appCheckCmd   `cmd:"" help:"Prove by its module and manifest that the app cannot speak."`
	Sign    appSignCmd    `cmd:"" help:"Make the signed file in which the app is given to others."`
	Install appInstallCmd `cmd:"" help:"Install an app from its signed file."`
	Remove  appRemoveCmd  `cmd:"" help:"Remove an installed app with all that it kept."`
}

type appListCmd struct{}

func (appListCmd) Run(s *session) error {
	programs, err := builtIn()
	if err != nil {
		return err
	}
	for _, p := range programs {
		if p.IsApp() {
			fmt.Fprintf(s.out, "%-14s %-8s %s\n", p.Manifest.ID, p.Manifest.Version, p.Text("en", p.Manifest.Description))
		}
	}
	return nil
}

// loadApp loads the app of a folder.
func loadApp(s *session, dir string) (*program.Program, error) {
	p, err := loadFolder(s, dir)
	if err != nil {
		return nil, err
	}
	if !p.IsApp() {
		return nil, core.E(core.Invalid, "load app", fmt.Errorf("%s is a connector", p.Manifest.ID))
	}
	return p, nil
}

type appCheckCmd struct {
	Dir  string `arg:"" help:"The app's folder; a Go app is built first." type:"existingdir"`
	JSON bool   `help:"As JSON."`
}

// A proof is what an app can do, by its module and manifest.
type proof struct {
	App     string          `json:"app"`
	Version string          `json:"version"`
	SHA256  string          `json:"sha256"`
	Imports []string        `json:"imports"` // everything that the module can ask of its host
	Ops     []protocol.Op   `json:"ops"`     // everything that it can ask of the home, on standard output
	Reads   []protocol.Read `json:"reads"`
	Acts    []protocol.Act  `json:"acts,omitempty"` // everything that it may propose to send
}

func (c appCheckCmd) Run(s *session) error {
	p, err := loadApp(s, c.Dir)
	if err != nil {
		return err
	}
	imports, err := apps.Imports(p)
	if err != nil {
		return err
	}
	found := proof{p.Manifest.ID, p.Manifest.Version, p.Manifest.SHA256, imports, protocol.AppOps(), p.Manifest.Reads, p.Manifest.Acts}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(found)
	}
	fmt.Fprintf(s.out, "%s %s, module %s\n\n", found.App, found.Version, found.SHA256)
	fmt.Fprintf(s.out, "It imports %d functions of WASI preview 1 and nothing else: no socket, and in a home no file.\n", len(imports))
	fmt.Fprintf(s.out, "Its manifest names no host and no secret. Its only exit is a view, which has no place for an address.\n\n")
	for _, r := range found.Reads {
		fmt.Fprintf(s.out, "It asks for %s (%s, %s): %s\n", r.Type, r.Granularity, periodWords(r.Period), strings.Join(r.Fields, ", "))
	}
	for _, a := range found.Acts {
		if a.Withdraws != "" {
			fmt.Fprintf(s.out, "The act %s takes %s back, at %s.\n", a.ID, a.Withdraws, a.Recipient.URL)
			continue
		}
		fmt.Fprintf(s.out, "It may propose the act %s, which says one of %d things to %s when the person signs it.\n", a.ID, combinations(a), a.Recipient.URL)
	}
	fmt.Fprintln(s.out, "\nIt cannot speak.")
	return nil
}

// combinations counts what the app may choose of an act.
func combinations(a protocol.Act) int {
	n := 1
	for _, f := range a.Fields {
		n *= max(1, len(f.Options))
	}
	return n
}

func periodWords(period string) string {
	if period == "" {
		return "without bound"
	}
	return period
}

type appRunCmd struct {
	Dir   string            `arg:"" help:"The app's folder; a Go app is built first." type:"existingdir"`
	View  string            `help:"The view to show; its first unless given."`
	Param map[string]string `help:"What the person chose: name=value."`
	Lang  string            `help:"Language of the view." enum:"en,fr" default:"en"`
	Mode  string            `help:"view, action or background." enum:"view,action,background" default:"view"`
}

func (c appRunCmd) Run(s *session) error {
	p, err := loadApp(s, c.Dir)
	if err != nil {
		return err
	}
	return s.appHousehold([]*program.Program{p}, time.Now, func(h *household, a *apps.Apps) error {
		shown, err := a.Show(s.ctx, apps.Request{App: p.Manifest.ID, Mode: protocol.Mode(c.Mode), Link: view.Link{View: c.View, Params: c.Param}, Locale: c.Lang, Log: s.err})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.err, "processor %v, memory %d MB, %d requests\n", shown.Outcome.CPU.Round(time.Millisecond), shown.Outcome.MaxRSS>>20, shown.Outcome.Exchanges)
		return printView(s, shown.View)
	})
}

func printView(s *session, v view.View) error {
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(v)
}

// appHousehold makes the household with some apps more, which are given all that
// they ask for.
func (s *session) appHousehold(more []*program.Program, now core.Clock, use func(*household, *apps.Apps) error) error {
	programs, err := builtIn()
	if err != nil {
		return err
	}
	programs = slices.DeleteFunc(programs, func(o *program.Program) bool {
		return slices.ContainsFunc(more, func(p *program.Program) bool { return o.Manifest.ID == p.Manifest.ID })
	})
	return s.household(append(programs, more...), now, func(h *household) error {
		if err := h.bring(s); err != nil {
			return err
		}
		rooms, err := h.home.Rooms()
		if err != nil {
			return err
		}
		for _, p := range more {
			if err := rooms.Apps.Grant(s.ctx, apps.Propose(p, now())); err != nil {
				return err
			}
		}
		return use(h, rooms.Apps)
	})
}

type appTestCmd struct {
	Dirs   []string `arg:"" name:"dir" help:"Folders of apps; a Go app is built first." type:"existingdir"`
	Update bool     `help:"Write what the app shows now in the place of what was kept."`
}

// A golden is one file of testdata/views: what is asked of the app, and what it
// shows then.
type golden struct {
	Mode   protocol.Mode     `json:"mode,omitempty"` // view unless given
	View   string            `json:"view,omitempty"`
	Params map[string]string `json:"params,omitempty"`
	Locale string            `json:"locale"`
	Shows  json.RawMessage   `json:"shows,omitempty"`
}

// testDay is when the household of tests lives, so that views stay the same.
func testDay() time.Time {
	return time.Date(2026, time.November, 28, 12, 0, 0, 0, time.FixedZone("CET", 3600))
}

func (c appTestCmd) Run(s *session) error {
	var all []*program.Program
	for _, dir := range c.Dirs {
		p, err := loadApp(s, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		all = append(all, p)
	}
	began := time.Now()
	now := func() time.Time { return testDay().Add(time.Since(began)) }
	return s.appHousehold(all, now, func(_ *household, a *apps.Apps) error {
		wrong := 0
		for i, p := range all {
			n, err := c.views(s, a, p, c.Dirs[i])
			if err != nil {
				return err
			}
			wrong += n
		}
		if wrong > 0 {
			return core.E(core.Invalid, "test app", fmt.Errorf("%d views are not as they were kept; look, then run with --update", wrong))
		}
		return nil
	})
}

// views compares the views of one app and returns how many are not as kept.
func (c appTestCmd) views(s *session, a *apps.Apps, p *program.Program, dir string) (wrong int, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "testdata", "views", "*.json"))
	if err != nil || len(files) == 0 {
		return 0, core.E(core.NotFound, "test app", fmt.Errorf("there is nothing in %s/testdata/views: write {\"locale\":\"en\"} to a file there and run with --update", dir))
	}
	for _, file := range files {
		same, err := c.one(s, a, p, file)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", file, err)
		}
		if !same {
			wrong++
		}
	}
	_, err = fmt.Fprintf(s.out, "%s: %d views as kept\n", p.Manifest.ID, len(files)-wrong)
	return wrong, err
}

// one compares one view with its file.
func (c appTestCmd) one(s *session, a *apps.Apps, p *program.Program, file string) (same bool, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	var want golden
	if err := json.Unmarshal(text, &want); err != nil {
		return false, core.E(core.Invalid, "read", err)
	}
	shown, err := a.Show(s.ctx, apps.Request{App: p.Manifest.ID, Mode: want.Mode, Link: view.Link{View: want.View, Params: want.Params}, Locale: want.Locale, Log: s.err})
	if err != nil {
		return false, err
	}
	got, err := stable(shown.View)
	if err != nil {
		return false, err
	}
	var kept bytes.Buffer
	if err := json.Compact(&kept, want.Shows); err == nil && bytes.Equal(kept.Bytes(), got) {
		return true, nil
	}
	if !c.Update {
		fmt.Fprintf(s.out, "%s differs:\n%s\n", plain(file), firstDifference(kept.Bytes(), got))
		return false, nil
	}
	want.Shows = got
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(want); err != nil {
		return false, err
	}
	return true, os.WriteFile(file, out.Bytes(), 0o644)
}

// rowName is a row's name in a view: 20 letters of base64.
var rowName = regexp.MustCompile(`"[A-Za-z0-9_-]{20}"`)

// stable is a view as JSON, with the names of rows, which are of this home only,
// numbered in the order in which they appear.
func stable(v view.View) ([]byte, error) {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	text, names := strings.TrimSpace(line.String()), map[string]string{}
	return []byte(rowName.ReplaceAllStringFunc(text, func(name string) string {
		if names[name] == "" {
			names[name] = fmt.Sprintf(`"row-%d"`, len(names)+1)
		}
		return names[name]
	})), nil
}

// firstDifference shows where two texts part.
func firstDifference(want, got []byte) string {
	i := 0
	for i < min(len(want), len(got)) && want[i] == got[i] {
		i++
	}
	around := func(b []byte) string { return plain(string(b[max(0, i-80):min(len(b), i+80)])) }
	return "  kept  …" + around(want) + "\n  shown …" + around(got)
}

type appSignCmd struct {
	Dir string `arg:"" help:"The app's folder; a Go app is built first." type:"existingdir"`
	signFlags
}

func (c appSignCmd) Run(s *session) error {
	return inPackage(s, c.Dir, func(files fs.FS) error {
		content, p, err := program.Pack(files)
		if err != nil {
			return err
		}
		return c.sign(s, program.Format, p.Manifest.ID, p.Manifest.Version, content)
	})
}

type appInstallCmd struct {
	File string `arg:"" help:"The signed app." type:"existingfile"`
}

func (c appInstallCmd) Run(s *session) error {
	return s.through(func(d *door) error {
		var h signed.Header
		if err := d.give(s.ctx, "/apps", c.File, &h); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.out, "%s %s, signed by %s (%x). It reads nothing until you allow it on its page.\n", h.ID, h.Version, plain(h.Publisher), h.Key)
		return err
	})
}

type appRemoveCmd struct {
	ID string `arg:"" help:"The app's id."`
}

func (c appRemoveCmd) Run(s *session) error {
	return s.through(func(d *door) error { return d.call(s.ctx, "DELETE", "/apps/"+url.PathEscape(c.ID), nil, nil) })
}
