package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/examples/providers"
	"github.com/domicile-home/domicile/sdk"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/sdktest"
)

// world is the bank, a home with one source there, and the person who answers.
type world struct {
	t     *testing.T
	now   time.Time
	bank  *providers.Bank
	home  *sdktest.Host
	asked []protocol.AskRequest
}

func newWorld(t *testing.T, config providers.BankConfig) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 15, 9, 0, 0, 0, time.UTC)}
	config.Seed, config.Clock = 11, func() time.Time { return w.now }
	w.bank = providers.NewBank(config)
	server := httptest.NewServer(w.bank)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	w.home = &sdktest.Host{
		Config:  map[string]string{"address": server.URL + "/", "identifier": w.bank.User()},
		Secrets: map[string]string{"password": w.bank.Password()},
		Client:  &http.Client{Jar: jar},
		Answer: func(q protocol.AskRequest) (string, error) {
			w.asked = append(w.asked, q)
			return w.bank.Code()[:3] + " " + w.bank.Code()[3:], nil
		},
	}
	return w
}

func (w *world) run() sdktest.Result {
	w.t.Helper()
	result, err := w.home.Run(sdk.Connector(run).Serve)
	if err != nil {
		w.t.Fatalf("protocol: %v", err)
	}
	return result
}

// good runs the connector and fails the test unless the run ends well.
func (w *world) good() sdktest.Result {
	w.t.Helper()
	result := w.run()
	if result.Err != nil {
		w.t.Fatal(result.Err)
	}
	return result
}

func data[T any](w *world, kind record.Type) []T {
	w.t.Helper()
	all, err := sdktest.Data[T](w.home, kind)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// complete fails the test unless the home holds all that the bank has, as it
// has it, and nothing else but balances of earlier days.
func (w *world) complete() {
	w.t.Helper()
	var want, got []string
	balances := map[string]string{}
	for _, a := range w.bank.Accounts() {
		want = append(want, fmt.Sprintf("%s %s %s", a.ID, a.IBAN, map[string]string{"COURANT": "current", "LIVRET": "savings"}[a.Kind]))
		booked, available := w.bank.Balances(a.ID)
		balances[a.ID+"|booked|"+w.now.Format(time.DateOnly)] = booked.String()
		balances[a.ID+"|available|"+w.now.Format(time.DateOnly)] = available.String()
		for _, line := range w.bank.Lines(a.ID) {
			booked, state, at := line.Booked.Format(time.DateOnly), "booked", line.Booked
			if line.Pending {
				booked, state, at = "", "pending", line.Made
			}
			want = append(want, fmt.Sprintf("%s|%s %s %s %s %s %q %q %q %s", a.ID, line.ID, at.Format(time.DateOnly), booked, state, line.Amount, line.Label, line.Party, line.Reference, line.Kind))
		}
	}
	for _, r := range w.home.Records() {
		switch r.Type {
		case record.TypeBankAccount:
			a := decode[record.BankAccount](w, r)
			got = append(got, fmt.Sprintf("%s %s %s", r.ID, a.IBAN, a.Kind))
		case record.TypeTransaction:
			v := decode[record.Transaction](w, r)
			got = append(got, fmt.Sprintf("%s %s %s %s %s %q %q %q %s", r.ID, r.Time, v.Booked, v.State, v.Amount, v.Label, v.Counterparty, v.Reference, v.Kind))
		case record.TypeBalance:
			if v := decode[record.Balance](w, r); balances[r.ID] == string(v.Amount) {
				delete(balances, r.ID)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Fatalf("the home's records (+) are not the bank's (-):\n%s", diff)
	}
	if len(balances) > 0 {
		w.t.Errorf("balances missing or wrong: %v", balances)
	}
}

func decode[T any](w *world, r record.Record) T {
	w.t.Helper()
	var v T
	if err := json.Unmarshal(r.Data, &v); err != nil {
		w.t.Fatal(err)
	}
	return v
}
