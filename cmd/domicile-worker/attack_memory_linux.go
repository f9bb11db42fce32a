package main

import "golang.org/x/sys/unix"

const onePage = 4096

func mapping(name string, prot, flags int) attack {
	return attack{name, func() error {
		b, err := unix.Mmap(-1, 0, onePage, prot, flags|unix.MAP_ANON)
		if err != nil {
			return err
		}
		return unix.Munmap(b)
	}}
}

func memoryAttacks() []attack {
	const exec, write = unix.PROT_READ | unix.PROT_EXEC, unix.PROT_READ | unix.PROT_WRITE
	return []attack{
		mapping("map executable memory", exec, unix.MAP_PRIVATE),
		mapping("map writable executable memory", write|unix.PROT_EXEC, unix.MAP_PRIVATE),
		{"make memory executable", func() error {
			b, err := unix.Mmap(-1, 0, onePage, write, unix.MAP_PRIVATE|unix.MAP_ANON)
			if err != nil {
				return nil
			}
			return unix.Mprotect(b, exec)
		}},
		call("make memory executable by a key", unix.SYS_PKEY_MPROTECT, 0, 0, exec, ^uintptr(0)),
		call("have readable mean executable", unix.SYS_PERSONALITY, 0xffffffff),
		// Both escape the limit on a worker's memory.
		mapping("map shared memory", write, unix.MAP_SHARED),
		mapping("map memory that grows down", write, unix.MAP_PRIVATE|unix.MAP_GROWSDOWN),
		call("move memory", unix.SYS_MREMAP, 0, 0, 0, 0, 0),
		{"make a memory file", func() error { return closing(unix.MemfdCreate("x", 0)) }},
		call("handle faults of memory", unix.SYS_USERFAULTFD, 0x8000),
	}
}

func escapeAttacks(parent uintptr) []attack {
	var limit unix.Rlimit
	return []attack{
		call("outlive the parent", unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, 0),
		call("allow tracing", unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 1),
		call("change the filter", unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, 0),
		{"see the parent's limits", func() error { return unix.Prlimit(int(parent), unix.RLIMIT_CORE, nil, &limit) }},
		{"raise a limit", func() error { return unix.Prlimit(0, unix.RLIMIT_CORE, &unix.Rlimit{}, nil) }},
		call("see the parent's priority", unix.SYS_GETPRIORITY, unix.PRIO_PROCESS, parent),
		call("leave its spaces", unix.SYS_UNSHARE, 0),
		call("enter another space", unix.SYS_SETNS, ^uintptr(0), 0),
		{"change its root", func() error { return unix.Chroot("/nowhere/at/all") }},
		call("mount a file system", unix.SYS_MOUNT, 0, 0, 0, 0, 0),
		call("load a kernel program", unix.SYS_BPF, 0, 0, 0),
		call("make a pipe", unix.SYS_PIPE2, 0, 0),
		call("make a timer", unix.SYS_TIMER_CREATE, 0, 0, 0),
		call("copy a descriptor", unix.SYS_DUP, ^uintptr(0)),
	}
}
