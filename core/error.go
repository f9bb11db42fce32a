package core

import (
	"errors"
	"strings"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// A Code classifies an error for every edge of the home: a page, an exit
// status, a translation. It is a problem code of [protocol.Problems] or one of
// those below.
type Code = protocol.Code

// The codes that the home adds to the problem codes.
const (
	NotFound        Code = "not_found"       // nothing of that name or id
	Invalid         Code = "invalid"         // the input breaks a rule; Err says which
	Conflict        Code = "conflict"        // it exists already, or it changed meanwhile
	Locked          Code = "locked"          // the home is locked
	Forbidden       Code = "forbidden"       // this reader may not
	Unauthenticated Code = "unauthenticated" // nobody knows who is asking: wrong password or none
	Damaged         Code = "damaged"         // the vault's file was altered or cut
)

// Codes returns every code an [Error] may carry, problem codes first.
func Codes() []Code {
	return append(protocol.Problems(), NotFound, Invalid, Conflict, Locked, Forbidden, Unauthenticated, Damaged)
}

// An Error is a classified error. Op says what was being done, in lower case:
// "unlock vault". Args fill the places of the code's message.
type Error struct {
	Code Code
	Op   string
	Args map[string]string
	Err  error // the cause, or nil
}

// Error implements error. A cause of the same code does not say it again.
func (e *Error) Error() string {
	text := string(e.Code)
	if e.Op != "" {
		text = e.Op + ": " + text
	}
	switch {
	case e.Err == nil:
		return text
	case CodeOf(e.Err) == e.Code:
		return text + ": " + protocol.Text(e.Err)
	}
	return text + ": " + e.Err.Error()
}

// Text says what Error does without the code; see [protocol.Text].
func (e *Error) Text() string {
	text := strings.ReplaceAll(string(e.Code), "_", " ")
	if e.Err != nil {
		text = protocol.Text(e.Err)
	}
	if e.Op != "" {
		text = e.Op + ": " + text
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// E returns an Error of code, met while doing op, caused by err.
func E(code Code, op string, err error) *Error { return &Error{Code: code, Op: op, Err: err} }

// CodeOf returns the code of the first Error in err's chain, [protocol.Internal]
// for any other error and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		return e.Code
	}
	return protocol.Internal
}
