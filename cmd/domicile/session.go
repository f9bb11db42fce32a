package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/domicile-home/domicile/core"
	"golang.org/x/term"
)

// A session is one command being run.
type session struct {
	ctx context.Context // of the process: one command, one life
	world
	lines        *bufio.Reader // over in, once a line was asked for
	home         string
	passwordFile string
	jsonErrors   bool // standard error takes JSON alone
}

// dir returns the home's folder: --home, or the user's data folder.
func (s *session) dir() (string, error) {
	if s.home != "" {
		return filepath.Abs(s.home)
	}
	if data := s.getenv("XDG_DATA_HOME"); filepath.IsAbs(data) {
		return filepath.Join(data, "domicile"), nil
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return "", core.E(core.Invalid, "find the home's folder", errors.New("name it with --home DIR"))
	}
	return filepath.Join(user, ".local", "share", "domicile"), nil
}

// password returns the home's password: from --password-file, from
// DOMICILE_PASSWORD, or typed.
func (s *session) password(prompt string) (core.Secret, error) {
	if s.passwordFile != "" {
		return readSecret(s.passwordFile)
	}
	if p := s.getenv("DOMICILE_PASSWORD"); p != "" {
		return core.Secret(p), nil
	}
	return s.typed(prompt, "--password-file FILE or DOMICILE_PASSWORD")
}

// readSecret reads a secret from the first line of a file.
func readSecret(name string) (core.Secret, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return "", core.E(core.Invalid, "read password", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return core.Secret(strings.TrimSuffix(line, "\r")), nil
}

// typed asks on the terminal, without echo; instead says what to use where
// there is none.
func (s *session) typed(prompt, instead string) (core.Secret, error) {
	f, ok := s.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", &hinted{core.E(core.Unauthenticated, "ask for the "+strings.ToLower(strings.TrimSuffix(prompt, ": ")), errors.New("there is no terminal")), "Use " + instead + " instead."}
	}
	fmt.Fprint(s.err, prompt)
	text, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(s.err)
	return core.Secret(text), err
}

// line asks on the terminal, with echo.
func (s *session) line(prompt string) (string, error) {
	fmt.Fprint(s.err, prompt)
	if s.lines == nil {
		s.lines = bufio.NewReader(s.in)
	}
	text, err := s.lines.ReadString('\n')
	if text == "" && err != nil {
		return "", core.E(core.Invalid, "read answer", err)
	}
	return strings.TrimSpace(text), nil
}

// chosen returns the password of a home being made: given as password is, or
// typed twice.
func (s *session) chosen() (core.Secret, error) {
	if s.passwordFile != "" || s.getenv("DOMICILE_PASSWORD") != "" {
		return s.password("")
	}
	return s.fresh("--password-file FILE or DOMICILE_PASSWORD")
}

// fresh asks twice for a new password on the terminal.
func (s *session) fresh(instead string) (core.Secret, error) {
	first, err := s.typed("New password: ", instead)
	if err != nil {
		return "", err
	}
	again, err := s.typed("Again: ", instead)
	if err == nil && again != first {
		err = core.E(core.Invalid, "choose password", errors.New("the two differ; start again"))
	}
	return first, err
}
