// Package auth knows who is asking: the password's strength, the pace of
// guesses, the one-time link of first set-up, and sessions. It knows nothing of
// HTTP: cookies and addresses are read and written by the web room.
//
// There is one owner and one password, which the vault checks. A session is a
// random token of which only the hash is kept, in memory and sealed in the
// vault, so that a restart does not end it; locking the home does.
package auth
