//go:build !linux

package sandbox

import (
	"errors"
	"os"
)

func hasFilter() error { return errors.New("this system has no seccomp filters") }

// LandlockABI is 0: this system has no Landlock.
func LandlockABI() int { return 0 }

func totalMemory() uint64 { return 0 }

func peakMemory(int) int64 { return 0 }

// A blob is a temporary file without a name.
type blob struct {
	file *os.File
	size int
}

func newData(content []byte) (*blob, error) {
	f, err := os.CreateTemp("", "domicile-*")
	if err != nil {
		return nil, err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, os.Remove(f.Name())); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &blob{f, len(content)}, nil
}

// A starter starts workers from a temporary file.
type starter struct{ dir string }

const workerName = "/domicile-worker"

func newStarter(worker []byte) (*starter, error) {
	dir, err := os.MkdirTemp("", "domicile-*")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(dir+workerName, worker, 0o700); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &starter{dir}, nil
}

func (s *starter) close() error { return os.RemoveAll(s.dir) }

func (s *starter) start(j job) (*process, error) {
	message, err := j.message()
	if err != nil {
		return nil, err
	}
	pipes, err := newPipes()
	if err != nil {
		return nil, err
	}
	defer pipes.closeChild()
	child, err := os.StartProcess(s.dir+workerName, []string{"domicile-worker", j.mode}, &os.ProcAttr{
		Dir: "/", Env: []string{},
		Files: []*os.File{pipes.child[0], pipes.child[1], pipes.child[2], j.wasm.descriptor(), j.code.descriptor()},
	})
	if err != nil {
		pipes.closeParent()
		return nil, err
	}
	p := adopt(child, pipes, j)
	if _, err := p.in.Write(message); err != nil {
		p.kill(err)
		return nil, errors.Join(err, p.end())
	}
	return p, nil
}
