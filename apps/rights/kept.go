package main

import (
	"fmt"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
)

// A day is a date such as "2026-03-15"; "" is none.
type day string

func (d day) time() (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, string(d))
	return t, err == nil
}

func (d day) record() record.Time {
	t, ok := d.time()
	if !ok {
		return record.Time{}
	}
	return record.Date(t.Date())
}

// addMonths returns the day n months later, or the last day of that month where
// it has none of that number: as Regulation (EEC, Euratom) 1182/71, article 3(2)
// counts months.
func (d day) addMonths(n int) day {
	t, ok := d.time()
	if !ok {
		return ""
	}
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return dayOf(first.AddDate(0, 0, min(t.Day(), last)-1))
}

// A right is what may be asked for.
type right string

// The rights, each with its article, and what else one may want to write.
const (
	access        right = "access"        // article 15
	rectification right = "rectification" // 16
	erasure       right = "erasure"       // 17
	restriction   right = "restriction"   // 18
	portability   right = "portability"   // 20
	objection     right = "objection"     // 21
	delisting     right = "delisting"     // 17, to a search engine
	closing       right = "closing"       // of an account
)

func rights() []right {
	return []right{access, portability, rectification, erasure, restriction, objection, closing, delisting}
}

// A status is where a request stands.
type status string

const (
	waiting  status = "waiting"
	extended status = "extended" // two more months, with notice
	answered status = "answered"
	refused  status = "refused"
)

// A request is one letter that was sent.
type request struct {
	ID     int    `json:"id"`
	To     string `json:"to"`
	Right  right  `json:"right"`
	Sent   day    `json:"sent"`
	Status status `json:"status"`
	Ended  day    `json:"ended,omitempty"` // when it was answered, refused or extended
	Note   string `json:"note,omitempty"`
}

// due is the last day for an answer.
func (r request) due() day {
	if r.Status == extended {
		return r.Sent.addMonths(3)
	}
	return r.Sent.addMonths(1)
}

// open reports whether an answer is still awaited.
func (r request) open() bool { return r.Status == waiting || r.Status == extended }

// late reports whether the last day is over.
func (r request) late(now day) bool { return r.open() && r.due() < now }

// kept is what the app keeps: the person's requests, and what stands at the head
// of their letters.
type kept struct {
	Name     string    `json:"name,omitempty"`
	Address  string    `json:"address,omitempty"`
	Requests []request `json:"requests,omitempty"`
	Next     int       `json:"next,omitempty"`
}

// Bounds of what is kept, well under what a home allows.
const (
	maxRequests = 300
	maxNote     = 300 // bytes
)

func (k *kept) find(id string) (*request, bool) {
	for i := range k.Requests {
		if fmt.Sprint(k.Requests[i].ID) == id {
			return &k.Requests[i], true
		}
	}
	return nil, false
}

// add keeps a request; the oldest that is over makes room.
func (k *kept) add(r request) {
	if len(k.Requests) >= maxRequests {
		for i := range k.Requests {
			if !k.Requests[i].open() || i == len(k.Requests)-1 {
				k.Requests = append(k.Requests[:i], k.Requests[i+1:]...)
				break
			}
		}
	}
	k.Next++
	r.ID = k.Next
	k.Requests = append(k.Requests, r)
}
