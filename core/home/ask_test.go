package home_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/connect/connecttest"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/core/web"
)

// waitForQuestion waits until the first run of the only source asks.
func waitForQuestion(t *testing.T, r *web.Rooms, s connect.Source) {
	t.Helper()
	for {
		run, changed, err := r.Connect.Watch(t.Context(), s.ID, 1)
		if err != nil || changed == nil {
			t.Fatalf("it does not ask: %+v %+v %v", run, run.Problem, err)
		}
		if run.State == connect.Waiting {
			return
		}
		<-changed
	}
}

// TestKill_while_a_code_is_awaited runs a home in a child that adds a source,
// kills it while its connector waits for a code, and gives the code to the home
// opened again.
func TestKill_while_a_code_is_awaited(t *testing.T) {
	if address := os.Getenv("DOMICILE_ASK_ADDRESS"); address != "" {
		askAndHang(t, os.Getenv("DOMICILE_KILL_DIR"), address)
		return
	}
	t.Parallel()
	dir, s, provider := t.TempDir(), shared(t), connecttest.NewProvider(t)
	h, _ := unlocked(t, dir, s, &log{})
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	made := t.TempDir()
	keepParts(t, made)
	killAtQuestion(t, "DOMICILE_KILL_DIR="+dir, "DOMICILE_ASK_ADDRESS="+provider.URL, partsVariable+"="+made)

	_, r := unlocked(t, dir, s, &log{})
	sources, err := r.Connect.Sources(t.Context())
	if err != nil || len(sources) != 1 || !sources[0].Adding {
		t.Fatalf("got %+v %v, want the source being added", sources, err)
	}
	src := sources[0]
	waitForQuestion(t, r, src)
	if at, err := r.Next(t.Context(), src.ID); err != nil || !at.IsZero() {
		t.Errorf("it runs by itself at %v %v, while it waits", at, err)
	}
	if err := r.Connect.Answer(src.ID, 1, connecttest.Code); err != nil {
		t.Fatal(err)
	}
	run, err := r.Connect.Wait(t.Context(), src.ID, 1, nil)
	if err != nil || run.State != connect.Succeeded || run.Counts.Added != 4 {
		t.Fatalf("got %+v %+v %v", run, run.Problem, err)
	}
	for _, path := range []string{"/login", "/letter", "/code", "/documents"} {
		if n := provider.Count(path); n != 1 {
			t.Errorf("the provider saw %s %d times, want once", path, n)
		}
	}
	if _, err := r.Vault.Verify(t.Context(), func(d vault.Damage) { t.Error(d.Err) }); err != nil {
		t.Error(err)
	}
}

// killAtQuestion runs the child and kills it as soon as it says that it waits.
func killAtQuestion(t *testing.T, env ...string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKill_while_a_code_is_awaited$")
	cmd.Env = append(os.Environ(), env...)
	var errors bytes.Buffer
	cmd.Stderr = &errors
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said += lines.Text() + "\n"
		if lines.Text() == "waiting" {
			cmd.Process.Kill()
		}
	}
	if err := cmd.Wait(); err == nil || said != "waiting\n" {
		t.Fatalf("the child was not killed while waiting: %v\n%s%s", err, said, errors.String())
	}
}

// askAndHang adds the source and says when its run waits.
func askAndHang(t *testing.T, dir, address string) {
	_, r := unlocked(t, dir, shared(t), &log{})
	s, err := r.Connect.Add(t.Context(), connecttest.Account(address, connecttest.Password))
	if err != nil {
		t.Fatal(err)
	}
	waitForQuestion(t, r, s)
	fmt.Println("waiting")
	select {}
}
