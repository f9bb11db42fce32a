// Command bench measures Domicile beside what it is made of, or replaces, in
// the same run on the same machine, and prints one Markdown table:
//
//	go run ./examples/bench            # about ten minutes
//	go run ./examples/bench -large     # adds a million records; about an hour
//
// See docs/benchmarks.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	beNice()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// niceness is that of the sandbox's workers.
const niceness = 10

// beNice starts this program anew at the priority that the sandbox gives its
// workers: what else goes on in the machine then weighs the same on the home
// and on what it is measured against.
func beNice() {
	nice, err := exec.LookPath("nice")
	if err != nil || os.Getenv(isNice) != "" {
		return
	}
	self, err := os.Executable()
	if err != nil {
		return
	}
	args := append([]string{nice, "-n", fmt.Sprint(niceness), self}, os.Args[1:]...)
	_ = syscall.Exec(nice, args, append(os.Environ(), isNice+"=1")) // and if it fails, go on as we are
}

const isNice = "DOMICILE_BENCH_IS_NICE"

func run(ctx context.Context, args []string) (err error) {
	if len(args) == 3 && args[0] == childMode {
		return runPart(ctx, args[1], args[2])
	}
	b := &bench{}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&b.records, "records", 100_000, "records of the stores, in thousands")
	flags.IntVar(&b.rounds, "rounds", 7, "rounds of what is measured by rounds")
	flags.BoolVar(&b.large, "large", false, "measure at a million records too")
	only := flags.String("only", "", "the parts to measure, as named in the code: load,words; all unless given")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "domicile-bench-*"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	for _, m := range b.measurements() {
		if *only != "" && !strings.Contains(","+*only+",", ","+m.name+",") {
			continue
		}
		b.note("%s", m.name)
		if err := m.measure(ctx); err != nil {
			b.table.add(notMeasured(m.name, err))
		}
	}
	return b.table.write(os.Stdout)
}

// bench is one run of the benchmark.
type bench struct {
	records, rounds int
	large           bool
	dir             string // of everything it writes
	table           table
}

// measurement is one part of the table.
type measurement struct {
	name    string
	measure func(context.Context) error
}

func (b *bench) measurements() []measurement {
	return []measurement{
		{"load", b.load},
		{"searchable", b.searchable},
		{"get", b.get},
		{"words", b.words},
		{"unlock", b.unlock},
		{"memory", b.memory},
		{"spawn", b.spawn},
		{"whole", b.whole},
		{"pages", b.pages},
		{"views", b.views},
		{"large", b.atLarge},
		{"size", b.size},
	}
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

func (b *bench) remove(name string) error { return os.RemoveAll(b.path(name)) }

// note tells the person who waits.
func (b *bench) note(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...)
}

// count shows the number of records, "100,000".
func (b *bench) count() string {
	if b.records < 1_000_000 {
		return fmt.Sprintf("%d,%03d records", b.records/1000, b.records%1000)
	}
	return fmt.Sprintf("%d,%03d,%03d records", b.records/1_000_000, b.records/1000%1000, b.records%1000)
}

// runPart is what a child does.
func runPart(ctx context.Context, name, dir string) error {
	p, err := newPart(ctx, name, dir)
	if err != nil {
		return err
	}
	return play(ctx, p)
}

func newPart(ctx context.Context, name, dir string) (part, error) {
	switch name {
	case partSealed, partSealedIndex, partPlain, partPlainIndex, partPlainDecode:
		return newStorePart(ctx, name, dir)
	case partPlainFirst:
		return &plainFirst{dir: dir}, nil
	case partHome:
		return newHomePart(dir)
	case partApps:
		return newAppsPart(ctx, dir)
	case partPlainApps:
		return newPlainApps(dir)
	case partSandbox:
		return newSandboxPart(ctx, dir)
	case partProvider:
		return newProvider()
	}
	return nil, fmt.Errorf("no part %q", name)
}
