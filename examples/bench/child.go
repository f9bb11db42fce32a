package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// A request asks a child to do one thing; a reply tells what came of it. What
// the members mean is up to the part that the child plays.
type request struct {
	Do    string   `json:"do"`
	From  int      `json:"from,omitempty"`
	N     int      `json:"n,omitempty"`
	Seed  uint64   `json:"seed,omitempty"`
	Words []string `json:"words,omitempty"`
}

type reply struct {
	Took   []float64          `json:"took,omitempty"` // seconds, of each thing measured
	Values map[string]float64 `json:"values,omitempty"`
	Text   map[string]string  `json:"text,omitempty"`
	Memory memory             `json:"memory,omitzero"`
	Error  string             `json:"error,omitempty"`
}

// A part is what a child does.
type part interface {
	do(context.Context, request) (reply, error)
	close() error
}

// childMode, as the first argument, makes this program a child.
const childMode = "child"

// A child is a process of this program that plays one part, so that memory and
// cold starts are that part's own.
type child struct {
	part string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

// startChild starts a child that plays a part in a directory.
func startChild(ctx context.Context, part, dir string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, childMode, part, dir)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &child{part, cmd, in, bufio.NewReader(out)}, cmd.Start()
}

// ask has the child do one thing.
func (c *child) ask(r request) (reply, error) {
	var answer reply
	if err := json.NewEncoder(c.in).Encode(r); err != nil {
		return answer, fmt.Errorf("%s: %w", c.part, err)
	}
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		return answer, fmt.Errorf("%s %s: %w", c.part, r.Do, err)
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		return answer, fmt.Errorf("%s %s: %w", c.part, r.Do, err)
	}
	if answer.Error != "" {
		return answer, fmt.Errorf("%s %s: %s", c.part, r.Do, answer.Error)
	}
	return answer, nil
}

// pause stops the child between its turns, whatever it does in the background:
// that work counts in its own time.
func (c *child) pause() error  { return c.cmd.Process.Signal(syscall.SIGSTOP) }
func (c *child) resume() error { return c.cmd.Process.Signal(syscall.SIGCONT) }

// turn resumes the child for one request.
func (c *child) turn(r request) (reply, error) {
	if err := c.resume(); err != nil {
		return reply{}, err
	}
	answer, err := c.ask(r)
	return answer, errors.Join(err, c.pause())
}

// end has the child close what it holds, and waits for it.
func (c *child) end() error {
	_ = c.resume() // it may have ended
	if err := c.in.Close(); err != nil {
		return err
	}
	if err := c.cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w", c.part, err)
	}
	return nil
}

// play answers requests until there are no more.
func play(ctx context.Context, p part) (err error) {
	defer func() { err = errors.Join(err, p.close()) }()
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var r request
		if err := in.Decode(&r); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		answer, err := p.do(ctx, r)
		if err != nil {
			answer.Error = err.Error()
		}
		if err := out.Encode(answer); err != nil {
			return err
		}
	}
}
