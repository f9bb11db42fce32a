package connect

import (
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A State is where a run stands.
type State string

const (
	Queued     State = "queued" // until its program has a place to run in
	Running    State = "running"
	Waiting    State = "waiting" // for an answer of the person
	Committing State = "committing"
	Succeeded  State = "succeeded"
	Failed     State = "failed"    // with a Problem
	Cancelled  State = "cancelled" // by the person, or because the home locked
	Killed     State = "killed"    // over a limit, with a Problem
)

// HasEnded reports whether nothing more happens to a run in this state.
func (s State) HasEnded() bool {
	return s == Succeeded || s == Failed || s == Cancelled || s == Killed
}

// A Trigger says who started a run.
type Trigger string

const (
	ByPerson   Trigger = "person"
	BySchedule Trigger = "schedule"
	ByImport   Trigger = "import"
)

// A Run is one execution of a connector for a source.
type Run struct {
	Source    core.SourceID `json:"source"`
	ID        core.RunID    `json:"id"`
	Trigger   Trigger       `json:"trigger"`
	Mode      protocol.Mode `json:"mode"`
	State     State         `json:"state"`
	Started   time.Time     `json:"started"`
	Ended     time.Time     `json:"ended,omitzero"`
	Connector string        `json:"connector"`
	Version   string        `json:"version"`
	Module    string        `json:"module"` // SHA-256, hex
	Counts    ingest.Counts `json:"counts"`
	Progress  Progress      `json:"progress,omitzero"`
	Question  *Question     `json:"question,omitempty"` // while Waiting
	Problem   *Problem      `json:"problem,omitempty"`  // why it failed or was killed
	File      *core.FileRef `json:"file,omitempty"`     // mode file: the file as imported
	Notes     []string      `json:"notes,omitempty"`    // mode file: the first warnings, such as rows left out, in the connector's words
	Use       Use           `json:"use"`
	Undone    bool          `json:"undone,omitempty"`
	Trial     bool          `json:"trial,omitempty"` // it proves new credentials: they are kept with its first save
	trial     map[string]core.Secret
}

// Progress is how far a run says it is. Total 0 means unknown.
type Progress struct {
	Done    int    `json:"done"`
	Total   int    `json:"total,omitempty"`
	Message string `json:"message,omitempty"`
}

// A Problem is why a run could not finish.
type Problem struct {
	Code       core.Code `json:"code"`
	Message    string    `json:"message,omitempty"`     // for the log, in the connector's words
	RetryAfter int       `json:"retry_after,omitempty"` // seconds
	Columns    string    `json:"columns,omitempty"`     // which column of the table seems to be what, when the person is to say it
}

// Use is what a run took.
type Use struct {
	Requests int           `json:"requests"`
	Received int64         `json:"received"` // bytes from the network
	CPU      time.Duration `json:"cpu"`
	Memory   int64         `json:"memory"` // bytes, the worker's peak
}

// A Question is what a run waits to hear from the person. Prompt is in the
// connector's words; Args and Options are foreign text.
type Question struct {
	Kind    protocol.AskKind  `json:"kind"`
	Key     string            `json:"key"` // of the prompt, in the connector's strings
	Prompt  string            `json:"prompt"`
	Args    map[string]string `json:"args,omitempty"`
	Options []string          `json:"options,omitempty"`
	Again   bool              `json:"again,omitempty"` // kind image: the answer "" asks for another
	Image   []byte            `json:"-"`               // kind image: a PNG that the home encoded itself
	Width   int               `json:"width,omitempty"` // of Image, in pixels
	Height  int               `json:"height,omitempty"`
	Until   time.Time         `json:"until"` // then the run fails
	given   string            // what Image was drawn from: see digestOf
}

// A LogLine is one line of a run's log.
type LogLine struct {
	At      time.Time `json:"at"`
	Level   string    `json:"level"` // debug, info, warn or error
	Message string    `json:"message"`
}
