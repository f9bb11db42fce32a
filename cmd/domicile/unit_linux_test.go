package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
)

// restricted runs a command as a unit of systemd would: restricted UNIT COMMAND….
// Of the unit it obeys what the kernel does without a mount: system calls, address
// families, name spaces, memory, capabilities, limits and the mask of new files.
func restricted() {
	unit, err := readUnit(os.Args[1])
	if err == nil {
		err = unit.restrict()
	}
	if err == nil {
		var program string
		if program, err = exec.LookPath(os.Args[2]); err == nil {
			err = syscall.Exec(program, os.Args[2:], os.Environ())
		}
	}
	fmt.Fprintln(os.Stderr, "restricted:", err)
	os.Exit(125)
}

// A unit is the settings of a unit file, each with all its values.
type unit map[string][]string

func readUnit(name string) (unit, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	u := unit{}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
			u[name] = append(u[name], value)
		}
	}
	return u, nil
}

func (u unit) isSet(name string) bool { return slices.Equal(u[name], []string{"yes"}) }

func (u unit) restrict() error {
	calls, err := u.calls()
	if err != nil {
		return err
	}
	unix.Umask(0o077)
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return err
	}
	for c := uintptr(0); c <= unix.CAP_LAST_CAP && slices.Equal(u["CapabilityBoundingSet"], []string{""}); c++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil {
			break // not root, or a kernel that knows fewer
		}
	}
	denied := []seccomp.NameWithConditions{}
	if families := u["RestrictAddressFamilies"]; len(families) > 0 {
		var others seccomp.ArgumentConditions
		for _, family := range strings.Fields(families[0]) {
			n := map[string]uint64{"AF_UNIX": unix.AF_UNIX, "AF_INET": unix.AF_INET, "AF_INET6": unix.AF_INET6, "AF_NETLINK": unix.AF_NETLINK}[family]
			others = append(others, seccomp.Condition{Argument: 0, Operation: seccomp.NotEqual, Value: n})
		}
		denied = append(denied, seccomp.NameWithConditions{Name: "socket", Conditions: others})
	}
	for _, space := range []uint64{unix.CLONE_NEWNS, unix.CLONE_NEWUSER, unix.CLONE_NEWPID, unix.CLONE_NEWNET, unix.CLONE_NEWIPC, unix.CLONE_NEWUTS} {
		if u.isSet("RestrictNamespaces") {
			bit := seccomp.ArgumentConditions{{Argument: 0, Operation: seccomp.BitsSet, Value: space}}
			denied = append(denied, seccomp.NameWithConditions{Name: "clone", Conditions: bit}, seccomp.NameWithConditions{Name: "unshare", Conditions: bit})
		}
	}
	if u.isSet("MemoryDenyWriteExecute") {
		bit := seccomp.ArgumentConditions{{Argument: 2, Operation: seccomp.BitsSet, Value: unix.PROT_EXEC}}
		denied = append(denied, seccomp.NameWithConditions{Name: "mprotect", Conditions: bit})
	}
	runtime.LockOSThread()
	for _, p := range []seccomp.Policy{
		{DefaultAction: seccomp.ActionAllow, Syscalls: []seccomp.SyscallGroup{{Action: seccomp.ActionErrno, NamesWithCondtions: denied}}},
		{DefaultAction: seccomp.ActionErrno, Syscalls: []seccomp.SyscallGroup{{Action: seccomp.ActionAllow, Names: calls}}},
	} {
		if err := seccomp.LoadFilter(seccomp.Filter{NoNewPrivs: true, Flag: seccomp.FilterFlagTSync, Policy: p}); err != nil {
			return err
		}
	}
	return nil
}

// calls returns the system calls that the unit allows on this machine: what a
// line names is added, or taken away when it begins with ~.
func (u unit) calls() ([]string, error) {
	here, err := arch.GetInfo("")
	if err != nil {
		return nil, err
	}
	allowed := map[string]bool{}
	for _, line := range u["SystemCallFilter"] {
		names, isDenied := strings.CutPrefix(line, "~")
		expanded, err := expand(strings.Fields(names), 0)
		if err != nil {
			return nil, err
		}
		for _, name := range expanded {
			allowed[name] = !isDenied
		}
	}
	var calls []string
	for name, is := range allowed {
		if _, known := here.SyscallNames[name]; is && known {
			calls = append(calls, name)
		}
	}
	slices.Sort(calls)
	return calls, nil
}

// expand asks systemd what its sets of system calls hold.
func expand(names []string, depth int) ([]string, error) {
	var all []string
	for _, name := range names {
		if !strings.HasPrefix(name, "@") {
			all = append(all, name)
			continue
		}
		out, err := exec.Command("systemd-analyze", "syscall-filter", "--no-pager", name).Output()
		if err != nil || depth > 8 {
			return nil, fmt.Errorf("expand %s: %w", name, err)
		}
		var inside []string
		for line := range strings.Lines(string(out)) {
			if line = strings.TrimSpace(line); line != "" && line != name && !strings.HasPrefix(line, "#") {
				inside = append(inside, line)
			}
		}
		deeper, err := expand(inside, depth+1)
		if err != nil {
			return nil, err
		}
		all = append(all, deeper...)
	}
	return all, nil
}
