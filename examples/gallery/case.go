package gallery

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// A Case is a page in a state.
type Case struct {
	Page   string            // its template: "timeline"
	State  string            // what is particular about it, in a few words
	Scene  string            // the home that shows it
	Path   string            // with places that the scene fills: "/records/{bill}"
	Form   url.Values        // sent instead of asking for the page; places are filled
	Files  map[string]string // sent in a form, by name: the path of a sample
	Status int               // 0: 200
	Says   string            // key of a message that proves the state; "": none does

	View func(locale.Lang) view.View // drawn within the frame of the page; nil: the page's own
}

// Code is the status that the page comes with.
func (c Case) Code() int {
	if c.Status == 0 {
		return http.StatusOK
	}
	return c.Status
}

// Cases returns what there is to show, page by page.
func Cases() []Case {
	var all []Case
	for _, cases := range [][]Case{doorCases(), listCases(), recordCases(), sourceCases(), runCases(), importCases(), tableCases(), appCases(), packCases(), installCases(), actCases(), ownCases(), problemCases(), viewCases()} {
		all = append(all, cases...)
	}
	return all
}

func doorCases() []Case {
	typed := func(password, again string) url.Values {
		return url.Values{"token": {"{token}"}, "password": {password}, "again": {again}}
	}
	return []Case{
		{Page: "setup", State: "first visit", Scene: firstRun, Path: "/setup?token={token}", Says: "setup.create"},
		{Page: "setup", State: "weak password", Scene: firstRun, Path: "/setup", Form: typed("azertyuiop", "azertyuiop"), Status: 400, Says: "setup.weak"},
		{Page: "setup", State: "passwords differ", Scene: firstRun, Path: "/setup", Form: typed(Password, "another"), Status: 400, Says: "setup.differ"},
		{Page: "problem", State: "without the set-up link", Scene: firstRun, Path: "/setup", Status: 403, Says: "setup.no-link"},
		{Page: "recovery", State: "of a new home", Scene: setUpNow, Path: "/setup", Form: typed(Password, Password), Says: "sheet.once"},
		{Page: "problem", State: "set-up link used", Scene: setUpNow, Path: "/nowhere", Status: 404},
		{Page: "unlock", State: "locked", Scene: locked, Path: "/unlock", Says: "unlock.open"},
		{Page: "unlock", State: "wrong password", Scene: locked, Path: "/unlock", Form: url.Values{"password": {"wrong"}}, Status: 401, Says: "unlock.wrong"},
		{Page: "unlock", State: "too many tries", Scene: lockedOut, Path: "/unlock", Form: url.Values{"password": {"wrong"}}, Status: 401},
		{Page: "unlock", State: "damaged vault", Scene: damaged, Path: "/unlock", Form: url.Values{"password": {Password}}, Status: 401, Says: "unlock.damaged"},
		{Page: "problem", State: "older vault than last seen", Scene: rewound, Path: "/unlock", Form: url.Values{"password": {Password}}, Says: "unlock.older"},
	}
}

func listCases() []Case {
	return []Case{
		{Page: "home", State: "nothing yet", Scene: nothingYet, Path: "/", Says: "home.start"},
		{Page: "home", State: "household", Scene: household, Path: "/", Says: "home.figures"},
		{Page: "home", State: "many problems", Scene: trouble, Path: "/", Says: "problem.auth_failed"},
		{Page: "home", State: "all calm", Scene: many, Path: "/", Says: "home.all-calm"},
		{Page: "home", State: "hostile", Scene: hostile, Path: "/"},
		{Page: "themes", State: "household", Scene: household, Path: "/themes", Says: "themes.intro"},
		{Page: "theme", State: "energy", Scene: household, Path: "/themes/energy", Says: "themes.of-contracts"},
		{Page: "theme", State: "money", Scene: household, Path: "/themes/money", Says: "figure.accounts"},
		{Page: "theme", State: "nothing yet", Scene: nothingYet, Path: "/themes/health", Says: "themes.nothing"},
		{Page: "theme", State: "hostile", Scene: hostile, Path: "/themes/energy"},
		{Page: "timeline", State: "nothing yet", Scene: nothingYet, Path: "/timeline", Says: "timeline.nothing"},
		{Page: "timeline", State: "household", Scene: household, Path: "/timeline"},
		{Page: "timeline", State: "one type, close together", Scene: household, Path: "/timeline?type=bill&dense=1", Says: "timeline.roomy"},
		{Page: "timeline", State: "one source", Scene: household, Path: "/timeline?source={telco}", Says: "timeline.remove"},
		{Page: "timeline", State: "no match", Scene: household, Path: "/timeline?from=1999-01&until=1999-02", Says: "timeline.none-match"},
		{Page: "timeline", State: "not a month", Scene: household, Path: "/timeline?until=march", Status: 400, Says: "timeline.bad-month"},
		{Page: "timeline", State: "some amounts", Scene: household, Path: "/timeline?least=30&most=100", Says: "timeline.remove"},
		{Page: "timeline", State: "not an amount", Scene: household, Path: "/timeline?least=" + url.QueryEscape(Markup), Status: 400, Says: "timeline.bad-amount"},
		{Page: "timeline", State: "one tag", Scene: household, Path: "/timeline?tag=maison", Says: "timeline.remove"},
		{Page: "timeline", State: "undated records", Scene: household, Path: "/timeline?cursor=undated", Says: "timeline.undated"},
		{Page: "timeline", State: "many records", Scene: many, Path: "/timeline", Says: "timeline.older"},
		{Page: "timeline", State: "hostile", Scene: hostile, Path: "/timeline"},
		{Page: "search", State: "empty", Scene: household, Path: "/search", Says: "search.hint"},
		{Page: "search", State: "found", Scene: household, Path: "/search?q=forfait"},
		{Page: "search", State: "by tag", Scene: household, Path: "/search?q=" + url.QueryEscape(`tag:"a payer"`), Says: "type.bill"},
		{Page: "search", State: "nothing found", Scene: household, Path: "/search?q=nothing-has-this-word", Says: "search.none"},
		{Page: "search", State: "unreadable question", Scene: household, Path: "/search?q=" + url.QueryEscape(`amount:x before:y "`)},
		{Page: "search", State: "saved", Scene: household, Path: "/search?q=" + url.QueryEscape(savedText), Says: "search.saved-as"},
		{Page: "search", State: "a name too long", Scene: household, Path: "/search/save", Form: url.Values{"q": {"edf"}, "name": {strings.Repeat("long", 20)}}, Status: 400, Says: "search.not-saved"},
		{Page: "search", State: "hostile", Scene: hostile, Path: "/search?q=" + url.QueryEscape(Markup)},
		{Page: "search", State: "hostile, found", Scene: hostile, Path: "/search?q=alert"},
	}
}

func recordCases() []Case {
	all := []Case{
		{Page: "record", State: "bill of the telco, with its file", Scene: household, Path: "/records/{telco-bill}", Says: "record.download"},
		{Page: "record", State: "a page of its file", Scene: household, Path: "/records/{paged}?page=2&file={paged-file}", Says: "record.page-next"},
		{Page: "record", State: "an image", Scene: household, Path: "/records/{photo}"},
		{Page: "record", State: "a file that cannot be shown", Scene: household, Path: "/records/{torn}", Says: "record.no-preview.invalid_file"},
		{Page: "record", State: "a page that its file lacks", Scene: household, Path: "/records/{paged}?page=9", Says: "record.no-preview.not_found"},
		{Page: "record", State: "more than its fields", Scene: household, Path: "/records/{extra}"},
		{Page: "record", State: "deleted", Scene: household, Path: "/records/{deleted}", Says: "record.deleted"},
		{Page: "record", State: "revised", Scene: household, Path: "/records/{revised}", Says: "record.revisions"},
		{Page: "record", State: "without a title", Scene: household, Path: "/records/{untitled}", Says: "record.untitled"},
	}
	all = append(append(all, ownPartCases()...), twinCases()...)
	for _, t := range record.Types() {
		all = append(all,
			Case{Page: "correct", State: string(t), Scene: household, Path: "/records/{" + string(t) + "}/correct", Says: "correct.intro"},
			Case{Page: "record", State: string(t), Scene: household, Path: "/records/{" + string(t) + "}", Says: "type." + string(t)},
			Case{Page: "record", State: "hostile " + string(t), Scene: hostile, Path: "/records/{" + string(t) + "}"})
	}
	return all
}

// ownPartCases are about what the person adds to records.
func ownPartCases() []Case {
	wrong := url.Values{"title": {""}, "was-title": {`"Internet"`}, "data/vendor": {Markup + strings.Repeat("long", 100)}, "data/amount": {"thirty"}, "data/currency": {"euro"},
		"data/issued": {"31/02/2026"}, "data/due": {Bidi}, "data/is_refund": {"perhaps"}}
	return []Case{
		{Page: "record", State: "tagged and corrected", Scene: household, Path: "/records/{corrected}", Says: "record.corrected"},
		{Page: "record", State: "corrected, and changed since by its source", Scene: household, Path: "/records/{news}", Says: "record.news"},
		{Page: "record", State: "tags that cannot be", Scene: household, Path: "/records/{corrected}/tag", Form: url.Values{"tags": {"taxes, " + Markup}}, Status: 400, Says: "tag.refused"},
		{Page: "correct", State: "corrected before", Scene: household, Path: "/records/{corrected}/correct", Says: "record.source-says"},
		{Page: "correct", State: "with mistakes", Scene: household, Path: "/records/{corrected}/correct", Form: wrong, Status: 400, Says: "correct.refused"},
		{Page: "correct", State: "hostile", Scene: hostile, Path: "/records/{bill}/correct", Says: "correct.intro"},
	}
}

func sourceCases() []Case {
	account := func(address, user, password string) url.Values {
		return url.Values{"f-address": {address}, "f-username": {user}, "f-password": {password}}
	}
	wrong := url.Values{"f-address": {"ftp://" + Markup}, "f-username": {Markup}, "label": {Markup}}
	return []Case{
		{Page: "sources", State: "none", Scene: nothingYet, Path: "/sources", Says: "sources.none"},
		{Page: "sources", State: "household", Scene: household, Path: "/sources", Says: "state.succeeded"},
		{Page: "sources", State: "in trouble", Scene: trouble, Path: "/sources", Says: "sources.paused"},
		{Page: "sources", State: "hostile", Scene: hostile, Path: "/sources"},
		{Page: "add", State: "form", Scene: nothingYet, Path: "/sources/new/ondine", Says: "add.go"},
		{Page: "add", State: "wrong address", Scene: nothingYet, Path: "/sources/new/ondine", Form: wrong, Status: 400, Says: "add.wrong"},
		{Page: "add", State: "same account twice", Scene: household, Path: "/sources/new/ondine", Form: account("{address}", "{user}", "{password}"), Status: 409, Says: "add.conflict"},
		{Page: "add", State: "wrong password", Scene: household, Path: "/sources/new/ondine", Form: account("{address}", "someone", "wrong"), Status: 502, Says: "problem.auth_failed"},
		{Page: "add", State: "provider down", Scene: household, Path: "/sources/new/ondine", Form: account("{nobody}", "someone", "wrong"), Status: 502, Says: "problem.unavailable"},
		{Page: "source", State: "up to date", Scene: household, Path: "/sources/{telco}", Says: "state.succeeded"},
		{Page: "source", State: "of files", Scene: household, Path: "/sources/{bank}", Says: "source.runs"},
		{Page: "source", State: "sign-in refused", Scene: trouble, Path: "/sources/{refused}", Says: "problem.auth_failed"},
		{Page: "source", State: "provider down", Scene: trouble, Path: "/sources/{down}", Says: "problem.unavailable"},
		{Page: "source", State: "backing off after failures in a row", Scene: trouble, Path: "/sources/{down}", Says: "source.again"},
		{Page: "source", State: "paused", Scene: trouble, Path: "/sources/{paused}", Says: "source.resume"},
		{Page: "source", State: "running", Scene: trouble, Path: "/sources/{running}", Says: "source.cancel"},
		{Page: "source", State: "queued", Scene: trouble, Path: "/sources/{queued}", Says: "state.queued"},
		{Page: "sources", State: "one is queued", Scene: trouble, Path: "/sources", Says: "state.queued"},
		{Page: "source", State: "never ran", Scene: trouble, Path: "/sources/{idle}", Says: "state.never"},
		{Page: "source", State: "a code is asked", Scene: asking, Path: "/sources/{asks}", Says: "source.answer"},
		{Page: "source", State: "sign-in to come", Scene: asking, Path: "/sources/{signs-in}", Says: "state.never"},
		{Page: "source", State: "letters of a picture are asked", Scene: asking, Path: "/sources/{shows}", Says: "source.picture-again"},
		{Page: "source", State: "a code to type elsewhere", Scene: asking, Path: "/sources/{types-code}", Says: "code.title"},
		{Page: "source", State: "a code that nobody typed in time", Scene: asking, Path: "/sources/{late-code}", Says: "landed.late"},
		{Page: "home", State: "a code is asked", Scene: asking, Path: "/", Says: "need.answer"},
		{Page: "sources", State: "a code is asked", Scene: asking, Path: "/sources"},
		{Page: "signin", State: "the way to the provider", Scene: asking, Path: "/sources/{signs-in}/sign-in", Form: url.Values{"none": {""}}, Says: "signin.paste"},
		{Page: "signin", State: "a wrong landing", Scene: asking, Path: "/sources/{signs-in}/landing", Form: url.Values{"landing": {Markup}}, Status: 403},
		{Page: "source", State: "hostile", Scene: hostile, Path: "/sources/{telco}"},
	}
}

func runCases() []Case {
	return []Case{
		{Page: "run", State: "finished", Scene: household, Path: "/sources/{telco}/runs/1", Says: "run.done"},
		{Page: "run", State: "of a file", Scene: household, Path: "/sources/{bank}/runs/1", Says: "run.reached-none"},
		{Page: "run", State: "undone", Scene: household, Path: "/sources/{bank}/runs/2", Says: "state.undone"},
		{Page: "run", State: "broken file", Scene: household, Path: "/sources/{bank}/runs/3", Says: "problem.invalid_file"},
		{Page: "run", State: "sign-in refused", Scene: trouble, Path: "/sources/{refused}/runs/2", Says: "run.mend"},
		{Page: "run", State: "running", Scene: trouble, Path: "/sources/{running}/runs/1", Says: "state.running"},
		{Page: "run", State: "hostile", Scene: hostile, Path: "/sources/{telco}/runs/1"},
	}
}

func importCases() []Case {
	several := map[string]string{"1-releve.ofx": statement, "2-unknown.bin": unknown, "3-broken.ofx": brokenStatement, Markup: unknown}
	return []Case{
		{Page: "import", State: "form", Scene: nothingYet, Path: "/import", Says: "import.intro"},
		{Page: "import", State: "no file chosen", Scene: household, Path: "/import", Form: url.Values{"none": {""}}, Status: 400, Says: "import.none"},
		{Page: "import", State: "unknown format", Scene: household, Path: "/import", Files: map[string]string{"holiday.bin": unknown}, Status: 422, Says: "import.unknown"},
		{Page: "import", State: "several files", Scene: household, Path: "/import", Files: several, Says: "import.look"},
		{Page: "import", State: "what came in", Scene: household, Path: "/import/accept", Form: url.Values{"preview": {"{ready}", "{ready-too}", "gone"}}, Says: "import.results"},
	}
}

func appCases() []Case {
	module := func(pairs ...string) url.Values {
		all := url.Values{"module": {"{module}"}, "f-limit": {"500"}}
		for i := 0; i+1 < len(pairs); i += 2 {
			all.Add(pairs[i], pairs[i+1])
		}
		return all
	}
	less := module("look", "1", "field-bill", "time", "close-bill", "monthly", "since-bill-day", "2026-01-01", "sources-bill", "some", "source-bill", "{telco}")
	wrong := module("f-limit", "", "since-bill-day", "yesterday", "sources-bill", "some", "until-day", "2020-01-01", "until", Markup)
	wrong.Set("f-limit", "")
	return []Case{
		{Page: "home", State: "what apps say", Scene: allowing, Path: "/", Says: "need.away"},
		{Page: "apps", State: "none allowed", Scene: nothingYet, Path: "/apps", Says: "apps.none"},
		{Page: "apps", State: "in every standing", Scene: allowing, Path: "/apps", Says: "apps.allowed"},
		{Page: "apps", State: "hostile", Scene: hostile, Path: "/apps"},
		{Page: "grant", State: "fresh", Scene: allowing, Path: "/apps/budget/grant", Says: "consent.purpose"},
		{Page: "grant", State: "fresh, with nothing to read", Scene: nothingYet, Path: "/apps/bills/grant", Says: "consent.not-now"},
		{Page: "grant", State: "less, looked at", Scene: allowing, Path: "/apps/budget/grant", Form: less, Says: "close.monthly"},
		{Page: "grant", State: "with mistakes", Scene: allowing, Path: "/apps/budget/grant", Form: wrong, Status: 400, Says: "consent.no-source"},
		{Page: "grant", State: "of a program that was replaced meanwhile", Scene: allowing, Path: "/apps/budget/grant", Form: url.Values{"module": {"x"}, "f-limit": {"5"}}, Status: 409, Says: "consent.changed"},
		{Page: "grant", State: "to change", Scene: allowing, Path: "/apps/bills/grant", Says: "consent.until-title"},
		{Page: "grant", State: "hostile, fresh", Scene: hostile, Path: "/apps/long/grant"},
		{Page: "grant", State: "hostile, to change", Scene: hostile, Path: "/apps/markup/grant"},
		{Page: "app", State: "view", Scene: allowing, Path: "/apps/bills", Says: "app.about"},
		{Page: "app", State: "paused", Scene: allowing, Path: "/apps/resting", Says: "app.paused-hint"},
		{Page: "app", State: "ended", Scene: allowing, Path: "/apps/over", Says: "app.ended-hint"},
		{Page: "app", State: "crashed", Scene: allowing, Path: "/apps/broken", Status: 502, Says: "app.crashed.do"},
		{Page: "app", State: "hostile", Scene: hostile, Path: "/apps/markup"},
		{Page: "app", State: "hostile, long words", Scene: hostile, Path: "/apps/words"},
		{Page: "why", State: "of a total", Scene: allowing, Path: "/apps/bills/why/1", Says: "why.title"},
		{Page: "why", State: "hostile", Scene: hostile, Path: "/apps/markup/why/1"},
		{Page: "problem", State: "no such figure", Scene: allowing, Path: "/apps/bills/why/999", Status: 404, Says: "problem.not_found"},
		{Page: "problem", State: "no such app", Scene: nothingYet, Path: "/apps/nothing", Status: 404, Says: "problem.not_found"},
		{Page: "activity", State: "of one app", Scene: allowing, Path: "/activity?app=bills"},
		{Page: "activity", State: "of apps", Scene: allowing, Path: "/activity?kind=granted"},
		{Page: "activity", State: "of a hostile app", Scene: hostile, Path: "/activity?app=markup"},
	}
}

// ownCases are the pages of the home about itself.
func ownCases() []Case {
	form := func(pairs ...string) url.Values {
		all := url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			all.Set(pairs[i], pairs[i+1])
		}
		return all
	}
	const someHead = "1-0000000000000000000000000000000000000000000000000000000000000000"
	return []Case{
		{Page: "activity", State: "household", Scene: household, Path: "/activity"},
		{Page: "activity", State: "nothing yet", Scene: nothingYet, Path: "/activity"},
		{Page: "activity", State: "one kind", Scene: household, Path: "/activity?kind=run"},
		{Page: "activity", State: "a head of another ledger", Scene: household, Path: "/activity?verify=1&head=" + someHead},
		{Page: "activity", State: "not a day", Scene: household, Path: "/activity?day=march", Status: 400},
		{Page: "activity", State: "hostile", Scene: hostile, Path: "/activity"},
		{Page: "settings", State: "household", Scene: household, Path: "/settings"},
		{Page: "settings", State: "something done", Scene: household, Path: "/settings?done=recovery"},
		{Page: "settings", State: "weak password", Scene: household, Path: "/settings/password", Form: form("old", "x", "password", "azertyuiop", "again", "x"), Status: 400},
		{Page: "settings", State: "wrong password", Scene: household, Path: "/settings/tokens", Form: form("name", Markup, "token-password", "x"), Status: 403},
		{Page: "recovery", State: "the groups are wrong", Scene: household, Path: "/settings/recovery/check", Form: form("a", "1", "b", "2", "first", Markup, "second", "x", "salt", "x", "digest", "x"), Status: 400},
		{Page: "landed", State: "from nowhere", Scene: household, Path: "/oauth/callback/x?state=y", Status: 403},
	}
}

func problemCases() []Case {
	return []Case{
		{Page: "problem", State: "no such page", Scene: household, Path: "/nowhere", Status: 404, Says: "problem.not_found"},
		{Page: "problem", State: "no such record", Scene: household, Path: "/records/nothing", Status: 404, Says: "problem.not_found"},
		{Page: "problem", State: "no such source", Scene: household, Path: "/sources/" + url.PathEscape(Markup), Status: 404, Says: "problem.not_found"},
		{Page: "problem", State: "no such filter", Scene: household, Path: "/timeline?source=x", Status: 404, Says: "problem.not_found"},
		{Page: "offline", State: "no answer", Scene: nothingYet, Path: "/offline", Says: "offline.words"},
		{Page: "problem", State: "not allowed that way", Scene: household, Path: "/sources", Form: url.Values{}, Status: 405},
	}
}

// viewCases show what apps may show, in the frame of a page of the home.
func viewCases() []Case {
	return []Case{
		{Page: "sources", State: "every component of a view", Scene: nothingYet, Path: "/sources", View: components, Says: "view.more"},
		{Page: "sources", State: "every chart of a view", Scene: nothingYet, Path: "/sources", View: charts, Says: "chart.figures"},
		{Page: "sources", State: "a hostile view", Scene: nothingYet, Path: "/sources", View: hostileView},
	}
}
