// Package search is the full text index over a home's records: words, phrases,
// prefixes and filters, newest first.
//
// It follows the vault's journal from its own cursor and holds nothing that
// cannot be built again: deleting its directory costs only time. Every byte it
// writes is sealed by what the vault hands it; an observer of the directory
// sees the number and the sizes of the files and when they were written.
//
// Terms are kept in bleve's segment format (zapx); a segment is sealed as a
// whole, in chunks, and opened into memory that is never written to disk. The
// manifest, one sealed file replaced at each commit, is the only truth about
// which segments count. On any doubt about a file its records are indexed
// again from the journal. See docs/search.md.
package search
