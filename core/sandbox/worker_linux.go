package sandbox

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hasFilter returns an error when the kernel has no seccomp filters.
func hasFilter() error {
	action := uint32(unix.SECCOMP_RET_ERRNO)
	_, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action)))
	if e != 0 {
		return fmt.Errorf("this kernel has no seccomp filters: %w", e)
	}
	return nil
}

// LandlockABI is the version of the kernel's second lock, Landlock, or 0 where
// it has none: workers are confined by seccomp all the same.
func LandlockABI() int {
	const askVersion = 1 // LANDLOCK_CREATE_RULESET_VERSION
	version, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, askVersion)
	if e != 0 {
		return 0
	}
	return int(version)
}

// totalMemory is the machine's memory in bytes, 0 when unknown.
func totalMemory() uint64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return uint64(info.Totalram) * uint64(info.Unit)
}

// A blob is bytes in memory that can be handed to a worker, and that nobody can
// change any more.
type blob struct {
	file *os.File
	size int
}

func newBlob(name string, content []byte, flags int) (*blob, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|flags)
	if err != nil {
		return nil, fmt.Errorf("create memory file: %w", err)
	}
	b := &blob{os.NewFile(uintptr(fd), name), len(content)}
	if _, err := b.file.Write(content); err != nil {
		return nil, errors.Join(fmt.Errorf("fill memory file: %w", err), b.close())
	}
	const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	if _, err := unix.FcntlInt(b.file.Fd(), unix.F_ADD_SEALS, seals); err != nil {
		return nil, errors.Join(fmt.Errorf("seal memory file: %w", err), b.close())
	}
	return b, nil
}

// newData returns a blob that cannot be executed, where the kernel knows the
// difference.
func newData(content []byte) (*blob, error) {
	b, err := newBlob("domicile", content, unix.MFD_NOEXEC_SEAL)
	if errors.Is(err, unix.EINVAL) { // before Linux 6.3
		return newBlob("domicile", content, 0)
	}
	return b, err
}

func newExecutable(content []byte) (*blob, error) {
	b, err := newBlob("domicile-worker", content, unix.MFD_EXEC)
	if errors.Is(err, unix.EINVAL) {
		return newBlob("domicile-worker", content, 0)
	}
	return b, err
}

// A starter starts workers, all from one thread that lives as long as it: a
// worker is killed when the thread that started it ends.
type starter struct {
	worker *blob
	jobs   chan func()
	closed chan struct{}
	ended  chan struct{}
}

var errClosed = errors.New("the sandbox is closed")

func newStarter(worker []byte) (*starter, error) {
	if err := keepDescriptors(); err != nil {
		return nil, fmt.Errorf("keep descriptors from workers: %w", err)
	}
	exe, err := newExecutable(worker)
	if err != nil {
		return nil, err
	}
	s := &starter{worker: exe, jobs: make(chan func()), closed: make(chan struct{}), ended: make(chan struct{})}
	go s.work()
	return s, nil
}

// keepDescriptors marks what this process was started with, a socket from
// systemd for one, so that no worker inherits it. What Go opens is marked.
func keepDescriptors() error {
	const first = 3
	err := unix.CloseRange(first, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
	if err == nil {
		return nil
	}
	open, err := os.ReadDir("/proc/self/fd") // before Linux 5.11
	for _, e := range open {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd >= first {
			unix.CloseOnExec(fd)
		}
	}
	return err
}

func (s *starter) work() {
	defer close(s.ended)
	runtime.LockOSThread() // and never unlocked: the thread ends with the starter
	for {
		select {
		case f := <-s.jobs:
			f()
		case <-s.closed:
			return
		}
	}
}

// do calls f on the starter's thread.
func (s *starter) do(f func() error) error {
	result := make(chan error, 1)
	select {
	case s.jobs <- func() { result <- f() }:
		return <-result
	case <-s.closed:
		return errClosed
	}
}

func (s *starter) close() error {
	close(s.closed)
	<-s.ended
	return s.worker.close()
}

// workerFD is where the child finds its own program. It is an inherited
// descriptor, so that no other descriptor of this process can be taken for it.
const workerFD = 5

func (s *starter) start(j job) (*process, error) {
	message, err := j.message()
	if err != nil {
		return nil, err
	}
	pipes, err := newPipes()
	if err != nil {
		return nil, err
	}
	defer pipes.closeChild()
	attr := &os.ProcAttr{
		Dir: "/",
		Env: []string{}, // not nil, which would be this process's own
		Files: []*os.File{pipes.child[0], pipes.child[1], pipes.child[2],
			j.wasm.descriptor(), j.code.descriptor(), s.worker.file},
		Sys: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	}
	var child *os.Process
	err = s.do(func() (err error) {
		child, err = os.StartProcess("/proc/self/fd/"+strconv.Itoa(workerFD), []string{"domicile-worker", j.mode}, attr)
		return err
	})
	if err != nil {
		pipes.closeParent()
		return nil, err
	}
	p := adopt(child, pipes, j)
	if _, err := p.in.Write(message); err != nil {
		p.kill(err)
		return nil, errors.Join(err, p.end())
	}
	return p, nil
}

// peakMemory returns the most memory that a running process has held, 0 when it
// cannot be read. What the kernel says at its end is no use: a child inherits
// the peak of the process that started it.
func peakMemory(pid int) int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	return parsePeak(text)
}
