package protocol

import "slices"

// A Code says why something could not be done. Codes are stable: pages,
// translations and scripts depend on them. A connector reports one of
// [Problems] with op fail; the home uses the same codes for its own findings.
type Code string

// The problem codes, the whole list. Each names what the person can do.
const (
	AuthFailed     Code = "auth_failed"     // the name or password was refused: enter it again
	AuthExpired    Code = "auth_expired"    // the provider ended the session: sign in again
	OTPWrong       Code = "otp_wrong"       // the one-time code was refused: ask for a new one
	ActionNeeded   Code = "action_needed"   // the provider wants something done on its own site
	ConsentExpired Code = "consent_expired" // the consent given at the provider has ended: renew it
	RateLimited    Code = "rate_limited"    // the provider asks to slow down: the home waits
	Unavailable    Code = "unavailable"     // the provider cannot be reached or fails: the home retries
	SourceChanged  Code = "source_changed"  // the provider's pages changed: the connector needs an update
	Blocked        Code = "blocked"         // the connector asked for something it may not have
	Limit          Code = "limit"           // a limit of the run was reached
	InvalidFile    Code = "invalid_file"    // the file is not what the connector reads
	Internal       Code = "internal"        // a fault of the home or of the connector
)

// Problems returns the problem codes in the order of the documentation.
func Problems() []Code {
	return []Code{AuthFailed, AuthExpired, OTPWrong, ActionNeeded, ConsentExpired, RateLimited,
		Unavailable, SourceChanged, Blocked, Limit, InvalidFile, Internal}
}

// IsProblem reports whether c is in the closed list of problem codes.
func (c Code) IsProblem() bool { return slices.Contains(Problems(), c) }

// NeedsPerson reports whether automatic runs stop until the person acts.
func (c Code) NeedsPerson() bool {
	switch c {
	case AuthFailed, AuthExpired, OTPWrong, ActionNeeded, ConsentExpired:
		return true
	}
	return false
}
