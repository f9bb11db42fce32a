package sdk

import (
	"errors"
	"strings"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// maxMessage bounds what a problem says in the run's log, in bytes.
const maxMessage = 4 << 10

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

// failure turns what a connector returned into op fail. A code that is no
// problem of a run, such as not_found, is a fault of the connector.
func failure(err error) protocol.FailRequest {
	f := protocol.FailRequest{Code: CodeOf(err), Message: protocol.Text(err)}
	if !f.Code.IsProblem() {
		f.Code = protocol.Internal
	}
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		f.RetryAfter = e.RetryAfter
	}
	if len(f.Message) > maxMessage {
		f.Message = strings.ToValidUTF8(f.Message[:maxMessage], "")
	}
	return f
}
