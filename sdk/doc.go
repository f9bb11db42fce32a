// Package sdk is what the author of a connector holds. A connector is one
// function that is handed a [Session]; [Main] runs it:
//
//	func main() { sdk.Main(run) }
//
//	func run(s *sdk.Session) error { … s.Get, s.Emit, s.Save … }
//
// The same source runs natively, under a debugger, and confined in a home once
// built with GOOS=wasip1 GOARCH=wasm. It has no network and no files of its
// own: it asks the home, which does the work under the manifest's rules.
//
// Everything a method returns as an error that the home sent is, or wraps, a
// [protocol.Error]. Return it, or one made with [Fail], and the run ends with
// that problem, shown to the person with what they can do about it.
//
// A Session belongs to one goroutine. The package uses the standard library
// only, and no net/http, so that a guest stays under 4 MB. Zone names need
// import _ "time/tzdata" in the connector, since a guest has no files.
package sdk
