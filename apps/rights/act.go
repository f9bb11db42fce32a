package main

import (
	"slices"
	"strings"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// act does what the person asked for by a form or a button.
func (d *desk) act() error {
	switch do := d.Param("do"); do {
	case "me":
		d.kept.Name, d.kept.Address = clip(d.Param("name")), clip(d.Param("address"))
		return nil
	case "sent":
		return d.sent()
	case "waiting", "extended", "answered", "refused":
		r, ok := d.kept.find(d.Param("id"))
		if !ok {
			return misuse("no such request")
		}
		on := day(d.Param("on"))
		if _, ok := on.time(); !ok || on > today(d.Session) || on < r.Sent {
			on = today(d.Session)
		}
		r.Status, r.Ended, r.Note = status(do), on, clip(d.Param("note"))
		if do == "waiting" {
			r.Ended = ""
		}
		return nil
	case "forget":
		r, ok := d.kept.find(d.Param("id"))
		if !ok {
			return nil // forgotten already
		}
		id := r.ID
		d.kept.Requests = slices.DeleteFunc(d.kept.Requests, func(o request) bool { return o.ID == id })
		return nil
	}
	return misuse("no such action")
}

// sent notes that a letter went out.
func (d *desk) sent() error {
	what := right(d.Param("right"))
	to := clip(strings.TrimSpace(d.Param("to")))
	if !slices.Contains(rights(), what) || to == "" {
		return misuse("a letter has a right and an addressee")
	}
	on := day(d.Param("on"))
	if _, ok := on.time(); !ok || on > today(d.Session) {
		on = today(d.Session)
	}
	if slices.ContainsFunc(d.kept.Requests, func(r request) bool { return r.To == to && r.Right == what && r.Sent == on }) {
		return nil // sent twice by a form, not by post
	}
	d.kept.add(request{To: to, Right: what, Sent: on, Status: waiting})
	return nil
}

// clip bounds what the person typed.
func clip(text string) string {
	if len(text) > maxNote {
		text = strings.ToValidUTF8(text[:maxNote], "")
	}
	return text
}

func misuse(message string) error {
	return &protocol.Error{Code: protocol.Internal, Message: message}
}
