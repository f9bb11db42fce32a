package sdk_test

import (
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/sdktest"
)

// A whole connector: sign in, then bring in each page of bills and save where
// it stopped. A real one has func main() { sdk.Main(water) }.
func Example() {
	water := func(s *sdk.Session) error {
		site := s.Config("address")
		res, err := s.PostForm(site+"/login", map[string]string{"user": s.Config("user"), "password": sdk.Secret("password")})
		if err != nil {
			return err
		}
		if res.Status == 401 {
			return sdk.Fail(protocol.AuthFailed, "refused by the sign-in page")
		}
		if s.Mode() == protocol.ModeCheck {
			return nil
		}
		var cursor struct{ Page int }
		if err := s.State(&cursor); err != nil {
			return err
		}
		for {
			res, err := s.Get(fmt.Sprintf("%s/bills?page=%d", site, cursor.Page))
			if err != nil {
				return err
			}
			if err := res.Problem(); err != nil {
				return err
			}
			var page []struct {
				Number, Issued string
				Amount         record.Money
			}
			if err := res.JSON(&page); err != nil || len(page) == 0 {
				return err
			}
			for _, b := range page {
				issued, err := record.ParseTime(b.Issued)
				if err != nil {
					return sdk.Fail(protocol.SourceChanged, err.Error())
				}
				err = s.Emit(sdk.Record{Type: record.TypeBill, ID: b.Number, Time: issued, Title: "Water, " + b.Issued,
					Data: record.Bill{Vendor: "Water", Number: b.Number, Issued: issued, Amount: b.Amount, Currency: "EUR"}})
				if err != nil {
					return err
				}
			}
			cursor.Page++
			if err := s.Save(cursor); err != nil {
				return err
			}
		}
	}

	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/login" && r.FormValue("password") != "hunter2":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/bills" && r.FormValue("page") == "0":
			io.WriteString(w, `[{"Number":"W-1","Issued":"2026-02-03","Amount":"41.20"}]`)
		case r.URL.Path == "/bills":
			io.WriteString(w, `[]`)
		}
	}))
	defer provider.Close()
	home := &sdktest.Host{Config: map[string]string{"address": provider.URL, "user": "ana"}, Secrets: map[string]string{"password": "hunter2"}}
	for range 2 {
		result, err := home.Run(sdk.Connector(water).Serve)
		fmt.Println(result.Counts.Added, "added", result.Err, err)
	}
	home.Secrets["password"] = "hunter3"
	result, _ := home.Run(sdk.Connector(water).Serve)
	fmt.Println(result.Code(), string(home.State))
	// Output:
	// 1 added <nil> <nil>
	// 0 added <nil> <nil>
	// auth_failed {"Page":1}
}

// A connector in mode file reads one file through an io.Reader.
func ExampleSession_Open() {
	lines := func(s *sdk.Session) error {
		text, err := io.ReadAll(s.Open(s.File()))
		if err != nil {
			return err
		}
		for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			err := s.Emit(sdk.Record{Type: record.TypeDocument, ID: fmt.Sprint(i), Title: line, Data: record.Document{Kind: "line"}})
			if err != nil {
				return err
			}
		}
		return nil
	}
	home := &sdktest.Host{Mode: protocol.ModeFile}
	home.Input = home.AddFile("list.txt", "text/plain", []byte("bread\nmilk\n"))
	if _, err := home.Run(sdk.Connector(lines).Serve); err != nil {
		fmt.Println(err)
	}
	for _, r := range home.Records() {
		fmt.Println(r.ID, r.Title)
	}
	// Output:
	// 0 bread
	// 1 milk
}

// Return a problem, wrapped or not, and the run ends with it.
func ExampleFail() {
	err := fmt.Errorf("sign in: %w", sdk.Fail(protocol.ActionNeeded, "new terms to accept"))
	fmt.Println(sdk.CodeOf(err))
	fmt.Println(err)
	// Output:
	// action_needed
	// sign in: action_needed: new terms to accept
}

// A site that shows letters in a picture now and then: the person reads them, on
// the source's page. The manifest says "interactive": ["image"], the strings have
// "ask.letters".
func ExampleSession_Ask_picture() {
	readers := func(s *sdk.Session) error {
		site := s.Config("address")
		for range 3 {
			picture, err := s.Get(site + "/letters.png")
			if err != nil {
				return err
			}
			letters, err := s.Ask(sdk.Question{Kind: protocol.AskImage, Prompt: "ask.letters", Image: picture.Body, Again: true})
			if err != nil {
				return err
			}
			if letters == "" {
				continue // another one, please
			}
			res, err := s.PostForm(site+"/login", map[string]string{"letters": letters, "password": sdk.Secret("password")})
			if err != nil {
				return err
			}
			return res.Problem()
		}
		return sdk.Fail(protocol.OTPWrong, "nobody could read the letters")
	}

	shown := 0
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/letters.png":
			shown++
			png.Encode(w, image.NewGray(image.Rect(0, 0, 40*shown, 40)))
		case r.FormValue("letters") != "HKX":
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	defer provider.Close()
	home := &sdktest.Host{Config: map[string]string{"address": provider.URL}, Secrets: map[string]string{"password": "hunter2"},
		See: func(q protocol.AskRequest, picture image.Image) (string, error) {
			fmt.Println(q.Prompt, picture.Bounds().Size())
			if shown == 1 {
				return "", nil
			}
			return "HKX", nil
		}}
	result, err := home.Run(sdk.Connector(readers).Serve)
	fmt.Println(result.Err, err)
	// Output:
	// ask.letters (40,40)
	// ask.letters (80,40)
	// <nil> <nil>
}
