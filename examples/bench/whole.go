package main

import (
	"context"
	"errors"
	"fmt"
)

// A runner brings in what the operator has: the home, or a reference.
type runner struct {
	name string
	aim  float64 // of the home's figures to its own; 0: none
	// run brings everything in, and looks at the memory when it is told so:
	// looking takes time.
	run func(ctx context.Context, watching bool) (cost, error)
	// records returns the file of the last run's records.
	records func() (string, error)
}

// A cost is what one run took.
type cost struct {
	seconds float64
	cpu     float64 // seconds of every process that took part, the operator's left out
	memory  float64 // bytes
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
	node, missing := b.nodeRunners(ctx, who)
	runners := append([]runner{ours}, node...)
	runners = append(runners, b.programRunner("a native Go program with goquery", who, b.path(builtNative)))
	costs, err := b.inTurns(ctx, runners)
	if err != nil {
		return err
	}
	if missing != nil {
		b.note("NODE WAS NOT MEASURED: %v", missing)
		b.table.add(notMeasured("**a whole run beside Node: NODE WAS NOT MEASURED**", missing))
	}
	for i, r := range runners[1:] {
		b.table.add(wholeRows(r, costs[0], costs[i+1])...)
	}
	return nil
}

// watchedRounds is how many runs are for memory.
const watchedRounds = 3

// inTurns runs each runner in turns: once to warm it and to compare what it
// brought in, then for time, then for memory.
func (b *bench) inTurns(ctx context.Context, runners []runner) (costs [][]cost, err error) {
	if err := compare(ctx, runners); err != nil {
		return nil, err
	}
	costs = make([][]cost, len(runners))
	for n := range b.rounds + watchedRounds {
		for i := range runners {
			i = (i + n) % len(runners)
			c, err := runners[i].run(ctx, n >= b.rounds)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", runners[i].name, err)
			}
			costs[i] = append(costs[i], c)
		}
	}
	return costs, nil
}

// wholeRows makes the rows of the home beside one reference.
func wholeRows(r runner, ours, theirs []cost) []row {
	const run = "a whole warm run: 40 bills over 4 pages, 40 PDFs of 100 KB, 40 months of calls"
	rows := []row{
		wholeRow(run, r.name, seconds, column(ours, wallOf), column(theirs, wallOf)),
		wholeRow("its CPU time, all processes", r.name, seconds, column(ours, cpuOf), column(theirs, cpuOf)),
		wholeRow("its memory: peaks of worker and helpers, growth of the home", r.name, megabytes, column(ours, memoryOfRun), column(theirs, memoryOfRun)),
	}
	if r.aim == 0 {
		return rows
	}
	for i, of := range []func(cost) (float64, bool){wallOf, nil, memoryOfRun} {
		if of != nil {
			rows[i].aim = fmt.Sprintf("≤ %.1f×", r.aim)
			rows[i].held = atMost(median(ratios(column(ours, of), column(theirs, of))), r.aim)
		}
	}
	return rows
}

func wholeRow(what, name string, show func(float64) string, ours, theirs []float64) row {
	all := ratios(ours, theirs)
	return row{what: what, ours: show(median(ours)), reference: name + ": " + show(median(theirs)), ratio: times(median(all), all)}
}

// column returns one figure of each run that has it.
func column(costs []cost, of func(cost) (float64, bool)) (all []float64) {
	for _, c := range costs {
		if v, ok := of(c); ok {
			all = append(all, v)
		}
	}
	return all
}

// Time counts where nobody was looking at the memory.
func wallOf(c cost) (float64, bool)      { return c.seconds, c.memory == 0 }
func cpuOf(c cost) (float64, bool)       { return c.cpu, c.memory == 0 }
func memoryOfRun(c cost) (float64, bool) { return c.memory, c.memory != 0 }
