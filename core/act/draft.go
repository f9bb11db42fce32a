package act

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A Draft is an act as it would be sent. It does not change.
type Draft struct {
	ID        ID           // of the receipt to be
	Receipt   ID           // what {receipt} says: ID, or that of the act taken back
	Withdraws ID           // the act that this one takes back
	App       string       // id
	Version   string       // of the app
	Module    string       // SHA-256 of its program, hex
	Act       protocol.Act // as the manifest has it
	Body      []byte       // exactly what is sent
	Words     map[string]Words
	Undo      *Undo // the act that takes it back; nil: the app declares none
}

// Words say an act to people, in one language.
type Words struct {
	App       string   `json:"app"`
	Title     string   `json:"title"`
	Purpose   string   `json:"purpose"`
	Recipient string   `json:"recipient"`
	Contact   string   `json:"contact,omitempty"`
	Address   string   `json:"address,omitempty"`
	Shares    []string `json:"shares,omitempty"` // to whom the recipient passes it on
	Says      []Said   `json:"says,omitempty"`
}

// A Said is one field in words. Typed marks what the person wrote.
type Said struct {
	Label string `json:"label"`
	Value string `json:"value"`
	Typed bool   `json:"typed,omitempty"`
}

// An Undo is the act that takes another back, kept with its receipt: it works
// when the app is gone.
type Undo struct {
	Act   protocol.Act     `json:"act"`
	Words map[string]Words `json:"words"`
}

// A Digest stands for a draft: whatever of it changes, the digest does.
type Digest [sha256.Size]byte

// String returns the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Digest returns the digest of what is signed: who gets which bytes from which
// app, under which name and on what promises, and the words in which it is said.
func (d Draft) Digest() Digest {
	text, _ := json.Marshal([]any{"domicile act 2", d.ID, d.Receipt, d.Withdraws, d.App, d.Version, d.Module, d.Act, d.Words, d.Body}) // plain values only
	return sha256.Sum256(text)
}

// Host is where the draft would go, as its address has it.
func (d Draft) Host() string { return hostOf(d.Act) }

func hostOf(a protocol.Act) string {
	u, err := url.Parse(a.Recipient.URL)
	if err != nil { // checked when the program was loaded
		return ""
	}
	return u.Host
}

// Address returns the address and port that the person has to allow for this
// act, and false when it goes to a name by https.
func (d Draft) Address() (netip.AddrPort, bool) { return addressOf(d.Act) }

func addressOf(a protocol.Act) (netip.AddrPort, bool) {
	at, err := netip.ParseAddrPort(hostOf(a))
	return at, err == nil
}

// A Request asks for a draft.
type Request struct {
	Act     string            // its id
	Choices map[string]string // by field; what the app proposed, or the person chose
	Typed   map[string]string // by field; what the person wrote
	ID      ID                // of a draft shown before; none: a new one
}

// Prepare fills an act's template. It sends and keeps nothing. Codes: not_found
// for no such act, or one that takes another back; invalid for what [Check]
// finds wrong.
func Prepare(p *program.Program, r Request) (Draft, error) {
	const op = "prepare act"
	a, ok := p.Manifest.Act(r.Act)
	if !ok || a.Withdraws != "" {
		return Draft{}, core.E(core.NotFound, op, fmt.Errorf("no act %q to propose", r.Act))
	}
	if wrong := Check(a, r.Choices, r.Typed); len(wrong) > 0 {
		name := slices.Sorted(maps.Keys(wrong))[0]
		return Draft{}, core.E(core.Invalid, op, fmt.Errorf("%s is %s", name, wrong[name]))
	}
	d := Draft{ID: r.ID, App: p.Manifest.ID, Version: p.Manifest.Version, Module: p.Manifest.SHA256, Act: a, Words: wordsOf(p, a, r)}
	if d.ID == (ID{}) {
		d.ID = NewID()
	}
	d.Receipt = d.ID
	i := slices.IndexFunc(p.Manifest.Acts, func(o protocol.Act) bool { return o.Withdraws == a.ID })
	if i >= 0 {
		back := p.Manifest.Acts[i]
		d.Undo = &Undo{Act: back, Words: wordsOf(p, back, Request{})}
	}
	values := map[string]string{protocol.ActReceipt: d.Receipt.String()}
	maps.Copy(values, r.Choices)
	maps.Copy(values, r.Typed)
	d.Body = fill(a, values)
	return d, nil
}

// wordsOf says an act in each language of its app.
func wordsOf(p *program.Program, a protocol.Act, r Request) map[string]Words {
	all := map[string]Words{}
	for _, language := range p.Manifest.Languages {
		t := func(key string) string { return p.Text(language, key) }
		w := Words{App: t(p.Manifest.Name), Title: t(a.Title), Purpose: t(a.Purpose), Recipient: t(a.Recipient.Name)}
		if a.Withdraws == "" {
			w.Contact, w.Address = t(a.Recipient.Contact), t(a.Recipient.Address)
		}
		for _, key := range a.Recipient.Shares {
			w.Shares = append(w.Shares, t(key))
		}
		for _, f := range a.Fields {
			if f.Kind == protocol.ActText {
				w.Says = append(w.Says, Said{t(f.Label), r.Typed[f.Name], true})
				continue
			}
			option, _ := f.Option(r.Choices[f.Name])
			w.Says = append(w.Says, Said{t(f.Label), t(option.Label), false})
		}
		all[language] = w
	}
	return all
}

// PrepareWithdrawal drafts the act that takes back what r is the receipt of.
// Codes: not_found when its app declared none, conflict for what was itself a
// withdrawal.
func PrepareWithdrawal(r Receipt, id ID) (Draft, error) {
	const op = "prepare withdrawal"
	if r.Withdraws != (ID{}) {
		return Draft{}, core.E(core.Conflict, op, errors.New("this takes another back"))
	}
	if r.Undo == nil {
		return Draft{}, core.E(core.NotFound, op, errors.New("the app declared no act to take this back"))
	}
	if id == (ID{}) {
		id = NewID()
	}
	d := Draft{ID: id, Receipt: r.ID, Withdraws: r.ID, App: r.App, Version: r.Version, Module: r.Module, Act: r.Undo.Act, Words: map[string]Words{},
		Body: fill(r.Undo.Act, map[string]string{protocol.ActReceipt: r.ID.String()})}
	d.Act.Recipient = r.Act.Recipient // with what was promised
	d.Act.Recipient.Name, d.Act.Recipient.URL = r.Undo.Act.Recipient.Name, r.Undo.Act.Recipient.URL
	for language, w := range r.Undo.Words {
		given := r.In(language)
		w.Contact, w.Address, w.Shares = given.Contact, given.Address, given.Shares
		d.Words[language] = w
	}
	return d, nil
}
