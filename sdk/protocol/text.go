package protocol

import "strings"

// Text returns what err says without the codes of the errors that carry one,
// for where the code stands apart: "page 2: closed at night". An error with a
// code, in any package, says its own part by a method Text.
func Text(err error) string {
	switch e := err.(type) {
	case nil:
		return ""
	case interface{ Text() string }:
		return e.Text()
	case interface{ Unwrap() error }:
		return textOf(err.Error(), e.Unwrap())
	case interface{ Unwrap() []error }:
		return textOf(err.Error(), e.Unwrap()...)
	}
	return err.Error()
}

// textOf replaces in whole what its causes say by what they say without codes.
func textOf(whole string, causes ...error) string {
	for _, cause := range causes {
		if cause != nil {
			whole = strings.Replace(whole, cause.Error(), Text(cause), 1)
		}
	}
	return whole
}

// Text returns the message, or the code in words when there is none.
func (e *Error) Text() string {
	if e.Message == "" {
		return e.Code.words()
	}
	return e.Message
}

// words is the code as text.
func (c Code) words() string { return strings.ReplaceAll(string(c), "_", " ") }
