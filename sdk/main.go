package sdk

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// A Connector brings records in: it reads what a provider or a file holds and
// emits it. Returning nil commits what was emitted; returning an error ends
// the run with that problem and drops what follows the last [Session.Save].
type Connector func(*Session) error

// Main runs c for the home on standard input and output, then exits: with 0
// when c returned nil, with 1 otherwise. It first points os.Stdout at standard
// error, which is the run's log, so that a stray print does no harm.
func Main(c Connector) {
	in, out := os.Stdin, os.Stdout
	os.Stdout = os.Stderr
	if err := c.Serve(in, out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Serve runs c once, its replies read from in and its requests written to out.
// It returns what c returned, after telling the home, or the reason why the
// home could not be spoken to.
func (c Connector) Serve(in io.Reader, out io.Writer) error {
	s := &Session{home: protocol.NewCaller(in, out)}
	if _, err := s.home.Call(protocol.OpStart, nil, nil, &s.start); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	err := c(s)
	if err == nil {
		err = s.flush()
	}
	if err == nil {
		return s.home.Broken()
	}
	if told := s.home.Fail(err); told != nil {
		return errors.Join(err, told)
	}
	return err
}
