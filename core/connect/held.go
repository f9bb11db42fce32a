package connect

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Bounds of what is held.
const (
	maxHeld = 64
	heldFor = 30 * time.Minute
)

// held are the files that wait for the person's word.
type held struct {
	mu    sync.Mutex
	files map[string]heldFile
}

type heldFile struct {
	source  Source
	program *program.Program
	input   *runFile
	since   time.Time
	view    Preview
}

// Accept imports a file that was previewed. Codes: not_found when it waited for
// too long or is imported already, invalid when its columns are not known, and
// those of Import.
func (c *Connect) Accept(ctx context.Context, id string) (core.SourceID, core.RunID, error) {
	file, err := c.take(id)
	if err != nil {
		return core.Own, 0, err
	}
	if file.view.Asks {
		c.keepHeld(id, file)
		return core.Own, 0, core.E(core.Invalid, "import", errors.New("nobody has said which column is what"))
	}
	run, err := c.launch(ctx, file.source, Run{Trigger: ByImport, Mode: protocol.ModeFile}, file.input)
	if err != nil {
		c.keepHeld(id, file) // for another try
	}
	return file.source.ID, run, err
}

// PutAway drops a file that was previewed. Codes: not_found.
func (c *Connect) PutAway(ctx context.Context, id string) error {
	file, err := c.take(id)
	if err != nil {
		return err
	}
	return c.letGo(ctx, file)
}

func errNotHeld() error { return core.E(core.NotFound, "import", errors.New("no such file waits")) }

// keepHeld holds a file under an id, from now on or again.
func (c *Connect) keepHeld(id string, file heldFile) {
	c.held.mu.Lock()
	defer c.held.mu.Unlock()
	if c.held.files == nil {
		c.held.files = map[string]heldFile{}
	}
	if file.since.IsZero() {
		file.since = c.Clock()
	}
	c.held.files[id] = file
}

func (c *Connect) take(id string) (heldFile, error) {
	c.held.mu.Lock()
	defer c.held.mu.Unlock()
	file, ok := c.held.files[id]
	if !ok {
		return file, errNotHeld()
	}
	delete(c.held.files, id)
	return file, nil
}

// putAwayOld drops the files that waited for too long, and the oldest when
// there are too many.
func (c *Connect) putAwayOld(ctx context.Context) error {
	var old []heldFile
	c.held.mu.Lock()
	for id, file := range c.held.files {
		if c.Clock().Sub(file.since) > heldFor {
			old = append(old, file)
			delete(c.held.files, id)
		}
	}
	for len(c.held.files) >= maxHeld {
		oldest := ""
		for id, file := range c.held.files {
			if oldest == "" || file.since.Before(c.held.files[oldest].since) {
				oldest = id
			}
		}
		old = append(old, c.held.files[oldest])
		delete(c.held.files, oldest)
	}
	c.held.mu.Unlock()
	var err error
	for _, file := range old {
		err = errors.Join(err, c.letGo(ctx, file))
	}
	return err
}

// letGo drops a held file, and its source when that was made for it and nothing
// ever came of it.
func (c *Connect) letGo(ctx context.Context, file heldFile) error {
	if err := file.input.staged.Discard(ctx); err != nil {
		return err
	}
	s, err := c.Source(ctx, file.source.ID)
	if core.CodeOf(err) == core.NotFound {
		return nil
	}
	if err != nil || s.LastRun > 0 || c.isHeldFor(s.ID) {
		return err
	}
	return c.Forget(ctx, s.ID)
}

func (c *Connect) isHeldFor(id core.SourceID) bool {
	c.held.mu.Lock()
	defer c.held.mu.Unlock()
	for _, file := range c.held.files {
		if file.source.ID == id {
			return true
		}
	}
	return false
}
