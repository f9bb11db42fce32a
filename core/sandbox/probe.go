package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A ProbeResult is what became of one attack that a worker tried from inside.
type ProbeResult struct {
	Name    string `json:"name"`    // what it tried: "open a file"
	Blocked bool   `json:"blocked"` // as it must be
	Detail  string `json:"detail"`  // what the kernel answered
}

// Probe starts a worker that attacks its own confinement on this machine and
// reports each attempt. The attempts harm nothing when they succeed. It returns
// [protocol.Internal] when the worker did not come to the end of its list, and
// [protocol.Unavailable].
func (b *Box) Probe(ctx context.Context) ([]ProbeResult, error) {
	const op = "probe sandbox"
	p, err := b.start(ctx, job{mode: "probe", setup: setup{CPU: 10}})
	if err != nil {
		return nil, err
	}
	results, err := readProbes(protocol.NewReader(p.out))
	if err != nil {
		p.kill(core.E(protocol.Internal, op, err))
	}
	if reason := p.end(); reason != nil {
		return results, reason
	}
	if !p.state.Success() {
		return results, core.E(protocol.Internal, op, errors.New(p.log.last))
	}
	return results, nil
}

const maxProbes = 100

func readProbes(in *protocol.Reader) ([]ProbeResult, error) {
	var results []ProbeResult
	for range maxProbes {
		f, err := in.Next()
		if errors.Is(err, io.EOF) {
			return results, nil
		}
		if err != nil {
			return results, err
		}
		var r ProbeResult
		if err := json.Unmarshal(f.Line, &r); err != nil {
			return results, err
		}
		results = append(results, r)
	}
	return results, errors.New("too many results")
}
