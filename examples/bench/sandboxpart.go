package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// partSandbox plays a process that starts workers, and nothing else.
const partSandbox = "sandbox"

type sandboxPart struct {
	box            *sandbox.Box
	nothing, guest *sandbox.Program
}

// nothingWasm is a module whose only function does nothing.
const nothingWasm = "\x00asm\x01\x00\x00\x00" + "\x01\x04\x01\x60\x00\x00" + "\x03\x02\x01\x00" + "\x05\x03\x01\x00\x01" +
	"\x07\x13\x02\x06memory\x02\x00\x06_start\x00\x00" + "\x0a\x04\x01\x02\x00\x0b"

func newSandboxPart(ctx context.Context, dir string) (part, error) {
	worker, connector, err := loadBuilt(dir)
	if err != nil {
		return nil, err
	}
	p := &sandboxPart{}
	if p.box, err = sandbox.New(sandbox.Config{Worker: worker}); err != nil {
		return nil, err
	}
	if p.nothing, err = p.box.Prepare(ctx, sandbox.ModuleOf([]byte(nothingWasm)), nil); err != nil {
		return nil, err
	}
	p.guest, err = p.box.Prepare(ctx, sandbox.Module{SHA256: connector.Manifest.SHA256, Read: connector.Wasm}, nil)
	return p, err
}

func (p *sandboxPart) close() error { return p.box.Close() }

// do answers exit, true and frame, r.N times each.
func (p *sandboxPart) do(ctx context.Context, r request) (answer reply, err error) {
	what := map[string]func(context.Context, *reply) (float64, error){"exit": p.exit, "true": startTrue, "frame": p.frame}[r.Do]
	if what == nil {
		return answer, fmt.Errorf("no request %q", r.Do)
	}
	answer.Values = map[string]float64{}
	for range r.N {
		took, err := what(ctx, &answer)
		if err != nil {
			return answer, err
		}
		answer.Took = append(answer.Took, took)
	}
	return answer, nil
}

// exit runs the module that does nothing, from the call to the worker's end.
func (p *sandboxPart) exit(ctx context.Context, _ *reply) (float64, error) {
	return timed(func() error {
		out, err := p.box.Run(ctx, p.nothing, sandbox.Options{}, nil)
		if err == nil && out.Exit != 0 {
			err = fmt.Errorf("exit status %d", out.Exit)
		}
		return err
	})
}

// startTrue starts /bin/true the same way and waits for its end.
func startTrue(context.Context, *reply) (float64, error) {
	return timed(func() error {
		p, err := os.StartProcess("/bin/true", []string{"true"}, &os.ProcAttr{Dir: "/", Env: []string{}})
		if err != nil {
			return err
		}
		state, err := p.Wait()
		if err == nil && !state.Success() {
			err = errors.New(state.String())
		}
		return err
	})
}

var errSeen = errors.New("the first frame has come")

// frame runs the connector up to its first frame, and looks at its memory then.
func (p *sandboxPart) frame(ctx context.Context, answer *reply) (took float64, err error) {
	start := time.Now()
	_, err = p.box.Run(ctx, p.guest, sandbox.Options{}, func(context.Context, protocol.Frame) (protocol.Frame, error) {
		took = time.Since(start).Seconds()
		for _, pid := range descendants(os.Getpid()) {
			if strings.HasPrefix(commandOf(pid), builtWorker) {
				answer.Values["peak"] = max(answer.Values["peak"], float64(memoryOf(pid).Peak))
			}
		}
		return protocol.Frame{}, errSeen
	})
	if errors.Is(err, errSeen) {
		err = nil
	}
	return took, err
}
