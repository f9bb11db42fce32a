package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/web"
)

const (
	unknown = "00000000000000ff"
	newPass = "onze pinsons dans la bruyère"
)

// A refusal is a problem as the API answers it.
type refusal struct {
	Type   string            `json:"type"`
	Status int               `json:"status"`
	Code   core.Code         `json:"code"`
	Detail string            `json:"detail"`
	Args   map[string]string `json:"args"`
}

// refused calls the API and expects a problem.
func (h *house) refused(t *testing.T, method, path string, in any, want core.Code) refusal {
	t.Helper()
	var p refusal
	res := h.call(t, method, path, in, &p)
	if p.Code != want || p.Status != res.StatusCode || p.Status != web.Statuses()[want] || p.Detail == "" && want != core.Locked ||
		res.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s %s: %d %q %+v, want %s", method, path, res.StatusCode, res.Header.Get("Content-Type"), p, want)
	}
	return p
}

// done calls the API and expects it to work.
func (h *house) done(t *testing.T, method, path string, in, out any) {
	t.Helper()
	if res := h.call(t, method, path, in, out); res.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, body(t, res))
	}
}

type secrets map[string]string

func TestAPI_sets_up_locks_unlocks_and_changes_keys(t *testing.T) {
	t.Parallel()
	h := newHouse(t, time.Now)
	status := func(want home.State) {
		t.Helper()
		var s struct{ State home.State }
		h.done(t, "GET", "/status", nil, &s)
		if s.State != want {
			t.Errorf("state %s, want %s", s.State, want)
		}
	}
	status(home.New)
	h.refused(t, "GET", "/records", nil, core.NotFound)
	h.refused(t, "POST", "/setup", secrets{"password": "azertyuiop"}, core.Invalid)
	h.refused(t, "POST", "/setup", secrets{"passwort": password}, core.Invalid)
	h.refused(t, "POST", "/unlock", secrets{"password": password}, core.NotFound)
	var made struct{ Recovery string }
	h.done(t, "POST", "/setup", secrets{"password": password}, &made)
	h.refused(t, "POST", "/setup", secrets{"password": password}, core.Conflict)
	status(home.Unlocked)
	h.done(t, "POST", "/lock", nil, nil)
	status(home.Locked)
	h.refused(t, "POST", "/unlock", secrets{"password": "wrong"}, core.Unauthenticated)
	h.done(t, "POST", "/unlock", secrets{"password": password}, nil)
	status(home.Unlocked)

	h.refused(t, "POST", "/password", secrets{"old": "wrong", "password": newPass}, core.Unauthenticated)
	h.refused(t, "POST", "/password", secrets{"old": password, "password": "short"}, core.Invalid)
	h.done(t, "POST", "/password", secrets{"old": password, "password": newPass}, nil)
	h.done(t, "POST", "/lock", nil, nil)
	h.refused(t, "POST", "/unlock", secrets{"password": password}, core.Unauthenticated)
	h.refused(t, "POST", "/recovery/use", secrets{"recovery": "AAAAA", "password": password}, core.Invalid)
	h.done(t, "POST", "/recovery/use", secrets{"recovery": made.Recovery, "password": password}, nil)
	status(home.Unlocked)

	old := made.Recovery
	h.refused(t, "POST", "/recovery", secrets{"password": "wrong"}, core.Unauthenticated)
	h.done(t, "POST", "/recovery", secrets{"password": password}, &made)
	h.refused(t, "POST", "/recovery/use", secrets{"recovery": old, "password": newPass}, core.Unauthenticated)
	h.done(t, "POST", "/recovery/use", secrets{"recovery": made.Recovery, "password": newPass}, nil)

	var file struct{ Key []byte }
	h.done(t, "POST", "/key-file", nil, &file)
	if len(file.Key) < 32 {
		t.Errorf("a key file of %d bytes", len(file.Key))
	}
	h.done(t, "DELETE", "/key-file", nil, nil)
	h.done(t, "POST", "/compact", nil, nil)
}

func TestAPI_is_refused_while_locked(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	h.done(t, "POST", "/lock", nil, nil)
	open := map[string]bool{"/api/v1/status": true, "/api/v1/setup": true, "/api/v1/unlock": true, "/api/v1/lock": true, "/api/v1/recovery/use": true, "/api/v1/openapi.json": true}
	seen := 0
	for _, r := range web.APIRoutes() {
		path, isRoute := strings.CutPrefix(r.Path, "/api/v1")
		if open[r.Path] || !isRoute || strings.HasSuffix(path, "*") || path == "" {
			continue
		}
		seen++
		h.refused(t, r.Method, filled(path), nil, core.Locked)
	}
	if seen < 18 {
		t.Errorf("only %d routes seen", seen)
	}
}

// last reads an answer of one object a line and returns the last.
func last[T any](t *testing.T, res *http.Response) (one T, n int) {
	t.Helper()
	if got := res.Header.Get("Content-Type"); got != "application/x-ndjson" {
		t.Fatalf("%d, %q: %s", res.StatusCode, got, body(t, res))
	}
	for s := bufio.NewScanner(res.Body); s.Scan(); n++ {
		one = *new(T)
		if err := json.Unmarshal(s.Bytes(), &one); err != nil {
			t.Fatalf("%q: %v", s.Text(), err)
		}
	}
	return one, n
}

func TestAPI_adds_runs_reads_searches_undoes_and_removes(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	src, telco := h.addTelco(t, "", 1)
	config, secret := src.Config, secrets{"password": telco.Password()}
	h.refused(t, "POST", "/sources", map[string]any{"connector": "nothing"}, core.NotFound)
	h.refused(t, "POST", "/sources", map[string]any{"connector": "ondine", "config": config}, core.Invalid)
	h.refused(t, "POST", "/sources", map[string]any{"connector": "ondine", "config": config, "secrets": secrets{"password": "wrong"}}, "conflict")
	other := secrets{"address": config["address"], "username": "other@exemple.example"}
	h.refused(t, "POST", "/sources", map[string]any{"connector": "ondine", "config": other, "secrets": secret}, "auth_failed")

	path := "/sources/" + src.ID.String()
	run, _ := last[connect.Run](t, h.call(t, "POST", path+"/runs", nil, nil))
	if run.State != connect.Succeeded || run.Counts.Added != 0 {
		t.Errorf("run %+v", run)
	}
	var all []struct {
		connect.Source
		Records int
		Last    connect.Run
	}
	h.done(t, "GET", "/sources", nil, &all)
	if len(all) != 1 || all[0].Records == 0 || all[0].Last.ID != run.ID {
		t.Errorf("sources %+v", all)
	}
	h.done(t, "GET", path, nil, &all[0])

	var page struct {
		Records []core.Record
		Next    string
	}
	h.done(t, "GET", "/records?type=bill&limit=1&source="+src.ID.String(), nil, &page)
	if len(page.Records) != 1 || len(page.Records[0].Files) != 1 {
		t.Fatalf("records %+v", page)
	}
	bill := page.Records[0]
	var one core.Record
	h.done(t, "GET", "/records/"+bill.Ref.String(), nil, &one)
	if one.Title != bill.Title || one.Provenance.Run != 1 {
		t.Errorf("record %+v", one)
	}
	h.done(t, "POST", "/records/"+bill.Ref.String()+"/tags", map[string][]string{"add": {"House", "taxes"}}, nil)
	h.done(t, "POST", "/records/"+bill.Ref.String()+"/tags", map[string][]string{"add": {"2026"}, "remove": {"TAXES"}}, &one)
	h.done(t, "GET", "/records?tag=house&tag=2026", nil, &page)
	if len(page.Records) != 1 || !slices.Equal(one.Tags, []string{"2026", "House"}) {
		t.Errorf("tagged %q, found %d", one.Tags, len(page.Records))
	}
	for _, path := range []string{"/records?tag=taxes", "/records?type=bill&least=100000"} {
		if h.done(t, "GET", path, nil, &page); len(page.Records) != 0 {
			t.Errorf("%s finds %d", path, len(page.Records))
		}
	}
	h.refused(t, "POST", "/records/"+bill.Ref.String()+"/tags", map[string][]string{"add": {"!"}}, core.Invalid)
	res := h.call(t, "GET", fmt.Sprintf("/files/%s/%d", src.ID, bill.Files[0].File), nil, nil)
	if text := body(t, res); !strings.HasPrefix(text, "%PDF-") {
		t.Errorf("file %.10q", text)
	}
	var found struct {
		Total int
		Hits  []core.Record
	}
	for found.Total == 0 && t.Context().Err() == nil {
		h.done(t, "GET", "/search?q="+url.QueryEscape(telco.Bills()[0].Keyword), nil, &found)
	}
	if found.Hits[0].Ref != bill.Ref {
		t.Errorf("a word of the PDF finds %+v", found)
	}
	if _, n := last[core.Record](t, h.call(t, "GET", path+"/runs/1/records", nil, nil)); n != all[0].Records {
		t.Errorf("%d records of the run, want %d", n, all[0].Records)
	}
	h.refused(t, "POST", path+"/runs/1/answer", secrets{"answer": "1"}, core.NotFound)
	h.done(t, "POST", path+"/runs/1/undo", nil, nil)
	h.refused(t, "POST", path+"/runs/1/undo", nil, core.Conflict)
	h.done(t, "DELETE", path, nil, nil)
	h.refused(t, "GET", path, nil, core.NotFound)
	h.refused(t, "GET", "/records/"+bill.Ref.String(), nil, core.NotFound)
}

func TestAPI_names_what_is_wrong_with_a_request(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	for _, tc := range []struct {
		method, path string
		want         core.Code
	}{
		{"GET", "/nowhere", core.NotFound},
		{"GET", "/records/x", core.Invalid},
		{"GET", "/records?source=x", core.Invalid},
		{"GET", "/records?after=x", core.Invalid},
		{"GET", "/records?cursor=x", core.Invalid},
		{"GET", "/sources/x", core.Invalid},
		{"GET", "/files/x/1", core.NotFound},
		{"POST", "/sources", core.Invalid},
		{"POST", "/sources/" + unknown + "/runs/x/undo", core.Invalid},
		{"POST", "/password", core.Invalid},
	} {
		h.refused(t, tc.method, tc.path, nil, tc.want)
	}
	h.refused(t, "POST", "/import?name=x.bin", strings.NewReader("?"), "invalid_file")
}

func TestAPI_imports_and_verifies(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	run, _ := last[connect.Run](t, h.call(t, "POST", "/import?name=releve.ofx", bytes.NewReader(demoStatement(t)), nil))
	if run.State != connect.Succeeded || run.Counts.Added != 13 || run.File.Name != "releve.ofx" {
		t.Errorf("import %+v", run)
	}
	stats, n := last[struct {
		Stats struct{ Records, Damages int }
	}](t, h.call(t, "POST", "/verify", nil, nil))
	if n != 1 || stats.Stats.Records != 13 || stats.Stats.Damages != 0 {
		t.Errorf("%d lines, %+v", n, stats)
	}
}

func TestSocket_is_the_owners_alone_and_ends_with_the_home(t *testing.T) {
	t.Parallel()
	h := newHouse(t, time.Now)
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- h.Serve(ctx, home.Listen{Address: "127.0.0.1:0"}, func(url string) { ready <- url })
	}()
	var address string
	select {
	case address = <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	path := filepath.Join(h.Dir, home.Socket)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Mode().Type() != os.ModeSocket {
		t.Errorf("socket %v, %v", info.Mode(), err)
	}
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
	defer client.CloseIdleConnections()
	if got := fetched(t, &client, "http://home/api/v1/status"); got != `{"state":"new"}` {
		t.Errorf("over the socket: %q", got)
	}
	if got := fetched(t, http.DefaultClient, address+"/healthz"); got != "ok" {
		t.Errorf("over the network: %q", got)
	}
	if got := fetched(t, http.DefaultClient, address+"/api/v1/status"); strings.Contains(got, "state\"") {
		t.Errorf("the API answers the network: %q", got)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func fetched(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	res, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}
