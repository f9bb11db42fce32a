// Package core holds the words of the house as types: ids, records with their
// provenance, secrets and errors. It does no I/O and keeps no state, so that
// every room may import it.
package core

import "time"

// A Clock tells the time. Rooms take one so that tests can set it.
type Clock func() time.Time
