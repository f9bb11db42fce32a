package fetch

import (
	"cmp"
	"net/netip"
	"time"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// A Policy says where one source may go.
type Policy struct {
	Hosts   []string                // of the manifest, as [CheckHosts] wants them: https only
	Allowed []netip.AddrPort        // allowed by the person, exactly: https or http
	Own     func() []netip.AddrPort // the home's listeners, refused whatever is allowed; nil: none
	Limits  Limits
}

// Limits bound the requests of a run. A zero member means its default.
type Limits struct {
	Requests  int           // hops a run, denied ones and redirects included
	Request   int64         // bytes of a request's body
	Response  int64         // bytes of a body that goes to the program, decompressed
	File      int64         // bytes of a body that goes into a file, decompressed
	Run       int64         // bytes of all bodies received, decompressed
	Redirects int           // of one request
	Time      time.Duration // of one request, redirects, waits and body included
}

// DefaultLimits returns what a run gets.
func DefaultLimits() Limits {
	return Limits{
		Requests:  protocol.DefaultLimits().Requests,
		Request:   protocol.MaxRequestBody,
		Response:  protocol.MaxPayload,
		File:      protocol.MaxFile,
		Run:       protocol.MaxRunBytes,
		Redirects: protocol.MaxRedirects,
		Time:      time.Minute,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	return Limits{
		Requests:  cmp.Or(l.Requests, d.Requests),
		Request:   cmp.Or(l.Request, d.Request),
		Response:  cmp.Or(l.Response, d.Response),
		File:      cmp.Or(l.File, d.File),
		Run:       cmp.Or(l.Run, d.Run),
		Redirects: cmp.Or(l.Redirects, d.Redirects),
		Time:      cmp.Or(l.Time, d.Time),
	}
}

// body returns the most bytes of a reply that goes to sink.
func (l Limits) body(sink protocol.Sink) int64 {
	if sink == protocol.SinkFile {
		return l.File
	}
	return l.Response
}
