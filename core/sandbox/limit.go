package sandbox

import (
	"bytes"
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

// Exit statuses of the worker beyond the program's own; its main package has the
// same. crashStatus stands for a worker ended by a signal.
const (
	statusProgramMax = 99
	statusSetup      = 100
	statusInvalid    = 101
	statusTrap       = 102
	statusMemory     = 103
	statusStale      = 104
	statusHelper     = 105
	crashStatus      = -1
)

// crashLimit says which limit ended a worker by a signal that nobody here sent:
// the kernel's, for its processor time or for want of memory, or its own
// runtime's, out of memory. Otherwise it returns other.
func (p *process) crashLimit(other Limit) Limit {
	status, _ := p.state.Sys().(syscall.WaitStatus)
	switch {
	case status.Signaled() && status.Signal() == syscall.SIGKILL && p.cpu() >= time.Duration(p.job.setup.CPU)*time.Second:
		return LimitCPU
	case status.Signaled() && status.Signal() == syscall.SIGKILL:
		return LimitMemory
	case bytes.Contains(p.log.tail, []byte("out of memory")):
		return LimitMemory
	}
	return other
}

// lastWords is the end of the worker's log, for an error about the worker itself.
func (p *process) lastWords() string {
	return strings.TrimSpace(strings.ToValidUTF8(string(p.log.tail), "?"))
}

func (p *process) cpu() time.Duration { return p.state.UserTime() + p.state.SystemTime() }
