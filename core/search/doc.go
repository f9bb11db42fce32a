// Package search is the full text index over a home's records: words, phrases,
// prefixes and filters, newest first.
//
// It follows the vault's journal from its own cursor and holds nothing that
// cannot be built again: deleting its directory costs only time. Every byte it
// writes is sealed by what the vault hands it; an observer of the directory
// sees the number and the sizes of the files and when they were written.
//
// The engine is bleve's: a partition is a scorch index whose segments are
// sealed as wholes and opened into memory that is never written to disk. What
// scorch comes up with is compared to what each batch wrote of itself; on any
// doubt the index is made anew from the journal. See docs/search.md.
package search
