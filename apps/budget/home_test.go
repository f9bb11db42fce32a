package main

import (
	"encoding/json"
	"io"
	"strconv"
	"testing"
	"time"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// A house answers an app as a home does that granted reads, from a few rows, so
// that what an app says of less than it asked for can be seen. It checks views;
// it leaves all filters to its caller.
type house struct {
	start  protocol.Start
	rows   map[record.Type][]protocol.Row
	groups map[record.Type][]protocol.Group
}

// houseOf is a house on the day of the household that granted reads.
func houseOf(reads ...protocol.Granted) *house {
	return &house{start: protocol.Start{Protocol: protocol.Version, Mode: protocol.ModeView, Locale: "en", Show: &view.Link{},
		Now: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC), Reads: reads}, rows: map[record.Type][]protocol.Row{}, groups: map[record.Type][]protocol.Group{}}
}

// show runs the app once and returns what it showed.
func (h *house) show(t testing.TB) view.View {
	t.Helper()
	in, requests := io.Pipe()
	replies, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := app.App(run).Serve(replies, requests)
		requests.Close()
		ended <- err
	}()
	var shown view.View
	for r, w := protocol.NewReader(in), protocol.NewWriter(out); ; {
		frame, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		reply := h.answer(t, frame.Line, &shown)
		line, err := json.Marshal(map[string]any{"ok": reply})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(protocol.Frame{Line: line}); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return shown
}

func (h *house) answer(t testing.TB, line []byte, shown *view.View) any {
	var request struct {
		Op    protocol.Op     `json:"op"`
		Type  record.Type     `json:"type"`
		After string          `json:"after"`
		Group []string        `json:"group"`
		State json.RawMessage `json:"state"`
		View  json.RawMessage `json:"view"`
	}
	if err := json.Unmarshal(line, &request); err != nil {
		t.Fatal(err)
	}
	switch request.Op {
	case protocol.OpStart:
		return h.start
	case protocol.OpQuery:
		after, _ := strconv.Atoi(request.After)
		rows := h.rows[request.Type][after:]
		if len(rows) <= protocol.MaxRows {
			return protocol.QueryReply{Rows: rows}
		}
		return protocol.QueryReply{Rows: rows[:protocol.MaxRows], Next: strconv.Itoa(after + protocol.MaxRows)}
	case protocol.OpAggregate:
		return protocol.AggregateReply{Groups: h.groups[request.Type]}
	case protocol.OpSave:
		h.start.State = request.State
	case protocol.OpView:
		v, err := view.Parse(request.View)
		if err != nil {
			t.Fatal(err)
		}
		*shown = v
	case protocol.OpFail:
		t.Fatalf("%s", line)
	}
	return struct{}{}
}
