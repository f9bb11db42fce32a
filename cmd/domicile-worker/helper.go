package main

import (
	"fmt"
	"os"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/tetratelabs/wazero"
)

// A server answers request frames until the reader ends.
type server func(r *protocol.Reader, w *protocol.Writer) error

// An opener gets a helper ready before it sees an untrusted byte. A helper that
// runs wasm of its own compiles it here, with the cache given: later there is no
// executable memory to be had.
type opener func(cache wazero.CompilationCache) (server, error)

// helpers lists the kinds of helpers: pdf, image, archive, select.
func helpers() map[string]opener {
	return map[string]opener{
		"pdf":     openPDF,
		"image":   plain(serveImage),
		"archive": plain(serveArchive),
		"select":  plain(serveSelect),
	}
}

// plain is the opener of a helper that needs nothing beforehand.
func plain(s server) opener {
	return func(wazero.CompilationCache) (server, error) { return s, nil }
}

// serve answers the frames on standard input as a helper of one kind.
func serve(kind string, set setup) (int, error) {
	open, known := helpers()[kind]
	if !known {
		return statusSetup, fmt.Errorf("unknown mode %q", kind)
	}
	code, err := readCode(set)
	if err != nil {
		return statusStale, err
	}
	cache, err := cacheOf(code)
	if err != nil {
		return statusSetup, err
	}
	answer, err := open(cache)
	if err != nil {
		return code.statusOf(statusHelper), fmt.Errorf("open helper: %w", err)
	}
	if err := closeCode(); err != nil {
		return statusSetup, err
	}
	if err := answer(protocol.NewReader(os.Stdin), protocol.NewWriter(os.Stdout)); err != nil {
		return statusHelper, err
	}
	return 0, nil
}
