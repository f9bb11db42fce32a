package sandbox

import (
	"errors"
	"strings"
	"syscall"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A Limit names what a worker was killed for.
type Limit string

// The limits.
const (
	LimitCPU     Limit = "cpu"
	LimitWall    Limit = "wall"
	LimitMemory  Limit = "memory"
	LimitLog     Limit = "log"
	LimitTraffic Limit = "traffic" // requests, or bytes of them
)

type limitError struct{ limit Limit }

func (e *limitError) Error() string { return "over the limit: " + string(e.limit) }

// problemOf turns the reason for a worker's end into a classified error. Other
// errors, that of a cancelled context among them, stay as they are.
func problemOf(op string, reason error) error {
	if l, ok := errors.AsType[*limitError](reason); ok {
		e := core.E(protocol.Limit, op, reason)
		e.Args = map[string]string{"limit": string(l.limit)}
		return e
	}
	return reason
}

// Exit statuses of a worker; its main package has the same.
const (
	statusSetup   = 10
	statusInvalid = 11
	statusTrap    = 12
	statusMemory  = 13
	statusStale   = 14
	statusProgram = 100
)

// overCPU is SIGXCPU, by which the kernel ends a worker at its limit.
const overCPU = syscall.Signal(24)

// hasCrashed reports whether the worker ended otherwise than by a decision of
// its own: by a signal, or because Go's runtime could not go on.
func (p *process) hasCrashed() bool {
	const runtimeFatal = 2
	return !p.state.Exited() || p.state.ExitCode() == runtimeFatal
}

// crashLimit says which limit crashed a worker: its memory, by the words of its
// runtime; its processor time or the machine's memory, by the kernel's signal.
// Otherwise it returns other.
func (p *process) crashLimit(other Limit) Limit {
	status, _ := p.state.Sys().(syscall.WaitStatus)
	killed := status.Signaled() && status.Signal() == syscall.SIGKILL
	warned := status.Signaled() && status.Signal() == overCPU
	switch {
	case strings.Contains(p.log.last, "out of memory"), strings.Contains(p.log.last, "cannot allocate memory"):
		return LimitMemory
	case warned, killed && p.cpu() >= p.job.nearlyAll():
		return LimitCPU
	case killed:
		return LimitMemory
	}
	return other
}

// nearlyAll is the processor time from which on a sudden end is the limit's: the
// kernel enforces it by one clock and reports it by another.
func (j job) nearlyAll() time.Duration { return time.Duration(j.setup.CPU) * time.Second * 3 / 4 }

func (p *process) cpu() time.Duration { return p.state.UserTime() + p.state.SystemTime() }
