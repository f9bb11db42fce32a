package fetch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/domicile-home/domicile/core"
)

const (
	jarVersion  = 0
	maxJarState = 1 << 20 // over maxCookies times maxCookie and what JSON adds
)

// jarState is the form of a jar between runs.
type jarState struct {
	Version int      `json:"version"`
	Cookies []cookie `json:"cookies"`
}

// NewJar returns the jar whose State was state; nil gives an empty one. It
// returns [core.Invalid] for bytes that no jar wrote.
func NewJar(state []byte) (*Jar, error) {
	if len(state) == 0 {
		return new(Jar), nil
	}
	j, err := parseJar(state)
	if err != nil {
		return nil, core.E(core.Invalid, "read cookies", err)
	}
	return j, nil
}

func parseJar(state []byte) (*Jar, error) {
	if len(state) > maxJarState {
		return nil, fmt.Errorf("over %d bytes", maxJarState)
	}
	var s jarState
	d := json.NewDecoder(bytes.NewReader(state))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return nil, errors.New("malformed state")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("bytes after the state")
	}
	if s.Version != jarVersion || len(s.Cookies) > maxCookies {
		return nil, errors.New("unknown version or too many cookies")
	}
	for i, c := range s.Cookies {
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("cookie %d: %w", i, err)
		}
		if slices.ContainsFunc(s.Cookies[:i], c.isSame) {
			return nil, fmt.Errorf("cookie %d: given twice", i)
		}
	}
	return &Jar{list: s.Cookies}, nil
}

// check refuses a cookie that newCookie would not have made.
func (c cookie) check() error {
	plain := http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted, Path: c.Path}
	if err := plain.Valid(); err != nil || c.size() > maxCookie || !strings.HasPrefix(c.Path, "/") {
		return errors.New("malformed")
	}
	if addr, err := netip.ParseAddr(c.Domain); err == nil {
		if !c.HostOnly || addr.String() != c.Domain {
			return errors.New("malformed address")
		}
		return nil
	}
	s, err := siteOf(&url.URL{Scheme: "https", Host: c.Domain})
	if err != nil || s.name != c.Domain {
		return errors.New("malformed domain")
	}
	if _, hostOnly, _ := cookieDomain(s, c.Domain); hostOnly && !c.HostOnly {
		return errors.New("domain is a public suffix")
	}
	return nil
}

// State returns the jar as bytes for [NewJar], to be kept sealed.
func (j *Jar) State() ([]byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var state bytes.Buffer
	e := json.NewEncoder(&state)
	e.SetEscapeHTML(false) // a cookie keeps its size
	err := e.Encode(jarState{Version: jarVersion, Cookies: j.list})
	return state.Bytes(), err
}
