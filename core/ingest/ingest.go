// Package ingest is the only writer of records: what a connector emitted
// becomes records of the home here, or is refused with the record and the
// member at fault.
//
// A [Batch] is one transaction of the vault: its records, its files, the
// source's cursor and the run's row are all kept or none is. What arrives is
// cleaned to one canonical form, so that equal content compares equal and a
// second run of the same state changes nothing. Equal records are recognised by
// the provider's id, by the composite key of the type, or by their content; see
// [Ingest.Commit]. A run can be undone as if it had never been.
package ingest
