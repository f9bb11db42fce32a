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
// else of its meta element, else UTF-8 where it is that, else Windows-1252.
// Scripts do not run, so what stands in noscript counts. As text, a line break
// and the edge of a block are white space, and the content of script, style
// and template elements inside the match is left out.
//
// Beside the package's codes: a selector that cannot be understood is
// [core.Invalid], with the query's name; a page nested over 512 deep is
// invalid_file; a query with too many rows is limit.
func (s *Session) Select(ctx context.Context, html []byte, queries map[string]protocol.Query) (map[string][]map[string]string, error) {
	results := make(map[string][]map[string]string, len(queries))
	for name := range queries {
		results[name] = []map[string]string{}
	}
	size := int64(len(html))
	err := s.use(ctx, sandbox.HelperSelect, bytes.NewReader(html), size, func(k *talk) error {
		if _, _, err := k.ask(request{Op: "open", Size: size, Queries: queries}); err != nil {
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
			if err := addRows(k, lines, queries, results); err != nil || a.End {
				return err
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// addRows reads the helper's lines and keeps what was asked for.
func addRows(k *talk, lines []byte, queries map[string]protocol.Query, results map[string][]map[string]string) error {
	for line := range bytes.Lines(lines) {
		var row struct {
			Query string            `json:"query"`
			Row   map[string]string `json:"row"`
		}
		if err := json.Unmarshal(line, &row); err != nil {
			return k.nonsense("it sent a row that cannot be read: %v", err)
		}
		q, asked := queries[row.Query]
		for field := range row.Row {
			if _, known := q.Fields[field]; !known {
				asked = false
			}
		}
		if !asked || len(results[row.Query]) >= MaxRows {
			return k.nonsense("it sent rows that were not asked for")
		}
		if row.Row == nil {
			row.Row = map[string]string{}
		}
		results[row.Query] = append(results[row.Query], row.Row)
	}
	return nil
}
