package main

import (
	"strconv"
	"strings"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/record"
)

// call reads a row of Orange's call data.
func (r *reading) call(row row) error {
	o := row.object
	kind, direction, ok := callKind(o.text("type"))
	if !ok {
		return refuse(row.line, "this call is of no known type: %s", quoted(o.text("type")))
	}
	extra := o.extra("msisdn", "partner", "timestamp")
	data := record.Call{Line: clip(o.text("msisdn"), 64), Direction: direction, Kind: kind, Counterpart: clip(o.text("partner"), 200), Extra: extra}
	if data.Line == "" {
		return refuse(row.line, "this call has no msisdn, the number of the line")
	}
	length, err := strconv.ParseInt(o.text("length"), 10, 64)
	if unit := o.text("chipType"); err == nil && length >= 0 && length <= maxValue {
		switch unit {
		case "s":
			data.Seconds = length
			delete(extra, "length")
			delete(extra, "chipType")
		case "o", "O":
			data.Bytes = length
			delete(extra, "length")
			delete(extra, "chipType")
		}
	}
	at := r.date(row, "timestamp", extra, when)
	id := r.identify(o, "call", data.Line, o.text("timestamp"), data.Counterpart, o.text("type"))
	return r.add(sdk.Record{Type: record.TypeCall, ID: id, Time: at, Title: describe(o.text("type"), data.Counterpart), Data: data})
}

// callKind reads Orange's words: "appel sortant", "SMS entrant", "appel
// entrant renvoyé - vers la boite vocale".
func callKind(text string) (kind, direction string, ok bool) {
	text = strings.ToLower(text)
	for _, word := range []struct{ in, out string }{{"mms", "mms"}, {"sms", "sms"}, {"data", "data"}, {"internet", "data"}, {"gprs", "data"}, {"appel", "voice"}} {
		if strings.Contains(text, word.in) {
			kind = word.out
			break
		}
	}
	switch {
	case strings.Contains(text, "entrant") || strings.Contains(text, "reçu"):
		direction = "in"
	case strings.Contains(text, "sortant") || strings.Contains(text, "émis") || kind == "data":
		direction = "out"
	}
	return kind, direction, kind != "" && direction != ""
}
