package sdktest_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/sdktest"
)

func TestRun_refuses_what_a_home_would(t *testing.T) {
	t.Parallel()
	good := sdk.Record{Type: record.TypeDocument, ID: "a", Title: "a", Data: record.Document{}}
	for name, spoil := range map[string]func(*sdk.Record){
		"unknown type":   func(r *sdk.Record) { r.Type = "invoice" },
		"unknown field":  func(r *sdk.Record) { r.Data = map[string]string{"colour": "red"} },
		"data no object": func(r *sdk.Record) { r.Data = 3 },
		"bad amount":     func(r *sdk.Record) { r.Type, r.Data = record.TypeBill, record.Bill{Amount: "1,50"} },
		"no id":          func(r *sdk.Record) { r.ID = "" },
		"no title":       func(r *sdk.Record) { r.Title = "" },
		"no such file":   func(r *sdk.Record) { r.Files = []record.FileRef{{File: "f9"}} },
	} {
		bad := good
		spoil(&bad)
		h := &sdktest.Host{}
		if _, err := h.Run(sdk.Connector(func(s *sdk.Session) error { return s.Emit(bad) }).Serve); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if len(h.Records()) > 0 {
			t.Errorf("%s: kept", name)
		}
	}
	h := &sdktest.Host{}
	if _, err := h.Run(sdk.Connector(func(s *sdk.Session) error { return s.Emit(good) }).Serve); err != nil || len(h.Records()) != 1 {
		t.Errorf("good record: %v", err)
	}
}

func TestRun_refuses_an_op_that_is_not_offered(t *testing.T) {
	t.Parallel()
	_, err := (&sdktest.Host{}).Run(sdk.Connector(func(s *sdk.Session) error {
		if s.Offers(protocol.OpSelect) || !s.Offers(protocol.OpHTTP) {
			t.Error("offers are wrong")
		}
		_, err := s.SelectHTML([]byte("<p>"), nil)
		return err
	}).Serve)
	if err == nil {
		t.Error("accepted")
	}
}

func TestHost_fills_secrets_and_scrubs_them(t *testing.T) {
	t.Parallel()
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen = append(seen, r.Header.Get("Authorization")+" "+string(body))
		io.WriteString(w, "you said s3cr&t")
	}))
	defer server.Close()
	h := &sdktest.Host{Secrets: map[string]string{"key": "s3cr&t"}}
	_, err := h.Run(sdk.Connector(func(s *sdk.Session) error {
		for _, r := range []sdk.Request{
			{Form: map[string]string{"k": s.Config("key")}},
			{Body: []byte(`{"k":"` + sdk.Secret("key") + `"}`)},
			{Header: map[string]string{"Authorization": "Bearer " + sdk.Secret("key")}},
		} {
			r.URL = server.URL
			res, err := s.Do(r)
			if err != nil || string(res.Body) != "you said {{secret:key}}" {
				t.Errorf("got %s, %v", res.Body, err)
			}
		}
		return nil
	}).Serve)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(seen, ","); got != ` k=s3cr%26t, {"k":"s3cr&t"},Bearer s3cr&t ` {
		t.Errorf("the server saw %q", got)
	}
}

func TestHost_counts_what_a_run_changes(t *testing.T) {
	t.Parallel()
	h := &sdktest.Host{}
	emit := func(kind string) sdktest.Result {
		result, err := h.Run(sdk.Connector(func(s *sdk.Session) error {
			f := h.AddFile("x.txt", "", []byte("same"))
			return s.Emit(
				sdk.Record{Type: record.TypeDocument, ID: "a", Title: "a", Data: record.Document{}, Files: []record.FileRef{sdk.Attach(*f, "")}},
				sdk.Record{Type: record.TypeDocument, ID: "b", Title: "b", Time: record.Date(2026, 3, 15), Data: record.Document{Kind: kind}})
		}).Serve)
		if err != nil || result.Err != nil {
			t.Fatal(err, result.Err)
		}
		return result
	}
	if got := emit("").Counts; got != (protocol.EmitReply{Added: 2}) {
		t.Errorf("first: got %+v", got)
	}
	if got := emit("").Counts; got != (protocol.EmitReply{Unchanged: 2}) {
		t.Errorf("again: got %+v", got)
	}
	if got := emit("letter").Counts; got != (protocol.EmitReply{Updated: 1, Unchanged: 1}) {
		t.Errorf("changed: got %+v", got)
	}
}

func TestHost_shows_pictures_as_a_home_does(t *testing.T) {
	t.Parallel()
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	h := &sdktest.Host{See: func(q protocol.AskRequest, picture image.Image) (string, error) {
		return fmt.Sprint(q.Prompt, picture.Bounds().Size()), nil
	}}
	_, err := h.Run(sdk.Connector(func(s *sdk.Session) error {
		for _, c := range []struct {
			q      sdk.Question
			answer string
			code   protocol.Code
		}{
			{sdk.Question{Kind: protocol.AskImage, Prompt: "p", Image: drawn.Bytes()}, "p(3,2)", ""},
			{sdk.Question{Kind: protocol.AskImage, Prompt: "p", Image: drawn.Bytes()[:40]}, "", protocol.InvalidFile},
			{sdk.Question{Kind: protocol.AskImage, Prompt: "p", Image: []byte("GIF89a")}, "", protocol.InvalidFile},
			{sdk.Question{Kind: protocol.AskImage, Prompt: "p"}, "", protocol.InvalidFile},
			{sdk.Question{Kind: protocol.AskImage, Prompt: "p", Image: make([]byte, protocol.MaxAskImage+1)}, "", protocol.Limit},
			{sdk.Question{Prompt: "p", Image: drawn.Bytes()}, "", protocol.Invalid},
			{sdk.Question{Prompt: "p"}, "", protocol.ActionNeeded},
		} {
			if answer, err := s.Ask(c.q); answer != c.answer || sdk.CodeOf(err) != c.code {
				t.Errorf("%s of %d bytes: got %q, %v", c.q.Kind, len(c.q.Image), answer, err)
			}
		}
		return nil
	}).Serve)
	if err != nil {
		t.Fatal(err)
	}
}
