// Command domicile-worker is the confined child of a home: it runs one foreign
// program, compiles one, or opens hostile formats as a helper. It has no file,
// no socket and no environment; what it may do at all is decided by its parent,
// which validates each frame it sends and kills it at its limits.
//
// The first argument is the mode: run, prepare, probe or the kind of a helper.
// Descriptors: 0 frames in, 1 frames out, 2 log, 3 the wasm module, 4 its
// compiled code. A message on 0 sets the worker up before anything untrusted.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
)

// Exit statuses, which the parent knows too. Go's runtime ends with 2 when it
// cannot go on, out of memory for one: no program can end a worker so.
const (
	statusSetup   = 10  // the worker could not confine itself or read its setup
	statusInvalid = 11  // the module is refused
	statusTrap    = 12  // the program trapped
	statusMemory  = 13  // the program was refused memory, then failed
	statusStale   = 14  // the compiled code does not fit this module or machine
	statusHelper  = 15  // a helper could not go on
	statusProgram = 100 // and the program's own, when that is not 0
)

func main() {
	debug.SetTraceback("none") // a worker out of memory says so and ends
	status, err := work(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "domicile-worker:", err)
	}
	os.Exit(status)
}

func work(args []string) (int, error) {
	if len(args) != 1 {
		return statusSetup, errors.New("started by hand: this program is started by domicile")
	}
	runtime.GOMAXPROCS(processors(args[0]))
	set, err := readSetup(os.Stdin)
	if err != nil {
		return statusSetup, fmt.Errorf("read setup: %w", err)
	}
	if bare := args[0] == "probe" && set.Unconfined; !bare { // bare: to see that the probes can succeed
		if err := confine(set); err != nil {
			return statusSetup, fmt.Errorf("confine: %w", err)
		}
	}
	return dispatch(args[0], set)
}

// processors is how many processors a mode makes use of: a program runs on one,
// and more only hand its requests to and fro. Setting it also stops Go's runtime
// from watching the files of its control group.
func processors(mode string) int {
	if mode == "prepare" {
		return 2
	}
	return 1
}

func dispatch(mode string, set setup) (int, error) {
	switch mode {
	case "run":
		return run(set)
	case "prepare":
		return prepare(set)
	case "probe":
		return probe(os.Stdout, set)
	}
	return serve(mode, set)
}
