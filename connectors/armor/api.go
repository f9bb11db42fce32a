package main

import (
	"encoding/json"
	"time"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// supplier is the supplier's API, as one run visits it.
type supplier struct {
	s    *sdk.Session
	base string // without a slash at the end
	zone *time.Location
	done int // days and bills brought in
}

// fetch gets path with the access token.
func (p *supplier) fetch(path string, toFile bool) (*sdk.Response, error) {
	res, err := p.s.Do(sdk.Request{URL: p.base + path, ToFile: toFile, Header: map[string]string{"Authorization": sdk.Bearer()}})
	if err != nil {
		return nil, err
	}
	return res, problem(res)
}

// get decodes what is at path into v.
func (p *supplier) get(path string, v any) error {
	res, err := p.fetch(path, false)
	if err != nil {
		return err
	}
	return res.JSON(v)
}

// errNoData is what the supplier says of days that it has no data of.
var errNoData = sdk.Fail(protocol.NotFound, "no data")

// problem returns what the supplier says is wrong, nil for nothing.
func problem(res *sdk.Response) error {
	if res.Status < 400 {
		return nil
	}
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(res.Body, &said) == nil {
		switch said.Error {
		case "consent_expired":
			return sdk.Fail(protocol.ConsentExpired, "the consent has expired")
		case "terms_to_accept":
			return sdk.Fail(protocol.ActionNeeded, "new terms wait to be accepted on the supplier's site")
		case "no_data":
			return errNoData
		}
	}
	return res.Problem()
}

func changed(message string) error { return sdk.Fail(protocol.SourceChanged, message) }

// day reads a date.
func (p *supplier) day(text string) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, text, p.zone)
	if err != nil {
		return t, changed("a date is not one")
	}
	return t, nil
}
