package main

import "strings"

// A set is one kind of data that the pilots gave back.
type set struct {
	name string // as the log calls it: "this belongs to the set of …"
	is   func(object) bool
	read func(*reading, row) error // nil for a set that no record type holds yet
}

// sets returns the sets. The first that recognises an object wins.
func sets() []set {
	return []set{
		{"Orange calls", typed("fr.orange.phonecommunicationlog", "fr.orange.phonecommunicatiolog"), (*reading).call},
		{"positions of Orange mobiles", typed("fr.orange.geopoint", "fr.orange.pointfavoris"), nil},
		{"Orange videos on demand", typed("fr.orange.videostream"), nil},
		{"bank operations", typed("bankoperation", "io.cozy.bank.operations"), (*reading).operation},
		{"kinds of bank operations", typed("operationtype"), nil},
		{"insurance claims at MAIF", typed("InsuranceClaim", "fr.maif.maifuser.sinistre"), nil},
		{"calendar events", typed("event", "io.cozy.events"), nil},
		{"contacts", typed("contact", "io.cozy.contacts"), nil},
		{"mail", typed("message"), nil},
		{"photos", typed("photo"), nil},
		{"photo albums", or(typed("album"), func(o object) bool { return o.text("type") == "io.cozy.photos.albums" }), nil},
		{"tasks", typed("Tasky"), nil},
		{"files and folders of Cozy", or(typed("io.cozy.files"), members("dir_id", "name")), nil},
		{"meter readings", or(members("statementReason", "contractNumber"), members("statementCategory", "contractNumber")), (*reading).statement},
		{"readings of Enedis meters", members("usage_point"), (*reading).enedis},
		{"details of Enedis customers", or(members("customer_id"), members("usage_points")), nil},
		{"energy contracts", members("vendor", "number", "energie"), (*reading).energyContract},
		{"MAIF insurance contracts", members("contrat"), (*reading).insurance},
		{"homes insured at MAIF", members("home"), nil},
		{"MAIF households", members("foyer"), nil},
		{"payment terms at MAIF", members("paymentterms"), nil},
		{"payment terms at EDF", or(members("vendor", "paymentSchedules"), members("vendor", "encryptedBankDetails")), nil},
		{"details of MAIF members", members("societaire"), nil},
		{"details of EDF customers", or(members("vendor", "numeroAcc"), members("vendor", "coHolder")), nil},
		{"energy profiles of homes", members("housingType", "surface"), nil},
		{"bills", func(o object) bool { return o.has("vendor") && (o.has("amount") || o.has("value")) }, (*reading).bill},
	}
}

// typed recognises objects of these Cozy types.
func typed(types ...string) func(object) bool {
	return func(o object) bool {
		given := o.text("docType")
		for _, t := range types {
			if strings.EqualFold(given, t) {
				return true
			}
		}
		return false
	}
}

// members recognises objects that have all these members.
func members(names ...string) func(object) bool {
	return func(o object) bool { return o.has(names...) }
}

func or(a, b func(object) bool) func(object) bool {
	return func(o object) bool { return a(o) || b(o) }
}
