package sdktest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// run is one run of a program.
type run struct {
	host    *Host
	result  Result
	emitted protocol.EmitRequest // since the last save
}

// serve answers requests until the program ends or reports a problem. It returns why the program
// broke the protocol, or nil.
func (r *run) serve(in *protocol.Reader, out *protocol.Writer) error {
	for {
		f, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		reply, err := r.answer(f)
		if err != nil {
			return err
		}
		if err := out.Write(reply); err != nil || r.result.Problem != nil {
			return err
		}
	}
}

// answer replies to one request. Its error means a broken rule of the protocol.
func (r *run) answer(f protocol.Frame) (protocol.Frame, error) {
	var in struct {
		Op protocol.Op `json:"op"`
	}
	if err := json.Unmarshal(f.Line, &in); err != nil {
		return protocol.Frame{}, err
	}
	if !slices.Contains(r.host.ops(), in.Op) {
		return protocol.Frame{}, fmt.Errorf("unknown op %q", in.Op)
	}
	if r.host.Intercept != nil {
		if reply, ok := r.host.Intercept(in.Op, f); ok {
			return reply, nil
		}
	}
	body, payload, err := r.do(in.Op, f)
	if err == nil {
		return OK(body, payload), nil
	}
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		return Refusal(e), nil
	}
	return protocol.Frame{}, fmt.Errorf("%s: %w", in.Op, err)
}

// OK returns the frame of a reply: body, an object or nil, and payload.
func OK(body any, payload []byte) protocol.Frame {
	if body == nil {
		body = struct{}{}
	}
	line, err := json.Marshal(struct {
		OK      any  `json:"ok"`
		Payload *int `json:"payload,omitempty"`
	}{body, length(payload)})
	if err != nil {
		panic(err) // replies are our own structs
	}
	return protocol.Frame{Line: line, Payload: payload}
}

// Refusal returns the frame of a reply that is an error.
func Refusal(e *protocol.Error) protocol.Frame {
	line, err := json.Marshal(map[string]*protocol.Error{"error": e})
	if err != nil {
		panic(err) // as above
	}
	return protocol.Frame{Line: line}
}

func length(payload []byte) *int {
	if payload == nil {
		return nil
	}
	n := len(payload)
	return &n
}

// do performs one request. Its error is a [protocol.Error] to send back, or a
// broken rule.
func (r *run) do(op protocol.Op, f protocol.Frame) (reply any, payload []byte, err error) {
	switch op {
	case protocol.OpStart:
		return r.host.start(), nil, nil
	case protocol.OpHTTP:
		r.result.Requests++
		return with(f, func(in protocol.HTTPRequest) (any, []byte, error) { return r.host.http(in, f.Payload) })
	case protocol.OpEmit:
		return with(f, r.emit)
	case protocol.OpSave:
		return with(f, r.save)
	case protocol.OpReadFile:
		return with(f, r.readFile)
	case protocol.OpPDFText:
		return with(f, r.pdfText)
	case protocol.OpUnzip:
		return with(f, r.unzip)
	case protocol.OpSelect:
		return with(f, func(in protocol.SelectRequest) (any, []byte, error) { return r.selectIn(in, f.Payload) })
	case protocol.OpAsk:
		return with(f, func(in protocol.AskRequest) (any, []byte, error) { return r.ask(in, f.Payload) })
	case protocol.OpTOTP:
		return with(f, r.totp)
	case protocol.OpLog:
		return with(f, r.log)
	case protocol.OpFail:
		return with(f, r.fail)
	}
	return nil, nil, nil
}

// with decodes the members of a request, then calls do.
func with[T any](f protocol.Frame, do func(T) (any, []byte, error)) (any, []byte, error) {
	var body T
	if err := json.Unmarshal(f.Line, &body); err != nil {
		return nil, nil, err
	}
	return do(body)
}

func (r *run) emit(in protocol.EmitRequest) (any, []byte, error) {
	for _, rec := range in.Records {
		if err := r.check(rec); err != nil {
			return nil, nil, err
		}
	}
	r.emitted.Records = append(r.emitted.Records, in.Records...)
	r.emitted.Forgotten = append(r.emitted.Forgotten, in.Forgotten...)
	if n := len(r.emitted.Records) + len(r.emitted.Forgotten); n > protocol.MaxSaveRecords {
		return nil, nil, fmt.Errorf("%d records without a save", n)
	}
	return protocol.EmitReply{}, nil, nil
}

// check holds rec against what its type allows.
func (r *run) check(rec record.Record) error {
	v := shape(rec.Type)
	if v == nil {
		return fmt.Errorf("no type %q", rec.Type)
	}
	strict := json.NewDecoder(bytes.NewReader(rec.Data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(v); err != nil {
		return fmt.Errorf("%s %q: %w", rec.Type, rec.ID, err)
	}
	if rec.ID == "" && rec.Type != record.TypeTransaction {
		return fmt.Errorf("%s without an id", rec.Type)
	}
	if rec.Title == "" {
		return fmt.Errorf("%s %q without a title", rec.Type, rec.ID)
	}
	for _, f := range rec.Files {
		if _, ok := r.host.FileData(protocol.FileID(f.File)); !ok {
			return fmt.Errorf("%s %q: no file %q", rec.Type, rec.ID, f.File)
		}
	}
	return nil
}

// shape returns a pointer to the zero data of type t, nil for an unknown type.
func shape(t record.Type) any {
	switch t {
	case record.TypeBill:
		return new(record.Bill)
	case record.TypeBankAccount:
		return new(record.BankAccount)
	case record.TypeBalance:
		return new(record.Balance)
	case record.TypeTransaction:
		return new(record.Transaction)
	case record.TypeContract:
		return new(record.Contract)
	case record.TypeCall:
		return new(record.Call)
	case record.TypeSeries:
		return new(record.Series)
	case record.TypeDocument:
		return new(record.Document)
	}
	return nil
}

func (r *run) save(in protocol.SaveRequest) (any, []byte, error) {
	r.result.Saves++
	if r.host.mode() == protocol.ModeCheck {
		r.emitted = protocol.EmitRequest{}
		return nil, nil, nil
	}
	r.commit()
	if in.State != nil {
		r.host.State = in.State
	}
	return nil, nil, nil
}

// commit applies what was emitted to the host's records.
func (r *run) commit() {
	h, n := r.host, &r.result.Counts
	for _, rec := range r.emitted.Records {
		key := record.Key{Type: rec.Type, ID: rec.ID}
		i, known := h.index[key]
		switch {
		case !known || rec.ID == "":
			h.index[key] = len(h.records)
			h.records = append(h.records, rec)
			n.Added++
		case h.same(h.records[i], rec):
			n.Unchanged++
		default:
			h.records[i] = rec
			n.Updated++
		}
	}
	for _, key := range r.emitted.Forgotten {
		if i, known := h.index[key]; known {
			h.records = slices.Delete(h.records, i, i+1)
			h.reindex()
			n.Forgotten++
		}
	}
	r.emitted = protocol.EmitRequest{}
}

// reindex numbers the records anew.
func (h *Host) reindex() {
	h.index = map[record.Key]int{}
	for i, r := range h.records {
		h.index[record.Key{Type: r.Type, ID: r.ID}] = i
	}
}

// same reports whether two records say the same, files compared by content.
func (h *Host) same(a, b record.Record) bool {
	if len(a.Files) != len(b.Files) {
		return false
	}
	for i := range a.Files {
		x, _ := h.FileData(protocol.FileID(a.Files[i].File)) // checked when emitted
		y, _ := h.FileData(protocol.FileID(b.Files[i].File))
		if a.Files[i].Name != b.Files[i].Name || !bytes.Equal(x, y) {
			return false
		}
	}
	return a.Time.String() == b.Time.String() && a.Title == b.Title && bytes.Equal(a.Data, b.Data) && slices.Equal(a.Links, b.Links)
}
