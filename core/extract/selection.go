package extract

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Bounds of one selection.
const (
	MaxHTML   = 32 << 20 // bytes of the page
	MaxRows   = 10_000   // of a query
	maxAnswer = 16 << 20 // bytes of all rows, as the helper sends them
)

// Select answers queries over an HTML page, each under its name, as
// [protocol.Query] says. The page's charset is the one of its byte order mark,
// else of its meta element, else Windows-1252, but for a page that is UTF-8
// throughout.
// Scripts do not run, so what stands in noscript counts. As text, a line break
// and the edge of a block are white space, and the content of script, style
// and template elements inside the match is left out.
//
// Beside the package's codes: a selector that cannot be understood is
// [core.Invalid], with the query's name; a page nested over 512 deep is
// invalid_file; a query with too many rows is limit.
func (s *Session) Select(ctx context.Context, html []byte, queries map[string]protocol.Query) (map[string][]map[string]string, error) {
	c := choice{queries, make(map[string][]map[string]string, len(queries))}
	for name := range queries {
		c.results[name] = []map[string]string{}
	}
	if err := s.use(ctx, sandbox.HelperSelect, bytes.NewReader(html), int64(len(html)), c.read); err != nil {
		return nil, err
	}
	return c.results, nil
}

// A choice is what was asked of one page and what was found.
type choice struct {
	queries map[string]protocol.Query
	results map[string][]map[string]string
}

func (c choice) read(k *talk) error {
	if _, _, err := k.ask(request{Op: "open", Size: k.size, Queries: c.queries}); err != nil {
		return err
	}
	for total := 0; ; {
		a, lines, err := k.ask(request{Op: "rows"})
		if err != nil {
			return err
		}
		if total += len(lines); total > maxAnswer || len(lines) == 0 && !a.End {
			return k.nonsense("it sent %d bytes of rows", total)
		}
		if err := c.add(k, lines); err != nil || a.End {
			return err
		}
	}
}

// add reads the helper's lines and keeps what was asked for.
func (c choice) add(k *talk, lines []byte) error {
	for line := range bytes.Lines(lines) {
		var row struct {
			Query string            `json:"query"`
			Row   map[string]string `json:"row"`
		}
		if err := json.Unmarshal(line, &row); err != nil {
			return k.nonsense("it sent a row that cannot be read: %v", err)
		}
		q, asked := c.queries[row.Query]
		for field := range row.Row {
			_, known := q.Fields[field]
			asked = asked && known
		}
		if !asked || row.Row == nil || len(c.results[row.Query]) >= MaxRows {
			return k.nonsense("it sent rows that were not asked for")
		}
		c.results[row.Query] = append(c.results[row.Query], row.Row)
	}
	return nil
}
