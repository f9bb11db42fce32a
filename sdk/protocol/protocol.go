// Package protocol defines what a home and a program say to each other:
// frames, ops, problem codes and the manifest.
//
// A program is a plain WASI preview 1 command. It writes requests on standard
// output and reads replies on standard input, one at a time, each a [Frame]:
// a line of compact JSON and, when the line holds "payload": n, n raw bytes.
// The first request is {"op":"start"}. The home answers every request with
// {"ok":{…}} or {"error":{"code":"…","message":"…"}}. Exit status 0 commits
// what was emitted; any other end drops what follows the last save.
//
// The package uses the standard library only, so that guests stay small.
package protocol

// Version is the protocol spoken by this package, sent in the reply to start.
// Ops are only ever added within a version.
const Version = 1

// Limits of a frame, checked before anything is allocated for it.
const (
	MaxLine    = 1 << 20 // bytes of the JSON line, newline excluded
	MaxPayload = 8 << 20 // bytes that follow the line
	MaxDepth   = 64      // nested objects and arrays
)
