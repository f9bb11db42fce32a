package apps

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/match"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// maxMatched bounds what is matched at a time, in bytes of rows: it is held in
// memory, and more than one app may ask.
const maxMatched = 48 << 20

// match joins the bills that the app may read with the bank lines that it may
// read. It sees no more of them than the app does.
func (s *session) match(ctx context.Context, line []byte) (any, []byte, error) {
	var r protocol.MatchRequest
	if err := json.Unmarshal(line, &r); err != nil {
		return nil, nil, &protocol.Error{Code: protocol.Invalid, Message: err.Error()}
	}
	var text bytes.Buffer
	text.WriteString(`{"bills":[`)
	if err := s.rows(ctx, &text, protocol.QueryRequest{Type: record.TypeBill, Where: r.Bills}); err != nil {
		return nil, nil, err
	}
	text.WriteString(`],"transactions":[`)
	if err := s.rows(ctx, &text, protocol.QueryRequest{Type: record.TypeTransaction, Where: r.Transactions}); err != nil {
		return nil, nil, err
	}
	text.WriteString(`]}`)
	in, err := match.Read(&text)
	if err != nil {
		return nil, nil, err
	}
	found, err := match.Match(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	answer, err := json.Marshal(found)
	if err != nil {
		return nil, nil, core.E(protocol.Internal, "match", err)
	}
	if len(answer) > protocol.MaxPayload {
		return nil, nil, &protocol.Error{Code: protocol.Limit, Message: "the matches are over 8 MiB: ask for a shorter time"}
	}
	return none{}, answer, nil
}

// rows writes the rows of a list as JSON, the data with the row's name and time.
func (s *session) rows(ctx context.Context, text *bytes.Buffer, r protocol.QueryRequest) error {
	type element struct {
		Type  record.Type     `json:"type"`
		ID    string          `json:"id"`
		Time  record.Time     `json:"time,omitzero"`
		Title string          `json:"title,omitempty"`
		Data  json.RawMessage `json:"data"`
	}
	for first := true; ; {
		page, err := s.reader.Query(ctx, r)
		if err != nil {
			return err
		}
		for _, row := range page.Rows {
			line, err := json.Marshal(element{r.Type, row.ID, row.Time, row.Title, row.Data})
			if err != nil {
				return core.E(protocol.Internal, "match", err)
			}
			if !first {
				text.WriteByte(',')
			}
			text.Write(line)
			first = false
		}
		if text.Len() > maxMatched {
			return &protocol.Error{Code: protocol.Limit, Message: "too much to match at a time: ask for a shorter time"}
		}
		if r.After = page.Next; r.After == "" {
			return nil
		}
	}
}
