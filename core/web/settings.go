package web

import (
	"context"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/vault"
)

type settingsPage struct {
	frame
	Problem           *advice           // what went wrong, in one sentence
	Done              *advice           // what was done
	Wrong             map[string]string // by field
	Typed             map[string]string // by field; no secret
	Languages, Themes []option
	KeyFile           bool
	Sessions          []sessionLine
	Others            bool // sessions beside this one
	Tokens            []tokenLine
	Scopes, Lives     []option
	NewToken          string // shown once
	Storage, About    []fact
}

type sessionLine struct {
	ID, Device, Since, Seen string
	Current                 bool
}

type tokenLine struct {
	ID, Name, Scopes, Expires, Seen string
	Expired                         bool
}

// settings shows everything that can be set, and what the last form did.
func (s *site) settings(v *visit) error {
	page, err := s.settingsPage(v)
	if err != nil {
		return err
	}
	if key, ok := doneKeys()[v.QueryParam("done")]; ok {
		page.Done = adviceFor(v.l, key)
	}
	return s.render(v.Context, http.StatusOK, "settings", page)
}

// doneKeys are the messages that a form may end with.
func doneKeys() map[string]string {
	return map[string]string{"theme": "settings.done-theme", "recovery": "settings.done-recovery", "revoked": "settings.done-revoked",
		"key-file": "settings.done-key-file", "compact": "settings.done-compact"}
}

// done goes back to the settings and says what was done.
func done(v *visit, what string) error {
	return v.Redirect(http.StatusSeeOther, "/settings?done="+what)
}

// refuse shows the settings again, with what was typed and what is wrong with
// it. Wrong holds pairs of a field and its message.
func (s *site) refuse(v *visit, status int, wrong ...string) error {
	page, err := s.settingsPage(v)
	if err != nil {
		return err
	}
	page.Problem = adviceFor(v.l, "settings.wrong")
	for i := 0; i+1 < len(wrong); i += 2 {
		page.Wrong[wrong[i]] = wrong[i+1]
	}
	return s.render(v.Context, status, "settings", page)
}

func (s *site) settingsPage(v *visit) (*settingsPage, error) {
	page := &settingsPage{frame: s.frame(v, v.l.T("settings.title")), Wrong: map[string]string{}, Typed: map[string]string{}}
	for _, lang := range page.Langs {
		page.Languages = append(page.Languages, option{string(lang.Lang), lang.Label, lang.Lang == v.l.Lang})
	}
	theme := themeOf(v.Context)
	for value, key := range map[string]string{"light": "settings.theme-light", "dark": "settings.theme-dark"} {
		page.Themes = append(page.Themes, option{value, v.l.T(key), theme == value})
	}
	sortOptions(page.Themes)
	page.Themes = append([]option{{"system", v.l.T("settings.theme-system"), theme == ""}}, page.Themes...)
	for _, slot := range v.Vault.Slots() {
		page.KeyFile = page.KeyFile || slot.Kind == vault.SlotKeyFile
	}
	s.listSessions(v, page)
	if err := s.listTokens(v, page); err != nil {
		return nil, err
	}
	storage, err := storageFacts(v)
	page.Storage, page.About = storage, about(v)
	return page, err
}

// setTheme keeps the theme in a cookie that every page reads.
func (s *site) setTheme(v *visit) error {
	cookie := &http.Cookie{Name: "theme", Value: v.FormValue("theme"), Path: "/", MaxAge: 365 * 24 * 3600,
		Secure: isSecure(v.Request()), HttpOnly: true, SameSite: http.SameSiteLaxMode}
	switch cookie.Value {
	case "light", "dark":
	default:
		cookie.Value, cookie.MaxAge = "", -1
	}
	v.SetCookie(cookie)
	return done(v, "theme")
}

// noted writes one line about a setting.
func noted(ctx context.Context, r *Rooms, e ledger.Entry) error {
	return r.Ledger.Append(context.WithoutCancel(ctx), e)
}

// removeKeyFile ends unattended start.
func (s *site) removeKeyFile(v *visit) error {
	if err := removeKeyFile(v.Request().Context(), v.Rooms); err != nil && core.CodeOf(err) != core.NotFound {
		return err
	}
	return done(v, "key-file")
}

func removeKeyFile(ctx context.Context, r *Rooms) error {
	if err := r.Vault.RemoveKeyFile(ctx); err != nil {
		return err
	}
	return noted(ctx, r, ledger.Entry{Kind: ledger.Setting, What: "key-file"})
}

// compact gives the space of what was deleted back to the disk.
func (s *site) compact(v *visit) error {
	if err := compact(v.Request().Context(), v.Rooms); err != nil {
		return err
	}
	return done(v, "compact")
}

func compact(ctx context.Context, r *Rooms) error {
	if err := r.Vault.Compact(ctx); err != nil {
		return err
	}
	return noted(ctx, r, ledger.Entry{Kind: ledger.Setting, What: "compact"})
}

// storageFacts says what the home takes, and how many records each source has.
func storageFacts(v *visit) ([]fact, error) {
	ctx := v.Request().Context()
	size, err := v.Storage()
	if err != nil {
		return nil, err
	}
	files, bytes, err := filesOf(ctx, v.Rooms)
	if err != nil {
		return nil, err
	}
	facts := []fact{
		{Name: v.l.T("settings.vault"), Value: v.l.Size(size.Vault)},
		{Name: v.l.T("settings.files"), Value: v.l.N("settings.files-words", files, "size", v.l.Size(bytes))},
		{Name: v.l.T("settings.cache"), Value: v.l.Size(size.Cache)},
	}
	counts, err := v.Query.Counts(ctx)
	if err != nil {
		return nil, err
	}
	sources, err := v.Connect.Sources(ctx)
	for _, src := range sources {
		facts = append(facts, fact{Name: src.Label, Value: v.l.N("sources.records", counts.OfSource(src.ID)), Href: "/sources/" + src.ID.String()})
	}
	return facts, err
}

// filesOf counts the files of all sources.
func filesOf(ctx context.Context, r *Rooms) (n int, bytes int64, err error) {
	err = r.Vault.View(ctx, func(tx *vault.Tx) error {
		for _, id := range tx.Spaces() {
			space, err := tx.Space(id)
			if err != nil {
				return err
			}
			for f, err := range space.Files(0) {
				if err != nil {
					return err
				}
				n, bytes = n+1, bytes+f.Size
			}
		}
		return ctx.Err()
	})
	return n, bytes, err
}

// about says which program this is.
func about(v *visit) []fact {
	version, revision := "devel", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" && info.Main.Version != "(devel)" {
			version = info.Main.Version
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = setting.Value
			}
		}
	}
	facts := []fact{{Name: v.l.T("settings.version"), Value: version}}
	if revision != "" {
		facts = append(facts, fact{Name: v.l.T("settings.revision"), Value: revision})
	}
	return append(facts, fact{Name: v.l.T("settings.licence"), Value: "Apache-2.0"})
}

// scopeKeys names the scopes.
func scopeKeys() map[auth.Scope]string {
	return map[auth.Scope]string{auth.RecordsRead: "settings.scope-records-read", auth.FilesRead: "settings.scope-files-read",
		auth.SourcesRead: "settings.scope-sources-read", auth.SourcesRun: "settings.scope-sources-run", auth.ImportWrite: "settings.scope-import-write"}
}

func scopeWords(v *visit, scopes []auth.Scope) string {
	var words []string
	for _, scope := range scopes {
		words = append(words, v.l.T(scopeKeys()[scope]))
	}
	return strings.Join(words, ", ")
}
