package render

import (
	"strings"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// A value is one written value, as the templates see it.
type value struct {
	Text     string // foreign
	Time     string // the same, for machines, when it is a date
	Href     string // where it leads
	Level    level
	Why      string // where the records behind it are
	WhyLabel string
	WhyWords string
	Wide     bool // more than a few words: may break anywhere
}

// A level is said in words to those who listen, by a sign to those who look.
type level struct{ Name, Words, Before string }

// levelOf returns how something is meant; the zero level for no meaning.
func levelOf(l *locale.Locale, of view.Level) level {
	words := ""
	switch of {
	case view.LevelInfo:
		words = l.T("level.info")
	case view.LevelGood:
		words = l.T("level.good")
	case view.LevelWarn:
		words = l.T("level.warn")
	case view.LevelBad:
		words = l.T("level.bad")
	default:
		return level{}
	}
	return level{string(of), words, l.T("level.before", "level", words)}
}

// words writes v in the language of l, without what it leads to.
func words(v view.Value, l *locale.Locale) string {
	text := v.Text
	switch {
	case v.Money != "":
		text = l.Money(v.Money, v.Currency)
	case v.Number != "":
		text = l.Unit(l.Number(v.Number), v.Unit)
	case !v.Date.IsZero():
		text = l.Time(v.Date)
	}
	return Clip(Plain(text), maxText)
}

// Words writes t in the language of l as plain text: for the title of a page,
// or a notification.
func Words(t view.Text, l *locale.Locale) string {
	var all strings.Builder
	for _, v := range t {
		all.WriteString(words(v, l))
	}
	return Clip(all.String(), maxText)
}

func (p *painter) value(v view.Value) value {
	shown := value{Text: words(v, p.l), Level: levelOf(p.l, v.Level)}
	shown.Wide = len(shown.Text) > maxFew
	if v.Text == "" && v.Money == "" && v.Number == "" {
		shown.Time = machineTime(v.Date)
	}
	if v.Record != "" {
		shown.Href = p.to.Record(v.Record)
	}
	if shown.Href == "" {
		shown.Href = p.address(v.Link)
	}
	if !strings.ContainsFunc(shown.Text, shows) {
		shown.Href = "" // a link without words cannot be seen
	}
	if shown.Why, shown.WhyLabel = p.why(v.Why, shown.Text); shown.Why != "" {
		shown.WhyWords = p.l.T("why.words")
	}
	return shown
}

// maxFew is how many bytes of a text are still few.
const maxFew = 40

// why returns where the records behind a figure are, and what the link says.
func (p *painter) why(w *view.Why, figure string) (href, label string) {
	if w == nil {
		return "", ""
	}
	if href = p.to.Why(*w); href == "" {
		return "", ""
	}
	return href, p.l.T("why.label", "figure", within(figure, 60))
}

// text writes a run of values.
func (p *painter) text(t view.Text) (all []value) {
	for _, v := range t {
		all = append(all, p.value(v))
	}
	return all
}

// machineTime writes t as <time> wants it.
func machineTime(t record.Time) string {
	text, _, _ := strings.Cut(t.String(), "[")
	return text
}
