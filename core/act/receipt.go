package act

import (
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A State says what became of an act.
type State string

const (
	Signed   State = "signed"   // kept only: signed, and nothing known yet
	Sending  State = "sending"  // on its way
	Unknown  State = "unknown"  // the home ended in between: sent or not
	Answered State = "answered" // sent; Answer holds what came back
	Silent   State = "silent"   // sent, in part or whole, and no answer came
	Failed   State = "failed"   // not sent; Code says why
)

// A Receipt is what is kept of an act that the person signed.
type Receipt struct {
	ID          ID               `json:"id"`
	Withdraws   ID               `json:"withdraws,omitzero"`    // the act that it takes back
	Withdrawals []ID             `json:"withdrawals,omitempty"` // the acts that took it back, in order
	App         string           `json:"app"`
	Version     string           `json:"version"`
	Module      string           `json:"module"`
	Act         protocol.Act     `json:"act"`
	Words       map[string]Words `json:"words"`
	Undo        *Undo            `json:"undo,omitempty"`
	Body        []byte           `json:"body"`   // what was shown and signed
	Digest      string           `json:"digest"` // of the draft
	Signature   Signature        `json:"signature"`
	At          time.Time        `json:"at"` // it was signed

	State  State       `json:"state"`
	Ended  time.Time   `json:"ended,omitzero"`
	Code   core.Code   `json:"code,omitempty"` // of Silent and Failed
	Answer *Answer     `json:"answer,omitempty"`
	Hops   []fetch.Hop `json:"hops,omitempty"`
}

// An Answer is what the recipient said.
type Answer struct {
	Status int               `json:"status"`
	Header map[string]string `json:"header,omitempty"` // those of answerHeaders
	Body   []byte            `json:"body,omitempty"`   // at most MaxAnswer bytes
	IsCut  bool              `json:"is_cut,omitempty"` // there was more
}

// IsGood reports whether the recipient said that it took the act.
func (a *Answer) IsGood() bool { return a != nil && a.Status >= 200 && a.Status < 300 }

// MaxAnswer bounds what is kept of an answer's body, in bytes.
const MaxAnswer = 64 << 10

// answerHeaders are the headers kept of an answer.
func answerHeaders() []string {
	return []string{"Content-Type", "Date", "Location", "Retry-After", "Content-Language", "Digest"}
}

// Host is where it went.
func (r Receipt) Host() string { return hostOf(r.Act) }

// In returns the words of a language, in English where there are none.
func (r Receipt) In(language string) Words { return in(r.Words, language) }

// In returns the words of a language, in English where there are none.
func (d Draft) In(language string) Words { return in(d.Words, language) }

func in(words map[string]Words, language string) Words {
	if w, ok := words[language]; ok {
		return w
	}
	return words["en"]
}
