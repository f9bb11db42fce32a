package home_test

import (
	"context"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
)

// endlessLoop is a connector whose module is (func (export "_start") (loop (br 0))).
func endlessLoop(tb testing.TB) *program.Program {
	tb.Helper()
	wasm, err := hex.DecodeString("0061736d01000000010401600000030201000503010001071302065f7374617274000006" + "6d656d6f727902000a0901070003400c000b0b")
	if err != nil {
		tb.Fatal(err)
	}
	text := []byte(`{"name":"n","description":"d"}`)
	p, err := program.Load(fstest.MapFS{
		"manifest.json": {Data: []byte(`{"protocol":1,"kind":"connector","id":"loop","version":"1.0.0","name":"name","description":"description",
			"licence":"Apache-2.0","runtime":"wasm","module":"loop.wasm","produces":["document"],"languages":["en","fr"],
			"accepts":[{"media_type":"text/plain","extensions":[".loop"],"detect":[{"match":"^loop"}]}]}`)},
		"strings/en.json": {Data: text}, "strings/fr.json": {Data: text}, "loop.wasm": {Data: wasm},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// served serves the home on loopback until the test ends and returns the
// address of its pages.
func served(t *testing.T, h *home.Home) string {
	t.Helper()
	url, _ := serve(t, h, home.Listen{Address: "127.0.0.1:0"})
	return url
}

func TestServe_answers_while_a_connector_loops_and_ends_it_when_asked(t *testing.T) {
	t.Parallel()
	s, err := home.NewShared(home.SharedConfig{Worker: sandboxtest.Worker(t), Programs: []*program.Program{endlessLoop(t)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	h, r := unlocked(t, t.TempDir(), s, &log{})
	url := served(t, h)
	source, run, err := r.Connect.Import(t.Context(), "x.loop", strings.NewReader("loop"))
	if err != nil {
		t.Fatal(err)
	}
	slowest := time.Duration(0)
	for start := time.Now(); time.Since(start) < 3*time.Second; {
		asked := time.Now()
		resp, err := http.Get(url + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		slowest = max(slowest, time.Since(asked))
	}
	if slowest > time.Second {
		t.Errorf("slowest answer: %v", slowest)
	}
	if err := r.Connect.Cancel(source, run); err != nil {
		t.Fatal(err)
	}
	ended, err := r.Connect.Wait(t.Context(), source, run, nil)
	if err != nil || ended.State != connect.Cancelled {
		t.Errorf("the run ended %s, %v", ended.State, err)
	}
}

func TestServe_socket_is_its_owner_s(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h, _ := unlocked(t, dir, shared(t), &log{})
	served(t, h)
	path := filepath.Join(dir, home.Socket)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info, err)
	}
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	resp, err := client.Get("http://home/api/v1/status")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status %d", resp.StatusCode)
	}
}

func TestServe_refuses_to_listen_in_clear_beyond_the_machine(t *testing.T) {
	t.Parallel()
	h := openHome(t, t.TempDir(), shared(t), &log{})
	err := h.Serve(t.Context(), home.Listen{Address: "0.0.0.0:0"}, func(string) { t.Error("listened") })
	if core.CodeOf(err) != core.Invalid {
		t.Errorf("got %v", err)
	}
}
