package ledger_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/ledger"
)

const killEnv = "DOMICILE_TEST_LEDGER" // path of the vault that the child writes

func TestMain(m *testing.M) {
	if path := os.Getenv(killEnv); path != "" {
		if err := writeForEver(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// writeForEver appends and prints the head after each entry that it was told is
// durable.
func writeForEver(path string) error {
	b := openBook(&outside{}, path)
	for n := 0; ; n++ {
		if err := b.Append(context.Background(), ledger.Entry{Kind: ledger.Use, Token: "cafe", Records: n}); err != nil {
			return err
		}
		head, err := b.Head(context.Background())
		if err != nil {
			return err
		}
		fmt.Println(head)
	}
}

// outside is the test of a process that is none.
type outside struct{ testing.TB }

func (*outside) Helper()           {}
func (*outside) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

// TestKill_loses_no_entry kills a writer at random moments and holds the ledger
// against the last head that it had said.
func TestKill_loses_no_entry(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	if err := b.v.Close(); err != nil {
		t.Fatal(err)
	}
	rounds := 5
	if os.Getenv("DOMICILE_SOAK") != "" {
		rounds = 200
	}
	var kept []ledger.Head
	for round := range rounds {
		said := killed(t, b.path)
		head, err := ledger.ParseHead(said)
		if err != nil {
			t.Fatalf("round %d: %q: %v", round, said, err)
		}
		kept = append(kept, head)
		again := openBook(t, b.path)
		found, stats := again.verify(t, kept...)
		if len(found) > 0 || stats.Head.Size < head.Size || stats.Head.Size > head.Size+1 {
			t.Errorf("round %d: said %s, found %s, %v", round, head, stats.Head, found)
		}
		if err := again.v.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d entries acknowledged over %d kills", kept[len(kept)-1].Size, rounds)
}

// killed runs a writer for a moment and returns the last head it said.
func killed(t *testing.T, path string) (last string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), killEnv+"="+path)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("the writer failed: %v %s", cmd.Wait(), problems.String())
	}
	last = lines.Text()
	timer := time.AfterFunc(time.Duration(rand.IntN(150))*time.Millisecond, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	for lines.Scan() {
		last = lines.Text()
	}
	_ = cmd.Wait() // killed
	return last
}
