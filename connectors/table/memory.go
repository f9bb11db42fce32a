package main

import (
	"slices"
	"strings"
)

// A memory is what the person said of earlier tables: the state of the source.
type memory struct {
	Tables []remembered `json:"tables,omitempty"` // the latest last
}

type remembered struct {
	Mark string `json:"mark"` // of the form of the table
	Said string `json:"said"` // with the numbers of columns
}

const maxRemembered = 200

// mark stands for tables of one form: the same headings in the same order, or,
// without headings, as many columns.
func (t *table) mark() string {
	var all strings.Builder
	for _, name := range t.names {
		all.WriteString(name)
		all.WriteByte(0)
	}
	return digest(string(t.sign) + all.String())
}

// recall returns what was said of a table of this form. The account that the
// file itself names is the account, whatever an earlier file was.
func (p *memory) recall(t *table) (mapping, bool) {
	i := slices.IndexFunc(p.Tables, func(r remembered) bool { return r.Mark == t.mark() })
	if i < 0 {
		return mapping{}, false
	}
	m, faults := parse(t, p.Tables[i].Said)
	if m.account != "" && t.iban+t.number != "" && !m.has("account") {
		m.account = t.guess().account
	}
	return m, len(faults) == 0
}

// keep remembers what was said.
func (p *memory) keep(t *table, m mapping) {
	mark := t.mark()
	p.Tables = slices.DeleteFunc(p.Tables, func(r remembered) bool { return r.Mark == mark })
	p.Tables = append(p.Tables, remembered{mark, m.text(t, byNumber)})
	p.Tables = p.Tables[max(0, len(p.Tables)-maxRemembered):]
}
