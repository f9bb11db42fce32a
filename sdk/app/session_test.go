package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/sdk/app"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// serve runs a with replies, one a request, and returns what it asked.
func serve(t *testing.T, a app.App, replies ...string) (asked string, err error) {
	t.Helper()
	var out bytes.Buffer
	err = a.Serve(strings.NewReader(strings.Join(replies, "\n")+"\n"), &out)
	return out.String(), err
}

func TestRows_yields_all_pages(t *testing.T) {
	t.Parallel()
	var got []app.Row[record.Bill]
	asked, err := serve(t, func(s *app.Session) (err error) {
		got, err = app.All[record.Bill](s, record.TypeBill, protocol.Where{From: record.YearOf(2026)})
		return err
	}, `{"ok":{}}`,
		`{"ok":{"rows":[{"id":"a","time":"2026-03-15","title":"March","files":1,"source":"1","data":{"vendor":"Ondine","amount":"12.30","currency":"EUR"}}],"next":"c1"}}`,
		`{"ok":{"rows":[{"id":"b","data":{}}]}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := app.Row[record.Bill]{ID: "a", Time: record.Date(2026, 3, 15), Title: "March", Files: 1, Source: "1", Data: record.Bill{Vendor: "Ondine", Amount: "12.30", Currency: "EUR"}}
	if text, _ := json.Marshal(got); len(got) != 2 || got[0].ID != want.ID || got[0].Time != want.Time || got[0].Title != want.Title || got[0].Files != 1 || got[0].Source != "1" ||
		got[0].Data.Amount != want.Data.Amount || got[0].Data.Vendor != want.Data.Vendor || got[1].ID != "b" || got[1].Data.Vendor != "" {
		t.Errorf("got %s", text)
	}
	if !strings.Contains(asked, `"after":"c1"`) || strings.Count(asked, `"from":"2026"`) != 2 {
		t.Errorf("asked %s", asked)
	}
}

func TestRows_tells_of_data_of_another_shape_and_can_still_speak(t *testing.T) {
	t.Parallel()
	asked, err := serve(t, func(s *app.Session) error {
		_, err := app.All[struct{ Vendor int }](s, record.TypeBill, protocol.Where{})
		return err
	}, `{"ok":{}}`, `{"ok":{"rows":[{"id":"a","data":{"vendor":"Ondine"}}]}}`, `{"ok":{}}`)
	if err == nil || !strings.Contains(err.Error(), "read bill: ") || !strings.Contains(asked, `"op":"fail"`) {
		t.Errorf("got %v, asked %s", err, asked)
	}
}

func TestRows_ends_with_what_the_home_refuses(t *testing.T) {
	t.Parallel()
	_, err := serve(t, func(s *app.Session) error {
		for _, err := range app.Rows[record.Bill](s, record.TypeBill, protocol.Where{}) {
			return err
		}
		return io.EOF
	}, `{"ok":{}}`, `{"error":{"code":"forbidden","message":"bill was not granted"}}`, `{"ok":{}}`)
	if err == nil || !strings.Contains(err.Error(), "forbidden") {
		t.Errorf("got %v", err)
	}
}
