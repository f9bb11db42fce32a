package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// A mapping is what the person says of a table.
type mapping struct {
	roles    []string // by column; "" for nothing
	order    orders   // 0: it makes no difference, or nobody said
	decimal  decimals // the same
	currency string   // of rows that say none
	account  string   // the same
}

// column returns the first column with a role, or -1.
func (m mapping) column(role string) int { return slices.Index(m.roles, role) }

// has reports whether a column has one of the roles.
func (m mapping) has(roles ...string) bool {
	return slices.ContainsFunc(roles, func(role string) bool { return m.column(role) >= 0 })
}

// Whether a mapping is written with the headings of columns or their numbers.
const (
	byNumber = false
	byName   = true
)

// text writes m as [parse] reads it.
func (m mapping) text(t *table, names bool) string {
	var parts []string
	for _, role := range protocol.TableRoles() {
		for i, one := range m.roles {
			if one != role {
				continue
			}
			ref := "#" + strconv.Itoa(i+1)
			if names && t.isPlainName(i) {
				ref = t.names[i]
			}
			parts = append(parts, role+"="+ref)
		}
	}
	for _, setting := range [][2]string{{"order", m.order.name()}, {"decimal", m.decimal.name()}, {"currency", m.currency}, {"account", m.account}} {
		if value := setting[1]; value != "" {
			if setting[0] == "account" && (!names || strings.ContainsAny(value, `,"=#`)) {
				value = `"` + strings.ReplaceAll(value, `"`, `""`) + `"`
			}
			parts = append(parts, setting[0]+"="+value)
		}
	}
	return strings.Join(parts, ",")
}

// isPlainName reports whether a column can be named by its heading, which no
// other column has.
func (t *table) isPlainName(i int) bool {
	name := t.names[i]
	if name == "" || strings.ContainsAny(name, `,"=#`) {
		return false
	}
	n := 0
	for _, other := range t.names {
		if fold(other) == fold(name) {
			n++
		}
	}
	return n == 1
}

// parse reads what the person says: role=heading or role=#number, and settings,
// between commas. A value between quotes may hold commas, and is always the
// text of a setting where a setting and a role have one name.
func parse(t *table, text string) (mapping, []protocol.TableFault) {
	m := mapping{roles: make([]string, len(t.names))}
	var faults []protocol.TableFault
	for _, item := range items(text) {
		key, value, found := strings.Cut(item, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !found || value == "" {
			faults = append(faults, faultAt(key, "unknown", "%s: want role=column", quoted(item)))
			continue
		}
		if f := m.take(t, key, value); f != nil {
			faults = append(faults, *f)
		}
	}
	return m, faults
}

// items cuts a text at the commas that are not between quotes.
func items(text string) (all []string) {
	quotes, start := false, 0
	for i, c := range []byte(text) {
		switch {
		case c == '"':
			quotes = !quotes
		case c == ',' && !quotes:
			all = append(all, text[start:i])
			start = i + 1
		}
	}
	if rest := text[start:]; strings.TrimSpace(rest) != "" || len(all) > 0 {
		all = append(all, rest)
	}
	return all
}

// take takes one item.
func (m *mapping) take(t *table, key, value string) *protocol.TableFault {
	plain, isQuoted := value, false
	if inner, ok := strings.CutPrefix(value, `"`); ok && len(value) > 1 && strings.HasSuffix(value, `"`) {
		plain, isQuoted = strings.ReplaceAll(inner[:len(inner)-1], `""`, `"`), true
	}
	isSetting := key == "currency" || key == "account"
	if key == "order" || key == "decimal" {
		return m.set(key, plain)
	}
	if !slices.Contains(protocol.TableRoles(), key) {
		f := faultAt(key, "unknown", "%s is nothing that a column can be: want one of %s, order or decimal", quoted(key), strings.Join(protocol.TableRoles(), ", "))
		return &f
	}
	if !isSetting || !isQuoted {
		i, n := t.columnNamed(plain)
		switch {
		case n == 1:
			return m.give(i, key)
		case n > 1:
			f := faultAt(key, "twice", "%d columns are called %s: name one by its number, such as #%d", n, quoted(plain), i+1)
			return &f
		case !isSetting:
			f := faultAt(key, "unknown", "no column is called %s", quoted(plain))
			return &f
		}
	}
	return m.set(key, plain)
}

func (m *mapping) give(i int, role string) *protocol.TableFault {
	if m.roles[i] != "" && m.roles[i] != role {
		f := faultAt(role, "both", "column %d cannot be both %s and %s", i+1, m.roles[i], role)
		return &f
	}
	m.roles[i] = role
	return nil
}

func (m *mapping) set(key, value string) *protocol.TableFault {
	bad := func(format string, args ...any) *protocol.TableFault {
		f := faultAt(key, "unknown", format, args...)
		return &f
	}
	switch key {
	case "order":
		if m.order = orderNamed(value); m.order == 0 {
			return bad("order is one of %s", strings.Join(protocol.TableOrders(), ", "))
		}
	case "decimal":
		if m.decimal = decimalsNamed(value); m.decimal == 0 {
			return bad("decimal is comma or point")
		}
	case "currency":
		code, ok := currencyOf(value)
		if !ok || code == "" {
			return bad("%s is no currency: want a code such as EUR", quoted(value))
		}
		m.currency = code
	case "account":
		if len([]rune(value)) > protocol.MaxTableCell {
			return bad("the name of an account has at most %d characters", protocol.MaxTableCell)
		}
		m.account = strings.Join(strings.Fields(value), " ")
	}
	return nil
}

// columnNamed returns the first column with a number or a heading, and how many
// have it.
func (t *table) columnNamed(name string) (at, n int) {
	if number, ok := strings.CutPrefix(name, "#"); ok {
		if i, err := strconv.Atoi(number); err == nil && i >= 1 && i <= len(t.names) {
			return i - 1, 1
		}
		return 0, 0
	}
	for _, same := range []func(string) bool{
		func(other string) bool { return other == name },
		func(other string) bool { return fold(other) == fold(name) && fold(name) != "" },
	} {
		for i, other := range t.names {
			if same(other) {
				if n++; n == 1 {
					at = i
				}
			}
		}
		if n > 0 {
			break
		}
	}
	return at, n
}

func faultAt(at, why, format string, args ...any) protocol.TableFault {
	return protocol.TableFault{At: clip(at, protocol.MaxTableCell), Why: why, Text: fmt.Sprintf(format, args...)}
}
