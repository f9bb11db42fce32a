package main

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// An allowance is what a plan's name promises; 0 for what it does not say.
type allowance struct {
	label   string
	bytes   int64
	seconds int64
}

var (
	dataWords  = regexp.MustCompile(`(?i)(\d{1,4}(?:[.,]\d)?)\s*(Go|GB|Mo|MB)\b`)
	voiceWords = regexp.MustCompile(`(?i)(\d{1,3})\s*(?:h|heures?|hours?)\b`)
)

// allowanceOf reads "Forfait Estran 5 Go, 2 h".
func allowanceOf(label string) allowance {
	a := allowance{label: label}
	if m := dataWords.FindStringSubmatch(label); m != nil {
		n, err := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", "."), 64)
		size := 1e9
		if strings.EqualFold(m[2], "Mo") || strings.EqualFold(m[2], "MB") {
			size = 1e6
		}
		if err == nil {
			a.bytes = int64(n * size)
		}
	}
	if m := voiceWords.FindStringSubmatch(label); m != nil {
		if n, err := strconv.ParseInt(m[1], 10, 64); err == nil {
			a.seconds = n * 3600
		}
	}
	return a
}

// digits are those of a number, the last nine: what stands before them is a
// country's or a trunk's.
func digits(number string) string {
	var all []rune
	for _, c := range number {
		if c >= '0' && c <= '9' {
			all = append(all, c)
		}
	}
	return string(all[max(0, len(all)-9):])
}

// isOf reports whether a line of a bill is about a number.
func isOf(label, line string) bool {
	d := digits(line)
	if len(d) < 6 {
		return false
	}
	var all []rune
	for _, c := range label {
		if c >= '0' && c <= '9' {
			all = append(all, c)
		}
	}
	return strings.Contains(string(all), d)
}

type billRow = app.Row[record.Bill]

// bills returns the bills that name one of the lines, the newest first.
func (r *reader) bills() (all []billRow, err error) {
	if !r.Sees(record.TypeBill, "lines") {
		return nil, nil
	}
	lines := r.log.lines()
	for row, err := range app.Rows[record.Bill](r.Session, record.TypeBill, protocol.Where{}) {
		if err != nil {
			return nil, err
		}
		if names(row.Data, lines) {
			all = append(all, row)
		}
	}
	return all, nil
}

func names(b record.Bill, lines []string) bool {
	for _, l := range b.Lines {
		for _, line := range lines {
			if isOf(l.Label, line) {
				return true
			}
		}
	}
	return false
}

// allowances returns what each line's plan promises: as the newest bill names
// it, or, of a lone line, its contract.
func (r *reader) allowances() (map[string]allowance, error) {
	bills, err := r.bills()
	if err != nil {
		return nil, err
	}
	lines := r.log.lines()
	all := planned(bills, lines)
	if len(lines) != 1 || len(all) > 0 || !r.Sees(record.TypeContract, "label") {
		return all, nil
	}
	for row, err := range app.Rows[record.Contract](r.Session, record.TypeContract, protocol.Where{}) {
		if err != nil {
			return nil, err
		}
		if row.Data.Kind == "mobile" {
			all[lines[0]] = allowanceOf(row.Data.Label)
		}
	}
	return all, nil
}

// planned reads the plans of lines off bills, the newest first.
func planned(bills []billRow, lines []string) map[string]allowance {
	all := map[string]allowance{}
	for _, b := range bills {
		for _, l := range b.Data.Lines {
			for _, line := range lines {
				if _, known := all[line]; !known && isOf(l.Label, line) {
					all[line] = allowanceOf(strings.TrimRight(strings.ReplaceAll(l.Label, line, ""), " ,"))
				}
			}
		}
	}
	return all
}

// overview is the first view: what the lines were used for in the latest month,
// beside what their plans allow.
func (r *reader) overview(v *view.View) error {
	plans, err := r.allowances()
	if err != nil {
		return err
	}
	month := r.log.of(func(c cell) bool { return c.month == r.last })
	if r.money != "" {
		v.Summary = r.t.Text("summary", "month", r.last.value(), "paid", r.paid(month))
		r.alertBeyond(v)
	}
	for _, line := range r.log.lines() {
		v.Nodes = append(v.Nodes, r.lineSection(line, plans[line]))
	}
	v.Nodes = append(v.Nodes, r.dataChart(), text(app.Plain(r.t.T("overview.how"))))
	return nil
}

func (r *reader) lineSection(line string, plan allowance) view.Node {
	own := func(fits func(cell) bool) use {
		return r.log.of(func(c cell) bool { return c.line == line && c.month == r.last && fits(c) })
	}
	data := own(func(c cell) bool { return c.kind == "data" })
	voice := own(func(c cell) bool { return c.kind == "voice" && c.direction == "out" })
	sent := own(func(c cell) bool { return c.isMessage() && c.direction == "out" })
	n := view.Node{Kind: view.KindSection, Title: line}
	said := view.Text{r.last.value()}
	if plan.label != "" {
		said = r.t.Text("plan", "plan", plan.label, "month", r.last.value())
	}
	n.Nodes = append(n.Nodes, text(said))
	value := volume(data.bytes)
	value.Why = data.why()
	n.Nodes = append(n.Nodes, r.against(r.t.T("data"), value, data.bytes, plan.bytes, volume(plan.bytes)))
	value = minutes(voice.seconds)
	value.Why = voice.why()
	n.Nodes = append(n.Nodes, r.against(r.t.T("voice"), value, voice.seconds, plan.seconds, minutes(plan.seconds)))
	value = number(sent.count)
	value.Why = sent.why()
	n.Nodes = append(n.Nodes, stat(r.t.T("messages"), value, nil))
	if all := own(func(cell) bool { return true }); r.money != "" {
		n.Nodes = append(n.Nodes, stat(r.t.T("beyond"), r.paid(all), nil))
	}
	return n
}

// against shows a use beside an allowance, alone when that is not known.
func (r *reader) against(title string, value view.Value, used, allowed int64, limit view.Value) view.Node {
	if allowed <= 0 {
		return stat(title, value, app.Plain(r.t.T("no-allowance")))
	}
	per, _ := mulDiv(used, 1000, allowed)
	key := "of-plan"
	if used > allowed {
		key = "over-plan"
	}
	return view.Node{Kind: view.KindProgress, Title: title, Done: int(min(per, 1000)), Total: 1000,
		Text: r.t.Text(key, "used", value, "allowed", limit)}
}

// shownMonths is how many months a chart has.
const shownMonths = 13

func (r *reader) dataChart() view.Node {
	c := &view.Chart{Drawing: view.DrawBar, X: r.t.T("month"), Unit: "GB"}
	for _, line := range r.log.lines() {
		s := view.Series{Name: line}
		for m := r.last - shownMonths + 1; m <= r.last; m++ {
			u := r.log.of(func(c cell) bool { return c.line == line && c.month == m && c.kind == "data" })
			if u.count == 0 {
				s.Values, s.Why = append(s.Values, nil), append(s.Why, nil)
				continue
			}
			gb := float64((u.bytes+5e6)/1e7) / 100
			s.Values, s.Why = append(s.Values, &gb), append(s.Why, u.why())
		}
		c.Series = append(c.Series, s)
	}
	for m := r.last - shownMonths + 1; m <= r.last; m++ {
		c.Labels = append(c.Labels, m.value())
	}
	if len(c.Series) > view.MaxSeries {
		c.Series = c.Series[:view.MaxSeries]
	}
	return view.Node{Kind: view.KindChart, Title: r.t.T("data-months"), Chart: c}
}
