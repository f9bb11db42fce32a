package main

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// An attack is one thing that a worker must not be able to do. Each is written
// so that it changes nothing outside the worker should it succeed.
type attack struct {
	name string
	try  func() error
}

// call is an attack by one system call.
func call(name string, number uintptr, args ...uintptr) attack {
	return attack{name, func() error { return raw(number, args...) }}
}

func raw(number uintptr, args ...uintptr) error {
	var a [6]uintptr
	copy(a[:], args)
	if _, _, e := unix.RawSyscall6(number, a[0], a[1], a[2], a[3], a[4], a[5]); e != 0 {
		return e
	}
	return nil
}

// attacks returns the whole list. parent is the process to attack.
func attacks(parent int) []attack {
	all := append(fileAttacks(parent), networkAttacks()...)
	all = append(all, processAttacks()...)
	all = append(all, signalAttacks(uintptr(parent))...)
	all = append(all, spyAttacks(uintptr(parent))...)
	all = append(all, memoryAttacks()...)
	return append(all, escapeAttacks(uintptr(parent))...)
}

const here = unix.AT_FDCWD

func opening(name, path string, flags int) attack {
	return attack{name, func() error {
		fd, err := unix.Open(path, flags, 0)
		if err != nil {
			return err
		}
		return unix.Close(fd)
	}}
}

func fileAttacks(parent int) []attack {
	return []attack{
		opening("open a file", "/etc/passwd", unix.O_RDONLY),
		opening("open a directory", "/", unix.O_RDONLY|unix.O_DIRECTORY),
		opening("create a file", "/nowhere/at/all", unix.O_CREAT|unix.O_WRONLY),
		opening("open a descriptor again", "/proc/self/fd/0", unix.O_RDONLY),
		opening("open its own memory", "/proc/self/mem", unix.O_RDWR),
		opening("read the parent's environment", "/proc/"+strconv.Itoa(parent)+"/environ", unix.O_RDONLY),
		{"open a file by openat2", func() error {
			fd, err := unix.Openat2(here, "/etc/passwd", &unix.OpenHow{})
			if err != nil {
				return err
			}
			return unix.Close(fd)
		}},
		{"look at a file", func() error { return unix.Stat("/etc/passwd", &unix.Stat_t{}) }},
		{"remove a file", func() error { return unix.Unlink("/nowhere/at/all") }},
		{"make a directory", func() error { return unix.Mkdir("/nowhere/at/all", 0) }},
		{"rename a file", func() error { return unix.Rename("/nowhere/at/all", "/nowhere/else") }},
		{"watch a directory", func() error { return closing(unix.InotifyInit1(0)) }},
		{"read the environment", func() error {
			if len(os.Environ()) == 0 {
				return unix.EPERM
			}
			return nil
		}},
	}
}

// closing turns what a call that opens a descriptor returned into its error.
func closing(fd int, err error) error {
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

func socket(name string, domain, kind int) attack {
	return attack{name, func() error { return closing(unix.Socket(domain, kind, 0)) }}
}

func networkAttacks() []attack {
	return []attack{
		socket("make an internet socket", unix.AF_INET, unix.SOCK_STREAM),
		socket("make a datagram socket", unix.AF_INET6, unix.SOCK_DGRAM),
		socket("make a local socket", unix.AF_UNIX, unix.SOCK_STREAM),
		socket("make a kernel socket", unix.AF_NETLINK, unix.SOCK_RAW),
		{"make a pair of sockets", func() error {
			fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
			if err == nil {
				err = closing(fds[0], closing(fds[1], nil))
			}
			return err
		}},
		call("connect a descriptor", unix.SYS_CONNECT, 0, 0, 0),
		call("make an asynchronous ring", unix.SYS_IO_URING_SETUP, 1, 0),
	}
}

func processAttacks() []attack {
	return []attack{
		{"start a program", func() error { return unix.Exec("/nowhere/at/all", nil, nil) }},
		call("start a program from a descriptor", unix.SYS_EXECVEAT, 0, 0, 0, 0, unix.AT_EMPTY_PATH),
		{"start a program from memory", startFromMemory},
		{"fork", fork(uintptr(unix.SIGCHLD))},
		{"fork without a signal", fork(0)},
		call("fork by clone3", unix.SYS_CLONE3, 0, 0),
		call("start a thread in a space of its own", unix.SYS_CLONE,
			unix.CLONE_VM|unix.CLONE_SIGHAND|unix.CLONE_THREAD|unix.CLONE_NEWUSER),
		call("wait for a process", unix.SYS_WAIT4, ^uintptr(0), 0, unix.WNOHANG, 0),
	}
}

func startFromMemory() error {
	fd, err := unix.MemfdCreate("x", 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return raw(unix.SYS_EXECVEAT, uintptr(fd), 0, 0, 0, unix.AT_EMPTY_PATH)
}

// fork returns an attack whose child, should there be one, ends at once.
func fork(flags uintptr) func() error {
	return func() error {
		pid, _, e := unix.RawSyscall6(unix.SYS_CLONE, flags, 0, 0, 0, 0, 0)
		if e != 0 {
			return e
		}
		if pid == 0 {
			unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
		_, err := unix.Wait4(int(pid), nil, unix.WALL, nil)
		return err
	}
}

func signalAttacks(parent uintptr) []attack {
	const none = 0 // the signal that only asks whether it could be sent
	return []attack{
		call("signal the parent", unix.SYS_KILL, parent, none),
		call("signal everybody", unix.SYS_KILL, ^uintptr(0), none),
		call("signal a thread of the parent", unix.SYS_TGKILL, parent, parent, none),
		call("signal a thread of anybody", unix.SYS_TKILL, parent, none),
		call("queue a signal to the parent", unix.SYS_RT_SIGQUEUEINFO, parent, none, 0),
		call("hold the parent", unix.SYS_PIDFD_OPEN, parent, 0),
		call("have the kernel signal the parent", unix.SYS_FCNTL, 0, unix.F_SETOWN, parent),
		call("type into a terminal", unix.SYS_IOCTL, 0, unix.TIOCSTI, 0),
	}
}

func spyAttacks(parent uintptr) []attack {
	return []attack{
		call("trace a process", unix.SYS_PTRACE, unix.PTRACE_PEEKDATA, parent, 0, 0),
		call("read another's memory", unix.SYS_PROCESS_VM_READV, parent, 0, 0, 0, 0, 0),
		call("write another's memory", unix.SYS_PROCESS_VM_WRITEV, parent, 0, 0, 0, 0, 0),
		call("count another's events", unix.SYS_PERF_EVENT_OPEN, 0, 0, ^uintptr(0), ^uintptr(0), 0),
		call("share memory by a key", unix.SYS_SHMGET, 0x646f6d, 4096, 0),
		call("share messages by a key", unix.SYS_MSGGET, 0x646f6d, 0),
		call("use the kernel's keys", unix.SYS_KEYCTL, 0, 0, 0),
		{"name the machine", func() error { return unix.Uname(&unix.Utsname{}) }},
		{"see the machine's load", func() error { return unix.Sysinfo(&unix.Sysinfo_t{}) }},
		call("know the user", unix.SYS_GETUID),
	}
}
