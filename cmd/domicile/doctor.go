package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

type doctorCmd struct {
	JSON bool `help:"One JSON object a line."`
}

// A finding is one thing that doctor looked at.
type finding struct {
	Name  string `json:"name"`
	State string `json:"state"` // ok, warn or fail
	Says  string `json:"says"`
	Do    string `json:"do,omitempty"`
}

const (
	stateOK   = "ok"
	stateWarn = "warn"
	stateFail = "fail"
)

func (c doctorCmd) Run(s *session) error {
	findings := []finding{{"program", stateOK, version + " " + runtime.GOOS + "/" + runtime.GOARCH + " " + runtime.Version(), ""}}
	findings = append(findings, lookAtSandbox(s)...)
	findings = append(findings, lookAtSwap(), lookAtLandlock(), lookAtClock(), lookAtMemory(), lookAtDisk(s))
	failed := 0
	if !c.JSON {
		findings = together(findings)
	}
	for _, f := range findings {
		if f.State == stateFail {
			failed++
		}
		if err := c.print(s, f); err != nil {
			return err
		}
	}
	if failed > 0 {
		return core.E(protocol.Internal, "doctor", fmt.Errorf("%d checks failed", failed))
	}
	return nil
}

func (c doctorCmd) print(s *session, f finding) error {
	if c.JSON {
		return json.NewEncoder(s.out).Encode(f)
	}
	_, err := fmt.Fprintf(s.out, "%-5s %-10s %s\n", f.State, f.Name, f.Says)
	if err == nil && f.Do != "" {
		_, err = fmt.Fprintf(s.out, "      → %s\n", f.Do)
	}
	return err
}

// together makes one line of the attacks on the sandbox that failed, for people.
func together(findings []finding) []finding {
	var others []finding
	refused := 0
	for _, f := range findings {
		if f.State == stateOK && strings.HasPrefix(f.Name, attackName) {
			refused++
			continue
		}
		others = append(others, f)
	}
	if refused == 0 {
		return others
	}
	says := fmt.Sprintf("refuses connectors %d ways out; --json lists them", refused)
	return slices.Insert(others, 1, finding{"sandbox", stateOK, says, ""})
}

// attackName begins the name of each attack on the sandbox.
const attackName = "sandbox: "

// lookAtSandbox attacks the sandbox from inside, on this machine.
func lookAtSandbox(s *session) []finding {
	const do = "connectors are not confined here: run none"
	shared, err := s.shared()
	if err != nil {
		return []finding{{"sandbox", stateFail, err.Error(), do}}
	}
	defer shared.Close()
	results, err := shared.Probe(s.ctx)
	if err != nil {
		return []finding{{"sandbox", stateFail, err.Error(), do}}
	}
	var findings []finding
	for _, r := range results {
		f := finding{attackName + r.Name, stateOK, "refused (" + r.Detail + ")", ""}
		if !r.Blocked {
			f = finding{f.Name, stateFail, "possible: " + r.Detail, do}
		}
		findings = append(findings, f)
	}
	return findings
}

// lookAtSwap warns when memory may be written to a disk in clear.
func lookAtSwap() finding {
	const name = "swap"
	disks, err := vault.Swap()
	if err != nil {
		return finding{name, stateWarn, "cannot tell: " + err.Error(), ""}
	}
	if len(disks) == 0 {
		return finding{name, stateOK, "none on a disk", ""}
	}
	return finding{name, stateWarn, "on " + strings.Join(disks, ", ") + ": what is in memory may be written there in clear",
		"sudo swapoff -a, and remove it from /etc/fstab; on Raspberry Pi OS: sudo systemctl disable --now dphys-swapfile"}
}

// lookAtLandlock looks for the sandbox's second lock.
func lookAtLandlock() finding {
	const name = "landlock"
	text, err := os.ReadFile("/sys/kernel/security/lsm")
	if err == nil && strings.Contains(string(text), "landlock") {
		return finding{name, stateOK, "the kernel has it", ""}
	}
	return finding{name, stateWarn, "the kernel lacks it, or does not say; the first lock holds without it", ""}
}

func lookAtClock() finding {
	const name = "clock"
	if now := time.Now(); now.Year() < 2026 {
		return finding{name, stateFail, "says " + now.Format(time.DateOnly), "wait for the network's time, or set the clock"}
	}
	return finding{name, stateOK, time.Now().Format(time.RFC3339) + " " + time.Local.String(), ""}
}

func lookAtMemory() finding {
	const name, small = "memory", 1 << 30
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return finding{name, stateWarn, "cannot tell: " + err.Error(), ""}
	}
	total := uint64(info.Totalram) * uint64(info.Unit)
	says := fmt.Sprintf("%d MiB", total>>20)
	if total < small {
		return finding{name, stateWarn, says, "below 1 GiB, large imports may be slow"}
	}
	return finding{name, stateOK, says, ""}
}

func lookAtDisk(s *session) finding {
	const name, little = "disk", 1 << 30
	dir, err := s.dir()
	if err != nil {
		return finding{name, stateFail, err.Error(), ""}
	}
	for home := dir; ; {
		var fs unix.Statfs_t
		if err := unix.Statfs(dir, &fs); err == nil {
			free := fs.Bavail * uint64(fs.Bsize)
			says := fmt.Sprintf("%d MiB free for %s", free>>20, home)
			if free < little {
				return finding{name, stateWarn, says, "make room: a full disk refuses new records"}
			}
			return finding{name, stateOK, says, ""}
		}
		if dir == filepath.Dir(dir) {
			return finding{name, stateWarn, "cannot tell", ""}
		}
		dir = filepath.Dir(dir)
	}
}
