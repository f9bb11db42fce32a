package vault_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

const killEnv = "DOMICILE_TEST_VICTIM" // source and path of the vault that the child works on

func TestMain(m *testing.M) {
	if id, path, ok := strings.Cut(os.Getenv(killEnv), " "); ok {
		if err := victim(path, id); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// victim commits for ever and prints the number of each commit that returned.
func victim(path, id string) error {
	ctx := context.Background()
	source, err := core.ParseSourceID(id)
	if err != nil {
		return err
	}
	v, err := vault.Open(path, cheap)
	if err != nil {
		return err
	}
	if err := v.Unlock(ctx, vault.Password(password)); err != nil {
		return err
	}
	if err := v.Sweep(ctx); err != nil {
		return err
	}
	next := 0
	err = v.View(ctx, func(tx *vault.Tx) error {
		s, err := tx.Space(source)
		if err != nil {
			return err
		}
		last, err := s.Get('s', []byte("commits"))
		next, _ = strconv.Atoi(string(last))
		return err
	})
	if err != nil {
		return err
	}
	for next++; ; next++ {
		if err := victimStep(ctx, v, source, next); err != nil {
			return err
		}
		fmt.Println(next)
	}
}

func victimStep(ctx context.Context, v *vault.Vault, source core.SourceID, n int) error {
	switch {
	case n%11 == 0:
		if err := v.SetPassword(ctx, password); err != nil {
			return err
		}
	case n%13 == 0:
		if err := v.Compact(ctx); err != nil {
			return err
		}
	case n%17 == 0:
		var id core.SourceID
		err := v.Update(ctx, func(tx *vault.Tx) (err error) {
			if id, err = tx.CreateSpace(); err != nil {
				return err
			}
			s, err := tx.Space(id)
			if err != nil {
				return err
			}
			return s.Put('a', []byte("k"), noise(1, 5000))
		})
		if err != nil {
			return err
		}
		if err := v.Shred(ctx, id); err != nil {
			return err
		}
	}
	w, err := v.NewFile(ctx, source, "f", "text/plain")
	if err != nil {
		return err
	}
	size := 70_000
	if n%19 == 0 {
		size = 18 << 20 // so large that chunks are written before the file is
	}
	if _, err := w.Write(noise(uint64(n), size)); err != nil {
		return err
	}
	f, err := w.Close()
	if err != nil {
		return err
	}
	return v.Update(ctx, func(tx *vault.Tx) error {
		s, err := tx.Space(source)
		if err != nil {
			return err
		}
		file, err := s.PutFile(f)
		if err != nil {
			return err
		}
		for i := range 30 {
			r := bill(n*30 + i)
			r.Files = []core.FileRef{{File: file, Size: f.Size()}}
			if _, _, err := s.PutRecord(r); err != nil {
				return err
			}
			old := bill(max(0, n*30-500) + i) // revise an older one too
			old.Title = fmt.Sprint("revised by ", n)
			if _, _, err := s.PutRecord(old); err != nil {
				return err
			}
		}
		return s.Put('s', []byte("commits"), []byte(strconv.Itoa(n)))
	})
}

// roundsPerVault keeps the vaults of a long test small: each round reads the
// whole of it.
const roundsPerVault = 20

// TestKill kills a process that commits, at random moments, and looks whether
// all it had been told was durable is there, and nothing half.
func TestKill_loses_nothing_acknowledged(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 5))
	kills, acknowledged := soak(6, 200), 0
	for done := 0; done < kills; done += roundsPerVault {
		acknowledged += killRounds(t, min(roundsPerVault, kills-done), rng)
	}
	t.Logf("SUMMARY kill -9: %d kills at random moments, %d commits acknowledged, 0 lost, 0 half done, every vault whole after each kill", kills, acknowledged)
}

// killRounds kills children that work on one vault, and returns how many
// commits they acknowledged.
func killRounds(t *testing.T, rounds int, rng *rand.Rand) (acknowledged int) {
	t.Helper()
	v, path := create(t)
	source := newSource(t, v)
	inSpace(t, v, source, func(s *vault.Space) error { return s.Put('s', []byte("commits"), []byte("0")) })
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	for round := range rounds {
		acknowledged = max(acknowledged, runVictim(t, path, source, rng))
		v := open(t, path)
		if err := v.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := committed(t, v, source); n < acknowledged {
			t.Fatalf("round %d: %d commits were acknowledged, %d are there", round, acknowledged, n)
		}
		verifyClean(t, v)
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		if extra, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(extra) > 1 {
			t.Fatalf("files left behind: %v", extra)
		}
	}
	return acknowledged
}

// committed returns the number of the last commit, having looked for what each
// commit before it put.
func committed(t *testing.T, v *vault.Vault, source core.SourceID) (last int) {
	t.Helper()
	lookInto(t, v, source, func(s *vault.Space) error {
		text, err := s.Get('s', []byte("commits"))
		if err != nil {
			return err
		}
		last, err = strconv.Atoi(string(text))
		for n := 1; n <= last; n++ {
			for i := range 30 {
				if _, err := s.RecordByID("bill", bill(n*30+i).ID); err != nil {
					return fmt.Errorf("commit %d of %d, record %d: %w", n, last, i, err)
				}
			}
		}
		return err
	})
	return last
}

// runVictim starts a child, kills it within some moments of its first commit,
// and returns the last commit it had acknowledged.
func runVictim(t *testing.T, path string, source core.SourceID, rng *rand.Rand) (last int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), killEnv+"="+source.String()+" "+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var problems bytes.Buffer
	cmd.Stderr = &problems
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	alive := lines.Scan()
	if alive {
		last, _ = strconv.Atoi(lines.Text())
		kill := time.AfterFunc(time.Duration(rng.IntN(400))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
	}
	for lines.Scan() {
		last, _ = strconv.Atoi(lines.Text())
	}
	_, _ = io.Copy(io.Discard, out)
	_ = cmd.Wait()
	if !alive || problems.Len() > 0 {
		t.Fatalf("the child failed: %s", problems.String())
	}
	return last
}
