package main

import "slices"

// A leaf is a tag with a value.
type leaf struct {
	name  string
	value string
	line  int
}

// A node is an aggregate: what stands between <NAME> and </NAME>.
type node struct {
	name   string
	line   int
	leaves []leaf
	kids   []*node
}

// find returns the first leaf called name, with a value if any has one. A kid
// that is no aggregate of the format counts as part of n: it is an empty leaf
// that was never closed and so seems to hold what follows it.
func (n *node) find(name string) leaf {
	if n == nil {
		return leaf{}
	}
	var found leaf
	for _, l := range n.leaves {
		if l.name == name && (found.name == "" || found.value == "" && l.value != "") {
			found = l
		}
	}
	for _, kid := range n.kids {
		if l := kid.find(name); found.value == "" && l.name != "" && !isAggregate(kid.name) {
			found = l
		}
	}
	return found
}

// value returns the value of the leaf called name, "" for none.
func (n *node) value(name string) string { return n.find(name).value }

// first returns the first value that is not empty.
func (n *node) first(names ...string) string {
	for _, name := range names {
		if v := n.value(name); v != "" {
			return v
		}
	}
	return ""
}

// kid returns the first aggregate with one of these names, however deep, nil
// for none.
func (n *node) kid(names ...string) *node {
	if n == nil {
		return nil
	}
	for _, k := range n.kids {
		if slices.Contains(names, k.name) {
			return k
		}
		if found := k.kid(names...); found != nil {
			return found
		}
	}
	return nil
}

// flat returns a node with all leaves of n and of the aggregates within it.
func (n *node) flat() *node {
	all := &node{name: n.name, line: n.line, leaves: slices.Clone(n.leaves)}
	for _, k := range n.kids {
		all.leaves = append(all.leaves, k.flat().leaves...)
	}
	return all
}

// extra returns the leaves of n that used does not name, by tag, those of an
// aggregate under its name.
func (n *node) extra(used ...string) map[string]any {
	all := map[string]any{}
	for _, l := range n.leaves {
		if l.value != "" && !slices.Contains(used, l.name) {
			put(all, l.name, l.value)
		}
	}
	for _, k := range n.kids {
		if inner := k.extra(used...); len(inner) > 0 {
			put(all, k.name, inner)
		}
	}
	return all
}

// put adds a value, which joins the one that the name has already.
func put(all map[string]any, name string, value any) {
	old, exists := all[name]
	if !exists {
		all[name] = value
		return
	}
	if list, ok := old.([]any); ok {
		all[name] = append(list, value)
		return
	}
	all[name] = []any{old, value}
}

// isCollected reports whether the parser hands over the aggregate whole.
func isCollected(name string) bool {
	switch name {
	case "STMTTRN", "STMTTRNP", "LEDGERBAL", "AVAILBAL", "INVBAL", "INV401KBAL",
		"BANKACCTFROM", "CCACCTFROM", "INVACCTFROM", "STATUS", "FI", "ACCTINFO", "SECINFO", "INVPOS":
		return true
	}
	return false
}

// isStatement reports whether the aggregate is a statement of one account.
func isStatement(name string) bool {
	return name == "STMTRS" || name == "CCSTMTRS" || name == "INVSTMTRS"
}

// isList reports whether the aggregate lists transactions.
func isList(name string) bool {
	return name == "BANKTRANLIST" || name == "BANKTRANLISTP" || name == "INVTRANLIST"
}

// isAggregate reports whether the aggregate has leaves of its own.
func isAggregate(name string) bool {
	switch name {
	case "PAYEE", "EXTDPAYEE", "BANKACCTTO", "CCACCTTO", "CURRENCY", "ORIGCURRENCY", "IMAGEDATA", "SECID", "BALLIST", "BAL",
		"INVTRAN", "INVBUY", "INVSELL", "INVBANKTRAN", "BANKACCTINFO", "CCACCTINFO", "INVACCTINFO":
		return true
	}
	return isCollected(name) || isStatement(name) || isList(name)
}

// isLeaf reports whether the tag has a value, maybe an empty one, and never
// holds others. Without a value nothing else tells a leaf from an aggregate.
func isLeaf(name string) bool {
	switch name {
	case "CODE", "SEVERITY", "MESSAGE", "DTSERVER", "LANGUAGE", "ORG", "FID", "CURDEF", "DTASOF", "TRNUID", "CLTCOOKIE",
		"BANKID", "BRANCHID", "ACCTID", "ACCTTYPE", "ACCTKEY", "BROKERID", "DTSTART", "DTEND",
		"TRNTYPE", "DTPOSTED", "DTUSER", "DTAVAIL", "DTTRAN", "VALUEDATE", "TRNAMT", "FITID", "CORRECTFITID", "CORRECTACTION", "SRVRTID",
		"CHECKNUM", "REFNUM", "SIC", "PAYEEID", "NAME", "EXTDNAME", "MEMO", "BALAMT", "CURRATE", "CURSYM",
		"AVAILCASH", "MARGINBALANCE", "SHORTBALANCE", "BUYPOWER", "DESC", "BALTYPE", "VALUE",
		"DTTRADE", "DTSETTLE", "UNIQUEID", "UNIQUEIDTYPE", "UNITS", "UNITPRICE", "TOTAL", "COMMISSION", "FEES", "SECNAME", "TICKER":
		return true
	}
	return false
}
