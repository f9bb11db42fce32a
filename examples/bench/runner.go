package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// homeRunner runs the connector in a home, in a child.
func (b *bench) homeRunner(ctx context.Context, who account) (r runner, end func() error, err error) {
	c, err := startChild(ctx, partHome, b.dir)
	if err != nil {
		return r, nil, err
	}
	if _, err := c.ask(request{Do: "scratch"}); err != nil {
		return r, nil, errors.Join(err, c.end())
	}
	path := b.path("home.jsonl")
	r = runner{name: "home", records: func() (string, error) { return path, nil }}
	r.run = func(_ context.Context, watching bool) (spent cost, err error) {
		if _, err := c.ask(request{Do: "add", Words: []string{who.url, who.user, who.password}}); err != nil {
			return spent, err
		}
		if spent, err = b.homeRun(c, watching); err != nil {
			return spent, err
		}
		if _, err := c.ask(request{Do: "dump", Words: []string{path}}); err != nil {
			return spent, err
		}
		_, err = c.ask(request{Do: "forget"})
		return spent, err
	}
	return r, c.end, nil
}

// homeRun is the run itself.
func (b *bench) homeRun(c *child, watching bool) (cost, error) {
	end := func() cost { return cost{} }
	if watching {
		w := watch(c.cmd.Process.Pid, false)
		end = func() cost {
			w.end()
			b.note("the run's processes: %s", shown(w.peaks()))
			return cost{memory: float64(w.atOne)}
		}
	}
	answer, err := c.ask(request{Do: "run"})
	spent := end()
	if err != nil {
		return spent, err
	}
	spent.seconds, spent.cpu = answer.Took[0], answer.Values["cpu"]
	b.note("the run: %s, %s CPU, of it the program's %s; %v records", seconds(spent.seconds), seconds(spent.cpu), seconds(answer.Values["program"]), answer.Values["added"])
	if watching {
		spent.memory += answer.Values["growth"]
		b.note("the home: %s before, grew by %s", megabytes(answer.Values["idle"]), megabytes(answer.Values["growth"]))
	}
	return spent, nil
}

// shown lists the peaks of processes.
func shown(peaks map[string]int64) string {
	var list []string
	for name, peak := range peaks {
		list = append(list, name+" "+megabytes(float64(peak)))
	}
	return strings.Join(list, ", ")
}

// nodeRunners bundles the Node programs.
func (b *bench) nodeRunners(ctx context.Context, who account) ([]runner, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	version, err := exec.CommandContext(ctx, node, "--version").Output()
	if err != nil {
		return nil, err
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return nil, err
	}
	// Bundled where no module is found: pdf.js would load a drawing library.
	for _, args := range [][]string{{"ci", "--no-audit", "--no-fund"}, {"run", "bundle", "--", "--outdir=" + b.path("node")}} {
		cmd := exec.CommandContext(ctx, "npm", args...)
		cmd.Dir = filepath.Join(root, "examples", "bench", "node")
		if text, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("npm %s: %w: %s", args[0], err, strings.TrimSpace(string(text)))
		}
	}
	name := "Node " + strings.TrimSpace(string(version)) + " + cheerio"
	quick := b.programRunner(name+", bundled", who, node, b.path("node/quick.mjs"))
	quick.aim = 0.5
	return []runner{quick, b.programRunner(name+" + pdf.js, reading any PDF as the home does", who, node, b.path("node/pdfjs.mjs"))}, nil
}

// programRunner runs a program that writes files into a directory, from its
// start to its end.
func (b *bench) programRunner(name string, who account, command ...string) runner {
	dir := b.path("out-" + filepath.Base(command[len(command)-1]))
	r := runner{name: name, records: func() (string, error) { return filepath.Join(dir, "records.jsonl"), nil }}
	r.run = func(ctx context.Context, watching bool) (cost, error) {
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
			return cost{}, err
		}
		cmd := exec.CommandContext(ctx, command[0], append(command[1:], who.url, who.user, who.password, dir)...)
		cmd.Stderr = os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		return programRun(cmd, watching)
	}
	return r
}

func programRun(cmd *exec.Cmd, watching bool) (spent cost, err error) {
	spent.seconds, err = timed(func() error {
		if err := cmd.Start(); err != nil {
			return err
		}
		if !watching {
			return cmd.Wait()
		}
		w := watch(cmd.Process.Pid, true)
		err := cmd.Wait()
		w.end()
		spent.memory = float64(w.atOne)
		return err
	})
	if cmd.ProcessState != nil {
		spent.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	}
	return spent, err
}
