package connect

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	keyDevice   = "device" // in settings: a sign-in by the device flow
	grantDevice = "urn:ietf:params:oauth:grant-type:device_code"

	maxUserCode = 64   // bytes
	maxAddress  = 1000 // bytes
)

// HasCodeFlow reports whether the person can sign in to p by being sent to its
// provider and back.
func HasCodeFlow(p *program.Program) bool { return SignsIn(p) && p.Manifest.OAuth.Authorize != "" }

// HasDeviceFlow reports whether the person can sign in to p on any device, with
// a code.
func HasDeviceFlow(p *program.Program) bool { return SignsIn(p) && p.Manifest.OAuth.Device != "" }

// A DeviceSignIn is a sign-in that the person makes on any device, by a code
// that they type there (RFC 8628).
type DeviceSignIn struct {
	Address string    // of the provider's page, which the home itself never asks for: the provider's, checked, to be shown in full
	Code    string    // for that page: the provider's, printable ASCII
	Until   time.Time // then the codes are over
	Ended   core.Code // why nothing came of it; "" while the home waits
}

// A storedSecret is a secret that JSON at rest holds. All else prints its dots.
type storedSecret struct{ core.Secret }

// MarshalJSON implements json.Marshaler.
func (k storedSecret) MarshalJSON() ([]byte, error) { return json.Marshal(string(k.Secret)) }

// UnmarshalJSON implements json.Unmarshaler.
func (k *storedSecret) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, (*string)(&k.Secret))
}

// pendingDevice is what the home remembers of one, in the source's space: the
// provider sees one request for codes, whatever stops the home meanwhile.
type pendingDevice struct {
	Device  storedSecret  `json:"device"` // code, for the home alone
	User    string        `json:"user"`   // code
	Address string        `json:"address"`
	Until   time.Time     `json:"until"`
	Every   time.Duration `json:"every"` // between two looks
	Ended   core.Code     `json:"ended,omitempty"`
}

// BeginDeviceSignIn asks the provider for codes and waits, beyond ctx, for the
// person to sign in there; then the source's run starts. One begun by another
// flow is void, one that waits goes on. Codes: not_found; invalid when the
// connector has no such sign-in; locked when the home is closing; those of
// reaching the provider.
func (c *Connect) BeginDeviceSignIn(ctx context.Context, id core.SourceID) error {
	s, err := c.Source(ctx, id)
	if err != nil {
		return err
	}
	p, ok := c.Program(s.Connector)
	if !ok || !HasDeviceFlow(p) {
		return core.E(core.Invalid, "begin sign-in", errors.New("this source has no sign-in by a code"))
	}
	l, err := c.beginLook(ctx, p, s)
	if err != nil || l == nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { l.cancel(context.Cause(ctx)) })
	d, err := c.askDevice(l.ctx, l.client, p, s)
	if !stop() {
		err = cmp.Or(err, context.Cause(ctx))
	}
	if err == nil {
		err = c.inSpace(ctx, id, func(space *vault.Space) error {
			if err := space.Delete(settings, []byte(keySignIn)); err != nil {
				return err
			}
			return putJSON(space, keyDevice, d)
		})
	}
	if err != nil {
		l.note(problemOf(err))
		l.leave()
		return err
	}
	l.note(core.Code(Waiting))
	go l.wait(d)
	return nil
}

// DeviceSignIn returns the source's sign-in by a code that waits or came to
// nothing, or nil. Codes: not_found.
func (c *Connect) DeviceSignIn(ctx context.Context, id core.SourceID) (*DeviceSignIn, error) {
	var d *pendingDevice
	err := c.lookInto(ctx, id, func(space *vault.Space) (err error) {
		d, err = readDevice(space)
		return err
	})
	if err != nil || d == nil {
		return nil, err
	}
	return &DeviceSignIn{Address: d.Address, Code: d.User, Until: d.Until, Ended: d.Ended}, nil
}

// CancelDeviceSignIn forgets the source's sign-in by a code. Codes: not_found.
func (c *Connect) CancelDeviceSignIn(ctx context.Context, id core.SourceID) error {
	c.endLook(id)
	return c.inSpace(ctx, id, func(space *vault.Space) error { return space.Delete(settings, []byte(keyDevice)) })
}

func readDevice(space *vault.Space) (*pendingDevice, error) {
	text, err := optional(space, keyDevice)
	if err != nil || text == nil {
		return nil, err
	}
	d := new(pendingDevice)
	if err := json.Unmarshal(text, d); err != nil {
		return nil, core.E(core.Damaged, "read sign-in", err)
	}
	return d, nil
}

// resumeDevice waits on for a sign-in by a code, after the home was locked or
// stopped.
func (c *Connect) resumeDevice(ctx context.Context, s Source) error {
	p, ok := c.Program(s.Connector)
	if !ok || !HasDeviceFlow(p) {
		return nil
	}
	var d *pendingDevice
	err := c.lookInto(ctx, s.ID, func(space *vault.Space) (err error) {
		d, err = readDevice(space)
		return err
	})
	if core.CodeOf(err) == core.NotFound {
		return nil // it was being added, and was forgotten
	}
	if err != nil || d == nil || d.Ended != "" {
		return err
	}
	l, err := c.beginLook(ctx, p, s)
	if err == nil {
		go l.wait(*d)
	}
	return err
}

// A deviceReply is the reply of a device authorization endpoint (RFC 8628, 3.2).
type deviceReply struct {
	Device   string      `json:"device_code"`
	User     string      `json:"user_code"`
	Address  string      `json:"verification_uri"`
	Old      string      `json:"verification_url"` // drafts before the RFC, and Google
	Expires  json.Number `json:"expires_in"`
	Interval json.Number `json:"interval"`
	Error    string      `json:"error"`
}

// parseDevice reads that reply. The address in it has not been checked. Its
// errors have a problem's code and hold no text of the reply but its error code.
func parseDevice(status int, body []byte, now time.Time) (pendingDevice, error) {
	const op = "get device code"
	var r deviceReply
	err := json.Unmarshal(body, &r)
	if wrong := wrongReply(op, status, r.Error, err); wrong != nil {
		return pendingDevice{}, wrong
	}
	d := pendingDevice{Device: storedSecret{core.Secret(r.Device)}, User: r.User, Address: cmp.Or(r.Address, r.Old),
		Until: now.Add(seconds(r.Expires, signInWithin, deviceWithin)), Every: seconds(r.Interval, lookEvery, maxEvery)}
	if !isToken(r.Device) || !isShown(d.User, maxUserCode) {
		return pendingDevice{}, core.E(protocol.SourceChanged, op, errors.New("not a device code and a user code"))
	}
	return d, nil
}

// seconds is a number of them, or instead when there is none, at most so many.
func seconds(n json.Number, instead, most time.Duration) time.Duration {
	whole, err := strconv.ParseInt(n.String(), 10, 64)
	if err != nil || whole <= 0 {
		return instead
	}
	return time.Duration(min(whole, int64(most/time.Second))) * time.Second
}

// isShown reports whether text of a provider can be shown as it is.
func isShown(text string, most int) bool {
	return text != "" && len(text) <= most && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}

// signInAddress checks the address of a provider's page, which the person is
// shown: https, or an address that the person allowed to the port.
func (c *Connect) signInAddress(p *program.Program, s Source, text string) (string, error) {
	refused := core.E(protocol.SourceChanged, "get device code", errors.New("the provider's page is at no address to send a person to"))
	u, err := url.Parse(text)
	if err != nil || !isShown(text, maxAddress) || u.User != nil || u.Hostname() == "" || u.Opaque != "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", refused
	}
	if u.Scheme == "https" {
		return u.String(), nil
	}
	allowed, err := allowedOf(p, s)
	if err != nil {
		return "", err
	}
	at, err := addressOf(u.Scheme + "://" + u.Host)
	for _, one := range allowed {
		if err == nil && one == at {
			return u.String(), nil
		}
	}
	return "", refused
}

// askDevice posts to the device authorization endpoint of a source.
func (c *Connect) askDevice(ctx context.Context, client *fetch.Client, p *program.Program, s Source) (pendingDevice, error) {
	form := url.Values{}
	if scopes := p.Manifest.OAuth.Scopes; len(scopes) > 0 {
		form.Set("scope", strings.Join(scopes, " "))
	}
	status, body, err := c.post(ctx, client, p, s, p.Manifest.OAuth.Device, form)
	if err != nil {
		return pendingDevice{}, err
	}
	d, err := parseDevice(status, body, c.Clock().UTC())
	if err != nil {
		return d, err
	}
	d.Address, err = c.signInAddress(p, s, d.Address)
	return d, err
}

// wrongReply says what is wrong with the reply of an endpoint; nil when it is
// what was asked for.
func wrongReply(op string, status int, code string, err error) error {
	switch {
	case status == http.StatusTooManyRequests:
		return core.E(protocol.RateLimited, op, errors.New("the provider asks to slow down"))
	case status >= 500:
		return core.E(protocol.Unavailable, op, fmt.Errorf("status %d", status))
	case err == nil && (code == "invalid_client" || code == "unauthorized_client"):
		return core.E(protocol.AuthFailed, op, errors.New("the provider does not know this client"))
	case err != nil || status != http.StatusOK || code != "":
		return core.E(protocol.SourceChanged, op, fmt.Errorf("status %d, not what was asked for", status))
	}
	return nil
}
