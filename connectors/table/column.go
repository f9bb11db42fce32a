package main

import "strings"

// A column is what all cells of a column have in common.
type column struct {
	filled   int
	alone    int // cells that are all of their row
	days     int
	by       [8]int // days that may be read by just these orders
	contest  string // a day that may be read by several
	amounts  int
	likely   int    // amounts that look like one
	decimals [4]int // amounts that may be read by just these signs
	unsure   string // an amount that both signs read, differently
	positive int
	negative int
	ways     int // cells that say in or out
	codes    int // cells that are a currency
	ibans    int
	letters  int // cells with a letter
	length   int // of all cells
	currency string
	several  bool // the amounts have several currencies
}

func (c *column) see(cell string) {
	if cell == "" {
		return
	}
	c.filled++
	c.length += len(cell)
	if strings.ContainsFunc(cell, isLetter) {
		c.letters++
	}
	if d, ok := readDate(cell); ok {
		c.days++
		c.seeDay(cell, d)
	}
	if n, ok := readNumber(cell); ok {
		c.seeNumber(cell, n)
	}
	if _, ok := wayOf(cell); ok {
		c.ways++
	}
	if code, ok := currencyOf(cell); ok && code != "" {
		c.codes++
	}
	if isIBAN(cell) {
		c.ibans++
	}
}

func (c *column) seeDay(cell string, d date) {
	if d.isClear {
		return
	}
	c.by[d.may]++
	if d.may&(dmy|mdy) == dmy|mdy && d.by[0] != d.by[1] && c.contest == "" {
		c.contest = cell
	}
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0x7f }

func (c *column) seeNumber(cell string, n number) {
	c.amounts++
	if n.looksLikeMoney() {
		c.likely++
	}
	if n.currency != "" {
		c.several = c.several || c.currency != "" && c.currency != n.currency
		c.currency = n.currency
	}
	a, okA := n.money(comma)
	b, okB := n.money(point)
	switch {
	case okA && okB && a == b:
	case okA && okB:
		if c.decimals[comma|point]++; c.unsure == "" {
			c.unsure = cell
		}
	case okA:
		c.decimals[comma]++
	case okB:
		c.decimals[point]++
	}
	switch m, _ := n.money(n.may & -n.may); m.Sign() {
	case 1:
		c.positive++
	case -1:
		c.negative++
	}
}

// orders returns by which orders the column's days can be read: one when the
// values decide it, all that read some when they disagree. A year that comes
// first in two digits is not thought of while another order does.
func (c *column) orders() (may orders) {
	var counts [3]int
	loose := 0
	for mask, n := range c.by {
		loose += n
		for i, o := range everyOrder() {
			if orders(mask)&o != 0 {
				counts[i] += n
			}
		}
	}
	var some orders
	for i, o := range everyOrder() {
		if counts[i] == loose {
			may |= o
		}
		if counts[i] > 0 {
			some |= o
		}
	}
	switch {
	case loose == 0:
		return allOrders
	case may&(dmy|mdy) != 0:
		return may &^ ymd
	case may != 0:
		return may
	}
	return some
}

// isOrderOpen reports whether the person must say how days are written.
func (c *column) isOrderOpen() bool {
	may := c.orders()
	return may != allOrders && may&(may-1) != 0 && (c.contest != "" || c.disagree())
}

// disagree reports whether no order reads all days.
func (c *column) disagree() bool {
	common := allOrders
	for mask, n := range c.by {
		if n > 0 {
			common &= orders(mask)
		}
	}
	return common == 0
}

func everyOrder() [3]orders { return [3]orders{dmy, mdy, ymd} }
