package sdk

import (
	"errors"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// Fail returns an error that, returned by a connector, ends the run with code:
// one of [protocol.Problems]. The message goes to the run's log; the person
// reads the code's own sentence, in their language.
func Fail(code protocol.Code, message string) error {
	return &protocol.Error{Code: code, Message: message}
}

// CodeOf returns the code of the first [protocol.Error] in err's chain,
// [protocol.Internal] for any other error and "" for nil.
func CodeOf(err error) protocol.Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		return e.Code
	}
	return protocol.Internal
}
