// Package app is what the author of an app holds. An app is one function that
// is handed a [Session], asks the home for what it was granted, and shows a
// view; [Main] runs it:
//
//	func main() { app.Main(run) }
//
//	func run(s *app.Session) error {
//		months, err := s.Aggregate(app.Total("bill", "amount", "month"))
//		…
//		return s.Show(view.View{Title: "Bills", Nodes: …})
//	}
//
// The same source runs natively, under a debugger, and confined in a home once
// built with GOOS=wasip1 GOARCH=wasm. It has no network, no files and a clock
// that shows the day only: what it shows is all that leaves it.
//
// Everything a method returns as an error that the home sent is, or wraps, a
// [protocol.Error]: forbidden for what was not granted. A Session belongs to one
// goroutine. The package uses the standard library only.
package app
