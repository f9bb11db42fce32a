package gallery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/act"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// Recipient is at some place and says all that a recipient has to, with the words
// of an [App].
func Recipient(to string) protocol.Recipient {
	return protocol.Recipient{Name: "about", URL: to, Contact: "purpose", Address: "about", Kind: protocol.PartyCompany, Country: "FR",
		Notice: "https://insurer.example/privacy", Keeps: "P18M", Stores: []string{"FR", "IE"}, Shares: []string{"about"}}
}

// acts are those of a made-up app, which go to some place.
func acts(to string) []protocol.Act {
	recipient := Recipient(to)
	band := protocol.ActField{Name: "band", Label: "about", Kind: protocol.ActChoice, Options: []protocol.ActOption{{Value: "A", Label: "purpose"}, {Value: "B", Label: "about"}}}
	note := protocol.ActField{Name: "note", Label: "purpose", Kind: protocol.ActText, Optional: true}
	one := protocol.Act{ID: "accept", Title: "about", Purpose: "purpose", Recipient: recipient, MediaType: "application/json", Valid: "P12M",
		Template: "{\n  \"band\": \"{band}\",\n  \"receipt\": \"{receipt}\"\n}", Fields: []protocol.ActField{band}}
	all := []protocol.Act{one}
	one.Template, one.Fields = "{\n  \"band\": \"{band}\",\n  \"note\": \"{note}\",\n  \"receipt\": \"{receipt}\"\n}", []protocol.ActField{band, note}
	for _, id := range []string{"fill", "mistaken", "stale"} {
		one.ID = id
		all = append(all, one)
	}
	back := protocol.Act{ID: "withdraw", Title: "purpose", Purpose: "about", Recipient: protocol.Recipient{Name: "about", URL: to}, MediaType: "text/plain", Template: "{receipt}", Withdraws: "accept"}
	return append(all, back)
}

// A pen signs whatever it is given: the gallery's homes have a password that
// nobody knows.
type pen struct{}

func (pen) Sign(context.Context, act.Digest, core.Secret) (act.Signature, error) {
	return act.Signature{Way: "password"}, nil
}

// sign signs acts of a made-up app towards recipients of every kind, and marks
// the receipts.
func (h *House) sign(ctx context.Context, a App) error {
	good, err := h.listen(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"reference": %q}`, a.About)
	}))
	if err != nil {
		return err
	}
	bad, err := h.listen(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte{0, 1, 2}) // the home may have gone
	}))
	if err != nil {
		return err
	}
	mute, err := h.listen(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	if err != nil {
		return err
	}
	config := h.Acts.Config
	config.Signer = pen{}
	desk := act.New(config)
	defer desk.Close()
	for name, to := range map[string]string{"answered": good, "refused": bad, "silent": mute, "failed": "http://127.0.0.1:1", "withdrawn": good} {
		r, err := signOne(ctx, desk, a, to+"/acts")
		if err != nil {
			return err
		}
		h.places["receipt-"+name] = r.ID.String()
		if name != "withdrawn" {
			continue
		}
		back, err := act.PrepareWithdrawal(r, act.ID{})
		if err != nil {
			return err
		}
		if err := desk.Sign(ctx, back, act.Signing{Allow: true}); err != nil {
			return err
		}
		if _, err := desk.Settle(ctx, back.ID); err != nil {
			return err
		}
		h.places["receipt-back"] = back.ID.String()
	}
	return nil
}

func signOne(ctx context.Context, desk *act.Acts, a App, to string) (r act.Receipt, err error) {
	a.Acts = acts(to)
	p, err := a.Program()
	if err != nil {
		return r, err
	}
	d, err := act.Prepare(p, act.Request{Act: "accept", Choices: map[string]string{"band": "B"}})
	if err != nil {
		return r, err
	}
	if err := desk.Sign(ctx, d, act.Signing{Allow: true}); err != nil {
		return r, err
	}
	return desk.Settle(ctx, d.ID)
}

// signers are the apps of householdApps and hostileApps that propose acts.
func signers() []App {
	read := []protocol.Read{askBills()}
	return []App{
		{ID: "sender", Name: "Sender", About: "Tells an insurer the band of your bills.", Purpose: "To price an insurance.", Reads: read, Acts: acts("https://offers.insurer.test/acceptances"), End: Crashes},
		{ID: "neighbour", Name: "Neighbour", About: "Tells a machine at home the band of your bills.", Purpose: "To show it.", Reads: read, Acts: acts("http://192.168.1.20:8080/acceptances"), End: Crashes},
	}
}

func actCases() []Case {
	filled := func(band, note string) url.Values {
		return url.Values{"choice-band": {band}, "text-note": {note}}
	}
	stale := filled("B", Markup)
	stale.Set("draft", strings.Repeat("1", 32))
	stale.Set("digest", "of another draft")
	return []Case{
		{Page: "act", State: "what would be sent", Scene: allowing, Path: "/apps/sender/acts/accept?choice-band=B", Says: "act.exactly"},
		{Page: "act", State: "to an address at home", Scene: allowing, Path: "/apps/neighbour/acts/accept?choice-band=A", Says: "act.address"},
		{Page: "act", State: "to fill in", Scene: allowing, Path: "/apps/sender/acts/fill", Says: "act.never"},
		{Page: "act", State: "filled in wrongly", Scene: allowing, Path: "/apps/sender/acts/mistaken", Form: filled("Z", Markup+"\n"), Status: 400, Says: "act.fault-unreadable"},
		{Page: "act", State: "no longer what was seen", Scene: allowing, Path: "/apps/sender/acts/stale", Form: stale, Status: 409, Says: "act.changed"},
		{Page: "act", State: "hostile", Scene: hostile, Path: "/apps/markup/acts/accept?choice-band=B"},
		{Page: "act", State: "a withdrawal", Scene: allowing, Path: "/receipts/{receipt-answered}/withdraw", Says: "act.sign"},
		{Page: "problem", State: "an act with an undeclared choice", Scene: allowing, Path: "/apps/sender/acts/accept?choice-band=Z", Status: 400, Says: "problem.invalid"},
		{Page: "problem", State: "no such act", Scene: allowing, Path: "/apps/sender/acts/nothing", Status: 404, Says: "problem.not_found"},
		{Page: "problem", State: "a withdrawal is not proposed", Scene: allowing, Path: "/apps/sender/acts/withdraw", Status: 404, Says: "problem.not_found"},
		{Page: "receipts", State: "none", Scene: nothingYet, Path: "/receipts", Says: "receipts.none"},
		{Page: "receipts", State: "of every kind", Scene: allowing, Path: "/receipts", Says: "receipt.silent"},
		{Page: "receipts", State: "hostile", Scene: hostile, Path: "/receipts"},
		{Page: "receipt", State: "answered", Scene: allowing, Path: "/receipts/{receipt-answered}", Says: "receipt.withdraw"},
		{Page: "receipt", State: "refused", Scene: allowing, Path: "/receipts/{receipt-refused}", Says: "receipt.answer"},
		{Page: "receipt", State: "no answer", Scene: allowing, Path: "/receipts/{receipt-silent}", Says: "receipt.words-silent.do"},
		{Page: "receipt", State: "not sent", Scene: allowing, Path: "/receipts/{receipt-failed}", Says: "receipt.words-failed"},
		{Page: "receipt", State: "taken back", Scene: allowing, Path: "/receipts/{receipt-withdrawn}", Says: "receipt.backs"},
		{Page: "receipt", State: "of a withdrawal", Scene: allowing, Path: "/receipts/{receipt-back}", Says: "receipt.of"},
		{Page: "receipt", State: "hostile", Scene: hostile, Path: "/receipts/{receipt-answered}"},
		{Page: "problem", State: "no such receipt", Scene: nothingYet, Path: "/receipts/" + url.PathEscape(Markup), Status: 404, Says: "problem.not_found"},
		{Page: "activity", State: "of acts", Scene: allowing, Path: "/activity?kind=act-sent"},
		{Page: "grant", State: "of an app that proposes acts", Scene: allowing, Path: "/apps/sender/grant"},
	}
}

// signAll signs acts of the first app that proposes some.
func (h *House) signAll(ctx context.Context, all []App) error {
	for _, a := range all {
		if len(a.Acts) > 0 {
			return h.sign(ctx, a)
		}
	}
	return errors.New("no app proposes an act")
}
