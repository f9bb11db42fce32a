package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// The exit statuses. Scripts depend on them.
const (
	exitOK       = 0
	exitInternal = 1
	exitUsage    = 2 // the command line, or what was asked, breaks a rule
	exitRefused  = 3 // import: at least one file was refused
	exitAuth     = 4 // wrong password, or none
	exitLocked   = 5 // the home is locked
	exitNotFound = 6
	exitConflict = 7 // it exists already, or it is busy
	exitDamaged  = 8 // the vault is damaged
	exitProblem  = 9 // a run ended with a problem of the provider
)

// exits maps every code to an exit status.
func exits() map[core.Code]int {
	return map[core.Code]int{
		core.NotFound: exitNotFound, core.Invalid: exitUsage, core.Conflict: exitConflict, core.Locked: exitLocked,
		core.Forbidden: exitAuth, core.Unauthenticated: exitAuth, core.Damaged: exitDamaged,
		protocol.AuthFailed: exitProblem, protocol.AuthExpired: exitProblem, protocol.OTPWrong: exitProblem,
		protocol.ActionNeeded: exitProblem, protocol.ConsentExpired: exitProblem, protocol.RateLimited: exitProblem,
		protocol.Unavailable: exitProblem, protocol.SourceChanged: exitProblem, protocol.Blocked: exitProblem,
		protocol.Limit: exitProblem, protocol.InvalidFile: exitRefused, protocol.Internal: exitInternal,
	}
}

// nextSteps says what to do about a code, where one sentence helps.
func nextSteps() map[core.Code]string {
	return map[core.Code]string{
		core.Locked:          "Unlock it on its page, or with: domicile unlock",
		core.Unauthenticated: "If the password is lost: domicile recovery use",
		core.Damaged:         "Stop the home, keep a copy of vault.db, and run: domicile verify",
		protocol.InvalidFile: "docs/formats.md lists the files that can be read.",
		protocol.AuthFailed:  "Check the name and the password at the provider's own site.",
		protocol.Unavailable: "Try again later; nothing was lost.",
	}
}

// A hinted error has a next step of its own.
type hinted struct {
	error
	next string
}

func (e *hinted) Unwrap() error { return e.error }

// hint gives err, when it has the code, its next step.
func hint(err error, code core.Code, format string, args ...any) error {
	if core.CodeOf(err) != code {
		return err
	}
	return &hinted{err, fmt.Sprintf(format, args...)}
}

// nextStep says what to do about err, "" when nobody knows.
func nextStep(err error) string {
	if e, ok := errors.AsType[*hinted](err); ok {
		return e.next
	}
	return nextSteps()[core.CodeOf(err)]
}

// errStatus is an exit status whose reason has been printed already.
type errStatus int

func (e errStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// report prints err with its next step and returns the exit status.
func report(w io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	if status, ok := errors.AsType[errStatus](err); ok {
		return int(status)
	}
	fmt.Fprintln(w, "domicile:", plain(err.Error()))
	if next := nextStep(err); next != "" {
		fmt.Fprintln(w, next)
	}
	return exits()[core.CodeOf(err)]
}
