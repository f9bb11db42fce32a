package main

import (
	"github.com/elastic/go-seccomp-bpf"
	"golang.org/x/sys/unix"
)

// confinement lists all that the worker may ask of the kernel once it has read
// its setup: use what it holds, allocate private memory, start threads.
// Nothing here names a file, a socket, another process or another program.
func confinement(pid int) seccomp.Policy {
	return seccomp.Policy{
		DefaultAction: seccomp.ActionErrno,
		Syscalls: []seccomp.SyscallGroup{
			{Action: seccomp.ActionErrno | seccomp.Action(unix.ENOSYS), Names: []string{"clone3"}},
			{Action: seccomp.ActionAllow, Names: plainCalls(), NamesWithCondtions: boundCalls(uint64(pid))},
		},
	}
}

// plainCalls are harmless whatever their arguments: they reach only this
// process's own memory, threads and open descriptors. They are the calls of Go's
// runtime and of reading and writing pipes.
func plainCalls() []string {
	return []string{
		"read", "pread64", "write", "close",
		"mprotect", "munmap", "madvise",
		"futex", "nanosleep", "clock_gettime", "sched_yield", "restart_syscall",
		"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
		"getpid", "gettid", "getrandom",
		"epoll_create1", "epoll_ctl", "epoll_pwait", "eventfd2",
		"exit", "exit_group",
	}
}

// boundCalls are allowed only with arguments that keep them inside.
func boundCalls(pid uint64) []seccomp.NameWithConditions {
	return []seccomp.NameWithConditions{
		// Shared and growing-down mappings escape RLIMIT_DATA.
		{Name: "mmap", Conditions: seccomp.ArgumentConditions{
			without(3, unix.MAP_SHARED|unix.MAP_GROWSDOWN|unix.MAP_HUGETLB)}},
		// Threads only, and no new name space with them.
		{Name: "clone", Conditions: seccomp.ArgumentConditions{
			{Argument: 0, Operation: seccomp.BitsSet, Value: unix.CLONE_THREAD}, without(0, newSpaces)}},
		// Signals to itself only: SIGABRT of a crash, SIGURG of the scheduler.
		{Name: "tgkill", Conditions: seccomp.ArgumentConditions{equal(0, pid)}},
		// Looking at a descriptor's mode, never F_SETOWN, which signals others.
		{Name: "fcntl", Conditions: seccomp.ArgumentConditions{equal(1, unix.F_GETFL)}},
		// The second filter.
		{Name: "seccomp", Conditions: seccomp.ArgumentConditions{
			equal(0, unix.SECCOMP_SET_MODE_FILTER), equal(1, unix.SECCOMP_FILTER_FLAG_TSYNC)}},
	}
}

const newSpaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC |
	unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_PTRACE | unix.CLONE_VFORK |
	unix.CLONE_PARENT | unix.CLONE_PIDFD

// noMoreCode refuses executable memory on top of confinement. It is loaded when
// the compiled program is in place.
func noMoreCode() seccomp.Policy {
	exec := seccomp.ArgumentConditions{{Argument: 2, Operation: seccomp.BitsSet, Value: unix.PROT_EXEC}}
	return seccomp.Policy{
		DefaultAction: seccomp.ActionAllow,
		Syscalls: []seccomp.SyscallGroup{{
			Action: seccomp.ActionErrno,
			Names:  []string{"seccomp"},
			NamesWithCondtions: []seccomp.NameWithConditions{
				{Name: "mmap", Conditions: exec}, {Name: "mprotect", Conditions: exec},
			},
		}},
	}
}

func equal(arg uint32, v uint64) seccomp.Condition {
	return seccomp.Condition{Argument: arg, Operation: seccomp.Equal, Value: v}
}

func without(arg uint32, bits uint64) seccomp.Condition {
	return seccomp.Condition{Argument: arg, Operation: seccomp.BitsNotSet, Value: bits}
}
