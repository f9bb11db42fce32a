package ledger

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
)

// A Kind says what an entry tells of.
type Kind string

// The kinds of entries.
const (
	Run          Kind = "run"            // a run ended: Source, Run, Connector, Records, Egress, Outcome
	Check        Kind = "check"          // a sign-in was tried before a source was kept or mended
	Use          Kind = "use"            // a token was used: Token, Route, Types, Records, Outcome
	SignIn       Kind = "sign-in"        // a session began: Device
	Refused      Kind = "refused"        // a wrong key was given: Way, Times
	Unlock       Kind = "unlock"         // the home was unlocked: Way
	Setting      Kind = "setting"        // a setting changed: What
	Password     Kind = "password"       // the password was changed
	Recovery     Kind = "recovery"       // a new recovery key was made
	SessionEnded Kind = "session-ended"  // a session was ended by the person: Device
	TokenMade    Kind = "token-made"     // Token
	TokenRevoked Kind = "token-revoked"  // Token
	Export       Kind = "export"         // data was written out: What
	SourceAdded  Kind = "source-added"   // Source
	SourceGone   Kind = "source-removed" // a source was destroyed with its data; not which one
	Granted      Kind = "granted"        // an app was given a grant, or another one: App, Module, Reads, Until
	Paused       Kind = "paused"         // an app's grant was put to rest: App
	Resumed      Kind = "resumed"        // and given back: App
	Revoked      Kind = "revoked"        // an app's grant was taken back, its state erased: App
	AppInstalled Kind = "app-installed"  // an app came as a file: App, Module, What: its version
	AppRemoved   Kind = "app-removed"    // and was removed with all that it kept: App
	PackAdded    Kind = "pack-added"     // a reference pack came: What, Module: SHA-256 of its content
	PackRemoved  Kind = "pack-removed"   // the same
	PackFetched  Kind = "pack-fetched"   // one was asked for at an address that the person gave: What: its id, when known, Module, Egress, Outcome
	AppRead      Kind = "app-read"       // an app ran: App, Module, Mode, Reads with what it read, Outcome
	ActSigned    Kind = "act-signed"     // the person signed an act, nothing is sent yet: App, Module, Act, Receipt, Digest, What: to whom, Way
	ActSent      Kind = "act-sent"       // and it was sent: the same, Egress, Outcome: status of the answer, or why there is none
	ActFailed    Kind = "act-failed"     // or it was not: the same
	ActWithdrawn Kind = "act-withdrawn"  // an act that takes another back was sent: as ActSent
)

// Kinds returns every kind.
func Kinds() []Kind {
	return []Kind{Run, Check, Use, SignIn, Refused, Unlock, Setting, Password, Recovery, SessionEnded,
		TokenMade, TokenRevoked, Export, SourceAdded, SourceGone, Granted, Paused, Resumed, Revoked, AppRead, AppInstalled, AppRemoved, PackAdded, PackRemoved, PackFetched,
		ActSigned, ActSent, ActFailed, ActWithdrawn}
}

// An Entry is one line of the ledger. It names things of the home by their ids
// and holds no text of a record. Which members a kind has stands beside it.
type Entry struct {
	Number uint64        `json:"-"`
	Erased bool          `json:"-"` // what it said went with its source: only Number, At and Kind are left
	At     time.Time     `json:"at"`
	Kind   Kind          `json:"kind"`
	Source core.SourceID `json:"source,omitzero"`

	Run       core.RunID `json:"run,omitempty"`
	Connector string     `json:"connector,omitempty"`
	Egress    []Host     `json:"egress,omitempty"` // what was talked to
	Outcome   string     `json:"outcome,omitempty"`

	Token   string   `json:"token,omitempty"` // id
	Name    string   `json:"name,omitempty"`  // of the token, by then
	Route   string   `json:"route,omitempty"` // "GET /records"
	Types   []string `json:"types,omitempty"` // of the records
	Records int      `json:"records,omitempty"`

	App    string `json:"app,omitempty"`    // id
	Module string `json:"module,omitempty"` // SHA-256 of its program, hex
	Mode   string `json:"mode,omitempty"`   // view, action or background
	Reads  []Read `json:"reads,omitempty"`
	Until  string `json:"until,omitempty"` // last day of a grant

	Act     string `json:"act,omitempty"`     // id in the app's manifest
	Receipt string `json:"receipt,omitempty"` // id
	Digest  string `json:"digest,omitempty"`  // of what was signed, hex

	Device string `json:"device,omitempty"`
	Way    string `json:"way,omitempty"` // password, recovery or key-file
	Times  int    `json:"times,omitempty"`
	What   string `json:"what,omitempty"`
}

// A Read is what an app may read of one type, or what it did.
type Read struct {
	Type        string   `json:"type"`
	Fields      []string `json:"fields,omitempty"`
	From        string   `json:"from,omitempty"` // first day
	Granularity string   `json:"granularity,omitempty"`
	Purpose     string   `json:"purpose,omitempty"` // key of the app's strings
	Records     int      `json:"records,omitempty"` // read in this run
}

// A Host is what one run exchanged with one host.
type Host struct {
	Name     string `json:"name"`
	Requests int    `json:"requests"`
	Sent     int64  `json:"sent"`             // bytes of bodies
	Received int64  `json:"received"`         // bytes of bodies
	Denied   int    `json:"denied,omitempty"` // requests that the home refused to send
}

// Bounds of an entry.
const (
	MaxHosts   = 64
	MaxTypes   = 32
	MaxText    = 300 // bytes of each text
	maxContent = 64 << 10
)

func (e Entry) check() error {
	if e.Kind == "" || len(e.Egress) > MaxHosts || len(e.Types) > MaxTypes || len(e.Reads) > MaxTypes || e.Records < 0 {
		return errors.New("no entry of this form")
	}
	texts := append([]string{string(e.Kind), e.Connector, e.Outcome, e.Token, e.Name, e.Route, e.Device, e.Way, e.What,
		e.App, e.Module, e.Mode, e.Until, e.Act, e.Receipt, e.Digest}, e.Types...)
	for _, r := range e.Reads {
		texts = append(append(texts, r.Type, r.From, r.Granularity, r.Purpose), r.Fields...)
	}
	for _, h := range e.Egress {
		texts = append(texts, h.Name)
	}
	for _, text := range texts {
		if len(text) > MaxText {
			return fmt.Errorf("a text of %d bytes", len(text))
		}
	}
	if strings.ContainsRune(string(e.Kind)+e.Token+e.App, 0) {
		return errors.New("a zero in a name")
	}
	return nil
}

// Clip bounds text for an entry, whole characters.
func Clip(text string) string {
	if len(text) > MaxText {
		text = text[:MaxText]
	}
	return strings.ToValidUTF8(text, "")
}
