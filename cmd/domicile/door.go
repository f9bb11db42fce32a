package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/home"
)

// A door speaks to a home through its API: over the socket of the home that
// is being served, or, when none is, with one opened in this process.
type door struct {
	client http.Client
	status struct {
		State home.State `json:"state"`
	}
	scratch bool // the home does not outlive the command
	close   func() error
}

// open returns a door to an unlocked home; the password is asked for only when
// this process opens the home itself.
func (s *session) open() (*door, error) {
	d, served, err := s.enter()
	if err != nil {
		return nil, err
	}
	switch {
	case d.status.State == home.Unlocked:
		return d, nil
	case served:
		err = core.E(core.Locked, "open home", errors.New("the home is being served and is locked"))
	default:
		err = s.unlock(d)
	}
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

// through opens a door, hands it to use and closes it.
func (s *session) through(use func(*door) error) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	return errors.Join(use(d), d.close())
}

func (s *session) unlock(d *door) error {
	password, err := s.password("Password: ")
	if err != nil {
		return err
	}
	err = d.call(s.ctx, "POST", "/unlock", map[string]string{"password": string(password)}, nil)
	return wrongPassword(err)
}

// wrongPassword says which of a vault's keys was refused.
func wrongPassword(err error) error {
	if core.CodeOf(err) == core.Unauthenticated {
		return core.E(core.Unauthenticated, "open home", errors.New("the password is wrong"))
	}
	return err
}

// enter is knock where there must be a home: it makes no folder.
func (s *session) enter() (d *door, served bool, err error) {
	dir, err := s.dir()
	if err != nil {
		return nil, false, err
	}
	if _, err := os.Stat(filepath.Join(dir, home.Vault)); errors.Is(err, fs.ErrNotExist) {
		return nil, false, &hinted{core.E(core.NotFound, "open home", fmt.Errorf("there is none in %s", dir)),
			"Make one with: domicile init, or name another with: --home DIR"}
	}
	return s.knock()
}

// knock finds the served home, or opens the folder in this process, locked.
func (s *session) knock() (d *door, served bool, err error) {
	dir, err := s.dir()
	if err != nil {
		return nil, false, err
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(dir, home.Socket))
	}
	d = &door{close: func() error { return nil }}
	if conn, err := dial(s.ctx, "", ""); err == nil {
		conn.Close()
		d.client.Transport = &http.Transport{DialContext: dial}
		return d, true, d.call(s.ctx, "GET", "/status", nil, &d.status)
	}
	if d, err = s.local(dir); err != nil {
		return nil, false, err
	}
	return d, false, d.call(s.ctx, "GET", "/status", nil, &d.status)
}

// local opens the home in this process and serves its API to this process
// alone.
func (s *session) local(dir string) (*door, error) {
	h, shared, err := s.openHome(dir)
	if err != nil {
		return nil, err
	}
	d := serveInside(h)
	closeHome := d.close
	d.close = func() error { return errors.Join(closeHome(), shared.Close()) }
	return d, nil
}

// call sends in as JSON and decodes the answer into out; either may be nil.
func (d *door) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	res, err := d.send(ctx, method, path, body, "application/json")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(out)
}

// give sends a file and decodes the answer into out.
func (d *door) give(ctx context.Context, path, file string, out any) error {
	f, err := os.Open(file)
	if err != nil {
		return core.E(core.Invalid, "read file", err)
	}
	defer f.Close()
	res, err := d.send(ctx, "POST", path, f, "application/octet-stream")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return json.NewDecoder(res.Body).Decode(out)
}

// stream sends body and hands each line of the answer to seen.
func (d *door) stream(ctx context.Context, path string, body io.Reader, seen func(json.RawMessage) error) error {
	return d.lines(ctx, "POST", path, body, seen)
}

func (d *door) lines(ctx context.Context, method, path string, body io.Reader, seen func(json.RawMessage) error) error {
	res, err := d.send(ctx, method, path, body, "application/octet-stream")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	for dec := json.NewDecoder(res.Body); ; {
		var line json.RawMessage
		if err := dec.Decode(&line); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := failure(line); err != nil {
			return err
		}
		if err := seen(line); err != nil {
			return err
		}
	}
}

// send makes the request and turns an error answer into a core.Error.
func (d *door) send(ctx context.Context, method, path string, body io.Reader, mediaType string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://home/api/v1"+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", mediaType)
	}
	res, err := d.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("reach the home: %w", errors.Unwrap(err))
	}
	if res.StatusCode < 400 {
		return res, nil
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if err := failure(text); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("the home answered %s", res.Status)
}

// failure returns the error that a problem document stands for, or nil.
func failure(text []byte) error {
	var p struct {
		Code   core.Code         `json:"code"`
		Detail string            `json:"detail"`
		Args   map[string]string `json:"args"`
	}
	if json.Unmarshal(text, &p) != nil || p.Code == "" || p.Detail == "" {
		return nil
	}
	return &core.Error{Code: p.Code, Args: p.Args, Err: errors.New(p.Detail)}
}

// query builds "?a=b" from pairs, leaving out empty values.
func query(pairs ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// pipes is a listener whose connections never leave the process.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func newPipes() *pipes { return &pipes{make(chan net.Conn), make(chan struct{})} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. The server calls it once.
func (p *pipes) Close() error {
	select {
	case <-p.done:
	default:
		close(p.done)
	}
	return nil
}

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "in process", Net: "unix"} }
