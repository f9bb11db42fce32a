// Command rights helps a person use their rights over what others hold about
// them: it writes the letters, keeps the deadlines and gathers what was answered.
//
// It sends nothing: the person prints a letter or copies it. The articles are
// those of Regulation (EU) 2016/679 (GDPR); the deadline of one month, and of two
// more with notice, is that of its article 12(3).
package main

import (
	"embed"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

//go:embed strings
var files embed.FS

func main() { app.Main(run) }

// A desk is one run of the app: the texts, the person's requests, and who holds
// data about them.
type desk struct {
	*app.Session
	t       app.Strings
	kept    kept
	holders []holder
}

func run(s *app.Session) error {
	t, err := s.Strings(files)
	if err != nil {
		return err
	}
	d := &desk{Session: s, t: t}
	if err := s.State(&d.kept); err != nil {
		return err
	}
	if d.holders, err = holdersOf(s); err != nil {
		return err
	}
	if s.Mode() == protocol.ModeAction {
		if err := d.act(); err != nil {
			return err
		}
		if err := s.Save(d.kept); err != nil {
			return err
		}
	}
	v, err := d.show()
	if err != nil {
		return err
	}
	v.Alerts = d.alerts()
	return s.Show(v)
}

func (d *desk) show() (view.View, error) {
	switch d.View() {
	case "":
		return d.overview(), nil
	case "letter":
		return d.letter()
	case "request":
		return d.request()
	case "complaint":
		return d.complaint()
	case "me":
		return d.me(), nil
	}
	return view.View{}, &protocol.Error{Code: protocol.Internal, Message: "no such view"}
}

// A holder is somebody who holds data about the person, as the records tell.
type holder struct {
	name   string
	number string // of a contract, for their files
	row    string // the contract's
	basis  string // or what else tells of them
}

// holdersOf gathers the providers of contracts, bills and bank accounts, each
// once, by name. A code of figures, as some files have in a bank's place, names
// nobody to write to.
func holdersOf(s *app.Session) (all []holder, err error) {
	add := func(h holder) {
		if strings.ContainsFunc(h.name, unicode.IsLetter) && !slices.ContainsFunc(all, func(o holder) bool { return o.name == h.name }) {
			all = append(all, h)
		}
	}
	if s.Sees(record.TypeContract, "vendor") {
		for row, err := range app.Rows[record.Contract](s, record.TypeContract, protocol.Where{}) {
			if err != nil {
				return nil, err
			}
			add(holder{name: row.Data.Vendor, number: row.Data.Number, row: row.ID})
		}
	}
	for t, field := range map[record.Type]string{record.TypeBill: "vendor", record.TypeBankAccount: "institution"} {
		if _, ok := s.Granted(t); !ok {
			continue
		}
		groups, err := s.Aggregate(app.Count(t, field))
		if sent, ok := errors.AsType[*protocol.Error](err); ok && sent.Code == "forbidden" {
			continue // the person let less be seen
		}
		if err != nil {
			return nil, err
		}
		for _, g := range groups {
			add(holder{name: g.Key[0], basis: g.Basis})
		}
	}
	slices.SortFunc(all, func(a, b holder) int { return strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) })
	return all, nil
}

func (d *desk) holder(name string) (holder, bool) {
	i := slices.IndexFunc(d.holders, func(h holder) bool { return h.name == name })
	if i < 0 {
		return holder{name: name}, false
	}
	return d.holders[i], true
}

func today(s *app.Session) day { return dayOf(s.Today()) }

func dayOf(t time.Time) day { return day(t.Format(time.DateOnly)) }
