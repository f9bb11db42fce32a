package home_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/core/web"
	"github.com/domicile-home/domicile/examples/providers"
)

// rounds is how often a child is killed: a few times, or 200 in a soak.
func rounds(few int) int {
	if os.Getenv("DOMICILE_SOAK") != "" {
		return 200
	}
	return few
}

// TestKill_loses_nothing_acknowledged runs a home in a child that imports,
// pulls and indexes without end, kills it at a random moment, reopens the home
// and holds it against what the child said it had done.
func TestKill_loses_nothing_acknowledged(t *testing.T) {
	if dir := os.Getenv("DOMICILE_KILL_DIR"); dir != "" {
		work(t, dir)
		return
	}
	t.Parallel()
	dir, s, l := t.TempDir(), shared(t), &log{}
	telco, address := operator(t, providers.TelcoConfig{Seed: 5, Months: 24})
	h, r := unlocked(t, dir, s, l)
	addTelco(t, r, telco, address)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	made := t.TempDir()
	keepParts(t, made)
	promised := promises{}
	kills := rounds(6)
	for round := range kills {
		promised.take(child(t, dir, made))
		h, r := unlocked(t, dir, s, l)
		promised.hold(t, round, r)
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			return
		}
	}
	if len(promised) == 0 {
		t.Error("no import was acknowledged before a kill: nothing was tried")
	}
	t.Logf("SUMMARY kill -9 of a whole home: %d kills, %d imports acknowledged, 0 lost", kills, len(promised))
}

// child runs work in a process of its own, kills it after a while, and returns
// what it had said by then.
func child(t *testing.T, dir, made string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKill_loses_nothing_acknowledged$")
	cmd.Env = append(os.Environ(), "DOMICILE_KILL_DIR="+dir, partsVariable+"="+made)
	var errors bytes.Buffer
	cmd.Stderr = &errors
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	lines := bufio.NewScanner(out)
	from, aimed := []string{"ready", "kept"}[rand.IntN(2)], false
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), from) && !aimed {
			aimed = true
			time.AfterFunc(time.Duration(rand.IntN(1500))*time.Millisecond, func() { cmd.Process.Kill() })
		}
		fmt.Fprintln(&said, lines.Text())
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(said.String(), "ready") {
		t.Fatalf("the child was not killed at work: %v\n%s%s", err, said.String(), errors.String())
	}
	return said.String()
}

// work unlocks the home and keeps it busy, saying each import that succeeded.
func work(t *testing.T, dir string) {
	_, r := unlocked(t, dir, shared(t), &log{})
	sources, err := r.Connect.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("ready")
	go func() {
		for {
			if run, err := r.Connect.Start(t.Context(), sources[0].ID, connect.ByPerson); err == nil {
				r.Connect.Wait(t.Context(), sources[0].ID, run, nil)
			}
		}
	}()
	for {
		name := "K" + strconv.FormatUint(rand.Uint64(), 36)
		source, run, err := r.Connect.Import(t.Context(), name+".ofx", strings.NewReader(strings.Replace(ofx, "<FITID>1<NAME>LIBELLE", "<FITID>"+name+"<NAME>"+name, 1)))
		if err != nil {
			t.Fatal(err)
		}
		ended, err := r.Connect.Wait(t.Context(), source, run, nil)
		if err != nil || ended.State != connect.Succeeded {
			t.Fatalf("%+v %v", ended.Problem, err)
		}
		fmt.Println("kept", name)
	}
}

// promises are the names of the imports that a child acknowledged.
type promises map[string]bool

func (p promises) take(said string) {
	for line := range strings.Lines(said) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "kept "); ok {
			p[name] = true
		}
	}
}

// hold checks that each is there once, that nothing is doubled, that the vault
// is whole and that search finds all.
func (p promises) hold(t *testing.T, round int, r *web.Rooms) {
	t.Helper()
	seen := map[string]int{}
	err := r.Vault.View(t.Context(), func(tx *vault.Tx) error {
		for one, err := range tx.Timeline(vault.TimelineQuery{}) {
			if err != nil {
				return err
			}
			seen[string(one.Type)+"|"+one.ID]++
			if one.Type == "transaction" {
				seen[one.Title]++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for key, n := range seen {
		if n > 1 && strings.Contains(key, "|") {
			t.Errorf("round %d: %s stands %d times", round, key, n)
		}
	}
	for name := range p {
		if seen[name] != 1 {
			t.Errorf("round %d: %s was acknowledged and stands %d times", round, name, seen[name])
		}
		if found := find(t, r, name); found.Total != 1 {
			t.Errorf("round %d: search finds %s %d times", round, name, found.Total)
		}
	}
	oneLineARun(t, round, r)
	if _, err := r.Vault.Verify(t.Context(), func(d vault.Damage) { t.Errorf("round %d: %v", round, d.Err) }); err != nil {
		t.Errorf("round %d: verify: %v", round, err)
	}
}
