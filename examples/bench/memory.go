package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// memory is what a process holds, in bytes.
type memory struct {
	RSS   int64 `json:"rss"`
	Anon  int64 `json:"anon"`
	File  int64 `json:"file"`
	Shmem int64 `json:"shmem"` // memory files that are mapped
	Peak  int64 `json:"peak"`  // the most RSS so far
	Memfd int64 `json:"memfd"` // memory files that are not mapped, and so not in RSS
}

// total is all of it, memory files that nobody maps included.
func (m memory) total() int64 { return m.RSS + m.Memfd }

// memoryOf reads what a process holds. A process that has ended holds nothing.
func memoryOf(pid int) memory {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return memory{}
	}
	var m memory
	members := map[string]*int64{"VmRSS": &m.RSS, "RssAnon": &m.Anon, "RssFile": &m.File, "RssShmem": &m.Shmem, "VmHWM": &m.Peak}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if member := members[name]; member != nil {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			if err == nil {
				*member = n << 10
			}
		}
	}
	return m
}

// ownMemory is what this process holds, with the memory files that it keeps
// open and does not map.
func ownMemory() memory {
	m := memoryOf(os.Getpid())
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return m
	}
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		return m
	}
	for _, fd := range fds {
		name, err := os.Readlink(fd)
		if err != nil || !strings.HasPrefix(name, "/memfd:") || strings.Contains(string(maps), name) {
			continue
		}
		var info syscall.Stat_t
		if syscall.Stat(fd, &info) == nil {
			m.Memfd += info.Blocks * 512
		}
	}
	return m
}

// forgetPeak makes the peak of this process its present memory.
func forgetPeak() error { return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// A watcher looks at a process and all that it starts, many times a second, and
// keeps the peaks.
type watcher struct {
	root    int
	itself  bool // count the root, which is no part of the benchmark
	stop    chan struct{}
	stopped chan struct{}

	seen  map[int]*watched
	atOne int64 // the largest sum of the peaks of processes that lived at once, the root left out
}

// A watched process has a name, such as "domicile-worker pdf", and a peak.
type watched struct {
	name string
	peak int64
	live bool
}

const often = 2 * time.Millisecond

// watch watches what root starts, and root itself unless it is a child.
func watch(root int, itself bool) *watcher {
	w := &watcher{root: root, itself: itself, stop: make(chan struct{}), stopped: make(chan struct{}), seen: map[int]*watched{}}
	go w.run()
	return w
}

func (w *watcher) run() {
	defer close(w.stopped)
	for {
		select {
		case <-w.stop:
			return
		case <-time.After(often):
			w.look()
		}
	}
}

// end stops looking.
func (w *watcher) end() {
	close(w.stop)
	<-w.stopped
}

func (w *watcher) look() {
	for _, p := range w.seen {
		p.live = false
	}
	var sum int64
	pids := descendants(w.root)
	if w.itself {
		pids = append(pids, w.root)
	}
	own := commandOf(os.Getpid())
	for _, pid := range pids {
		m, name := memoryOf(pid), commandOf(pid)
		if m.Peak == 0 || name == "" || name == own || !w.itself && name == commandOf(w.root) { // about to end, or not yet what it will be
			continue
		}
		p := w.seen[pid]
		if p == nil {
			p = &watched{}
			w.seen[pid] = p
		}
		p.name, p.peak, p.live = name, max(p.peak, m.Peak), true
		sum += p.peak
	}
	w.atOne = max(w.atOne, sum)
}

// peaks returns the highest peak of the processes of each name.
func (w *watcher) peaks() map[string]int64 {
	all := map[string]int64{}
	for _, p := range w.seen {
		all[p.name] = max(all[p.name], p.peak)
	}
	return all
}

// descendants returns the processes that pid started, and theirs.
func descendants(pid int) []int {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil
	}
	var all []int
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue
		}
		for _, word := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(word); err == nil {
				all = append(append(all, n), descendants(n)...)
			}
		}
	}
	return all
}

// commandOf returns the command line of a process, "" when it has ended.
func commandOf(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ReplaceAll(string(text), "\x00", " "))
}

// forgetFiles asks the system to drop what it keeps in memory of the files
// under dir, so that the next who reads them meets the disk.
func forgetFiles(dir string) error {
	const dontNeed = 4 // POSIX_FADV_DONTNEED
	return filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		_, _, no := syscall.Syscall6(syscall.SYS_FADVISE64, file.Fd(), 0, 0, dontNeed, 0, 0)
		if err := file.Close(); err != nil {
			return err
		}
		if no != 0 && !slices.Contains([]syscall.Errno{syscall.EINVAL, syscall.ENOSYS}, no) {
			return errors.New(no.Error())
		}
		return nil
	})
}

// cpuTime is the seconds of computing of this process and of those that it
// started and that have ended.
func cpuTime() (total float64) {
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) == nil {
			total += time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
		}
	}
	return total
}
