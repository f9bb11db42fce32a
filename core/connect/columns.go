package connect

import (
	"context"
	"errors"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// columns are what a run knows of the table that it reads.
type columns struct {
	table    *protocol.Table // as it was last asked about; nil: it is none
	answered bool
	isOpen   bool // nobody has said what can be taken
}

// proposal returns what the person might say, when they are to say something.
func (c *columns) proposal() string {
	if !c.isOpen {
		return ""
	}
	return c.table.Names
}

// askColumns answers which column of a table is what: as the person said of
// this file, or as they said of an earlier one like it. There is no waiting:
// without an answer, or when the connector asks again because it cannot take
// it, the run ends.
func (s *session) askColumns(t *protocol.Table) (any, []byte, error) {
	if t == nil || s.input == nil {
		return nil, nil, &protocol.Error{Code: protocol.Invalid, Message: "that is asked with the table of a file"}
	}
	if err := t.Check(); err != nil {
		return nil, nil, &protocol.Error{Code: protocol.Invalid, Message: err.Error()}
	}
	said := s.files.byID[s.input.ID].said
	if said == "" && t.Settled {
		said = t.Said
	}
	first := !s.columns.answered
	s.columns = columns{table: t, answered: true}
	if said != "" && first {
		return protocol.AskReply{Answer: said}, nil, nil
	}
	s.columns.isOpen = true
	message := "a table that nobody has explained: say which column is what"
	if len(t.Faults) > 0 {
		message = t.Faults[0].Text
	}
	return nil, nil, &protocol.Error{Code: protocol.InvalidFile, Message: message}
}

// SayColumns reads a file that was previewed again, by what the person says of
// its columns. When that cannot be taken, the preview asks again and says why.
// Codes: not_found, invalid for too long a text, and those of Preview.
func (c *Connect) SayColumns(ctx context.Context, id, said string) (Preview, error) {
	if said == "" || len(said) > protocol.MaxTableSaid {
		return Preview{}, core.E(core.Invalid, "import", errors.New("nothing, or too much, is said of the columns"))
	}
	file, err := c.take(id)
	if err != nil {
		return Preview{}, err
	}
	before := file.input.said
	file.input.said = said
	view, err := c.rehearse(ctx, file)
	if err != nil || view.Problem != nil { // no fault of what was said
		file.input.said = before
		c.keepHeld(id, file)
		return view, err
	}
	view.ID = id
	file.view = view
	c.keepHeld(id, file)
	return view, nil
}

// Held returns the preview of a file that waits. Codes: not_found.
func (c *Connect) Held(id string) (Preview, error) {
	c.held.mu.Lock()
	defer c.held.mu.Unlock()
	file, ok := c.held.files[id]
	if !ok {
		return Preview{}, errNotHeld()
	}
	return file.view, nil
}
