package main

import (
	"context"
	"errors"
	"os"
)

// spawn measures the start of workers.
func (b *bench) spawn(ctx context.Context) (err error) {
	if err := b.build(ctx); err != nil {
		return err
	}
	c, err := startChild(ctx, partSandbox, b.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.end()) }()
	took := map[string][][]float64{}
	var peak float64
	for n := range b.rounds + 1 {
		for _, r := range []request{{Do: "true", N: 50}, {Do: "exit", N: 50}, {Do: "frame", N: 10}} {
			answer, err := c.ask(r)
			if err != nil {
				return err
			}
			if n > 0 {
				took[r.Do] = append(took[r.Do], answer.Took)
			}
			peak = max(peak, answer.Values["peak"])
		}
	}
	exit := latency("a confined worker, from spawn to exit, p50", took["exit"], took["true"])
	exit.reference, exit.aim, exit.held = "`/bin/true`: "+exit.reference, "≤ 5 ms", atMost(median(medians(took["exit"])), 5e-3)
	frame := latency("a Go connector in a worker, from spawn to its first frame, p50", took["frame"], took["true"])
	frame.reference, frame.aim, frame.held = "`/bin/true`: "+frame.reference, "≤ 100 ms", atMost(median(medians(took["frame"])), 0.1)
	b.table.add(exit.row, frame.row, row{
		what: "its memory then (peak)", ours: megabytes(peak), reference: wasmSize(b.path(builtConnector)), aim: "≤ 60 MB", held: atMost(peak, 60e6)})
	return nil
}

func medians(rounds [][]float64) (all []float64) {
	for _, r := range rounds {
		all = append(all, median(r))
	}
	return all
}

// wasmSize tells how large the connector's module is.
func wasmSize(dir string) string {
	info, err := os.Stat(dir + "/" + builtConnector + ".wasm")
	if err != nil {
		return ""
	}
	return "the module: " + megabytes(float64(info.Size()))
}
