package sandbox_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
)

func TestProbe_every_attack_from_inside_is_blocked(t *testing.T) {
	t.Parallel()
	results, err := sandboxtest.Box(t).Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if !r.Blocked {
			t.Errorf("%s: %s", r.Name, r.Detail)
		}
	}
	if len(results) < 70 {
		t.Errorf("only %d attacks", len(results))
	}
}

// TestProbe_can_fail runs the probes without the filter: what they report as
// blocked is blocked by it, not by how they are written.
func TestProbe_can_fail(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "worker")
	if err := os.WriteFile(path, sandboxtest.Worker(t), 0o700); err != nil {
		t.Fatal(err)
	}
	setup := `{"cpu":10,"data":536870912,"unconfined":true}`
	cmd := exec.CommandContext(t.Context(), path, "probe")
	cmd.Stdin = bytes.NewReader(append(binary.LittleEndian.AppendUint32(nil, uint32(len(setup))), setup...))
	cmd.Env = []string{"DOMICILE_PASSWORD=hunter2"}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	blocked := map[string]bool{}
	for line := range bytes.Lines(out) {
		var r sandbox.ProbeResult
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		blocked[r.Name] = r.Blocked
	}
	for _, name := range []string{
		"open a file", "open its own memory", "read the environment", "create a file", "remove a file",
		"make an internet socket", "make a local socket", "make a pair of sockets",
		"start a program", "fork", "start a program from memory",
		"signal the parent", "signal a thread of the parent", "hold the parent", "have the kernel signal the parent",
		"map executable memory", "make memory executable", "map shared memory", "map memory that grows down",
		"outlive the parent", "allow tracing", "see the parent's limits", "know the user",
	} {
		if is, tried := blocked[name]; is || !tried {
			t.Errorf("%s: blocked %v, tried %v, without a filter", name, is, tried)
		}
	}
}
