package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// A runner brings in what the operator has: the home, or a reference.
type runner struct {
	name string
	// run brings everything in, and writes the records to a file of JSON lines
	// when it is given a path. It returns seconds; memory only when it watches.
	run func(ctx context.Context, watching bool) (took, memory float64, err error)
	// records returns the file of the last run's records.
	records func() (string, error)
}

// account is where the operator is and who may sign in.
type account struct{ url, user, password string }

// whole measures a whole run of the connector beside programs that do the same
// without a home.
func (b *bench) whole(ctx context.Context) (err error) {
	if err := b.build(ctx); err != nil {
		return err
	}
	provider, err := startChild(ctx, partProvider, b.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, provider.end()) }()
	at, err := provider.ask(request{})
	if err != nil {
		return err
	}
	who := account{at.Text["url"], at.Text["user"], at.Text["password"]}
	ours, end, err := b.homeRunner(ctx, who)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	runners := []runner{ours, b.nativeRunner(who)}
	node, missing := b.nodeRunner(ctx, who)
	if missing == nil {
		runners = append(runners, node)
	}
	took, memory, err := b.rounds3(ctx, runners)
	if err != nil {
		return err
	}
	b.table.add(wholeRows(runners, took, memory)...)
	if missing != nil {
		b.note("NO NODE: %v", missing)
		b.table.add(row{what: "a whole run", ours: "see above", reference: "**NODE WAS NOT MEASURED**: " + missing.Error(), aim: "≤ 0.5×", held: missed})
	}
	return nil
}

// rounds3 runs each runner in turns: once to warm it and to compare what it
// brought in, then for time, then for memory.
func (b *bench) rounds3(ctx context.Context, runners []runner) (took, memory [][]float64, err error) {
	if err := compare(ctx, runners); err != nil {
		return nil, nil, err
	}
	took, memory = make([][]float64, len(runners)), make([][]float64, len(runners))
	for n := range b.rounds {
		for i := range runners {
			i = (i + n) % len(runners)
			t, _, err := runners[i].run(ctx, false)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", runners[i].name, err)
			}
			took[i] = append(took[i], t)
		}
	}
	for range 3 {
		for i := range runners {
			_, m, err := runners[i].run(ctx, true)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", runners[i].name, err)
			}
			memory[i] = append(memory[i], m)
		}
	}
	return took, memory, nil
}

// wholeRows makes the rows of the first runner beside each other one.
func wholeRows(runners []runner, took, memory [][]float64) (rows []row) {
	for i := range runners[1:] {
		i++
		time, space := ratios(took[0], took[i]), ratios(memory[0], memory[i])
		rows = append(rows,
			row{what: "a whole warm run: 40 bills over 4 pages, 40 PDFs of 100 KB, the calls: time", ours: seconds(median(took[0])),
				reference: runners[i].name + ": " + seconds(median(took[i])), ratio: times(median(time), time)},
			row{what: "its memory: worker, helpers and the home's growth", ours: megabytes(median(memory[0])),
				reference: runners[i].name + ": " + megabytes(median(memory[i])), ratio: times(median(space), space)})
		if strings.HasPrefix(runners[i].name, nodeName) {
			n := len(rows)
			rows[n-2].aim, rows[n-2].held = "≤ 0.5×", atMost(median(time), 0.5)
			rows[n-1].aim, rows[n-1].held = "≤ 0.5×", atMost(median(space), 0.5)
		}
	}
	return rows
}

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
	r.run = func(ctx context.Context, watching bool) (took, memory float64, err error) {
		if _, err := c.ask(request{Do: "add", Words: []string{who.url, who.user, who.password}}); err != nil {
			return 0, 0, err
		}
		var w *watcher
		if watching {
			w = watch(c.cmd.Process.Pid, false)
		}
		answer, err := c.ask(request{Do: "run"})
		if watching {
			w.end()
			memory = float64(w.atOne) + answer.Values["growth"]
			b.note("home: idle %s, growth %s, processes %s", megabytes(answer.Values["idle"]), megabytes(answer.Values["growth"]), shown(w.peaks()))
		}
		if err != nil {
			return 0, 0, err
		}
		b.note("home: run %s, %v added, worker CPU %s", seconds(answer.Took[0]), answer.Values["added"], seconds(answer.Values["cpu"]))
		if _, err := c.ask(request{Do: "dump", Words: []string{path}}); err != nil {
			return 0, 0, err
		}
		_, err = c.ask(request{Do: "forget"})
		return answer.Took[0], memory, err
	}
	return r, c.end, nil
}

// shown lists the peaks of processes.
func shown(peaks map[string]int64) string {
	var list []string
	for name, peak := range peaks {
		list = append(list, name+" "+megabytes(float64(peak)))
	}
	return strings.Join(list, ", ")
}

// nativeRunner runs the Go program that does the same.
func (b *bench) nativeRunner(who account) runner {
	return b.programRunner("a native Go program with goquery", who, b.path(builtNative))
}

const nodeName = "Node"

// nodeRunner bundles the Node program and runs it.
func (b *bench) nodeRunner(ctx context.Context, who account) (runner, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return runner{}, err
	}
	version, err := exec.CommandContext(ctx, node, "--version").Output()
	if err != nil {
		return runner{}, err
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return runner{}, err
	}
	dir := filepath.Join(root, "examples", "bench", "node")
	for _, args := range [][]string{{"ci", "--no-audit", "--no-fund"}, {"run", "bundle"}} {
		cmd := exec.CommandContext(ctx, "npm", args...)
		cmd.Dir = dir
		if text, err := cmd.CombinedOutput(); err != nil {
			return runner{}, fmt.Errorf("npm %s: %w: %s", args[0], err, strings.TrimSpace(string(text)))
		}
	}
	name := nodeName + " " + strings.TrimSpace(string(version)) + " + cheerio, bundled"
	return b.programRunner(name, who, node, filepath.Join(dir, "bundle", "ondine.mjs")), nil
}

// programRunner runs a program that writes files into a directory, from its
// start to its end.
func (b *bench) programRunner(name string, who account, command ...string) runner {
	dir := b.path("program-" + filepath.Base(command[len(command)-1]))
	r := runner{name: name, records: func() (string, error) { return filepath.Join(dir, "records.jsonl"), nil }}
	r.run = func(ctx context.Context, watching bool) (took, memory float64, err error) {
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
			return 0, 0, err
		}
		cmd := exec.CommandContext(ctx, command[0], append(command[1:], who.url, who.user, who.password, dir)...)
		cmd.Stderr = os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		took, err = timed(func() error {
			if err := cmd.Start(); err != nil {
				return err
			}
			if watching {
				w := watch(cmd.Process.Pid, true)
				defer func() {
					w.end()
					memory = float64(w.atOne)
				}()
			}
			return cmd.Wait()
		})
		return took, memory, err
	}
	return r
}

// compare runs each runner once and holds what it brought in against what the
// first did.
func compare(ctx context.Context, runners []runner) error {
	var want map[string]string
	for _, r := range runners {
		if _, _, err := r.run(ctx, false); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		path, err := r.records()
		if err != nil {
			return err
		}
		got, err := readRecords(path)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		if want == nil {
			want = got
		}
		if err := same(want, got); err != nil {
			return fmt.Errorf("%s: not the same records: %w", r.name, err)
		}
	}
	return nil
}

// readRecords returns records by type and id, each in one form.
func readRecords(path string) (map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	all := map[string]string{}
	for dec := json.NewDecoder(file); dec.More(); {
		var one struct {
			Type, ID, Time, Title string
			Data                  any
		}
		if err := dec.Decode(&one); err != nil {
			return nil, err
		}
		all[one.Type+" "+one.ID] = string(encode(one))
	}
	return all, nil
}

func same(want, got map[string]string) error {
	for id, text := range want {
		if got[id] != text {
			return fmt.Errorf("%s: got %s, want %s", id, got[id], text)
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d records, want %d", len(got), len(want))
	}
	return nil
}
