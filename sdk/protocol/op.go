package protocol

import (
	"encoding/json"
	"time"

	"github.com/domicile-home/domicile/sdk/record"
	"github.com/domicile-home/domicile/sdk/view"
)

// An Op names a request of a program.
type Op string

// The ops of a connector. [Start.Ops] lists those that a home offers.
const (
	OpStart    Op = "start"
	OpHTTP     Op = "http"
	OpEmit     Op = "emit"
	OpSave     Op = "save"
	OpReadFile Op = "read_file"
	OpPDFText  Op = "pdf_text"
	OpUnzip    Op = "unzip"
	OpSelect   Op = "select"
	OpAsk      Op = "ask"
	OpTOTP     Op = "totp"
	OpProgress Op = "progress"
	OpLog      Op = "log"
	OpFail     Op = "fail"
)

// Ops returns the ops of version [Version] that a connector may use.
func Ops() []Op {
	return []Op{OpStart, OpHTTP, OpEmit, OpSave, OpReadFile, OpPDFText, OpUnzip, OpSelect,
		OpAsk, OpTOTP, OpProgress, OpLog, OpFail}
}

// A Mode says what a run is for.
type Mode string

const (
	ModePull  Mode = "pull"  // bring new records
	ModeCheck Mode = "check" // sign in, report with fail or exit 0; what is emitted is dropped
	ModeFile  Mode = "file"  // read the one file named in Start.File
)

// A FileID names a file within one run, such as "f3". It means nothing outside.
type FileID string

// File describes a file that the home holds for the run.
type File struct {
	ID        FileID `json:"file"`
	Name      string `json:"name,omitempty"` // as the provider or the person named it
	MediaType string `json:"media_type,omitempty"`
	Size      int64  `json:"size"` // bytes
}

// Start is the reply to op start, whose request has no members.
type Start struct {
	Protocol int               `json:"protocol"`
	Ops      []Op              `json:"ops"`
	Mode     Mode              `json:"mode"`
	Config   map[string]string `json:"config"`          // by field name; a secret shows as its placeholder
	State    json.RawMessage   `json:"state,omitempty"` // as last saved; absent on the first run
	Now      time.Time         `json:"now"`             // in the person's zone
	Zone     string            `json:"zone"`            // IANA name of the person's zone
	Locale   string            `json:"locale"`          // "en" or "fr"
	File     *File             `json:"file,omitempty"`  // mode file only
	Show     *view.Link        `json:"show,omitempty"`  // an app's modes only, as the next one
	Reads    []Granted         `json:"reads,omitempty"`
	Limits   Limits            `json:"limits"`
}

// HTTPRequest is the body of op http. The payload, if any, is the request body.
type HTTPRequest struct {
	Method  string            `json:"method,omitempty"` // GET unless given
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	Follow  *bool             `json:"follow,omitempty"` // redirects; true unless given
	Sink    Sink              `json:"sink,omitempty"`
}

// A Sink says where the body of an HTTP reply goes.
type Sink string

const (
	SinkGuest Sink = ""     // into the reply's payload, at most MaxPayload bytes
	SinkFile  Sink = "file" // into a file of the run; it never enters the program
)

// HTTPReply is the reply to op http. Any status is a reply, not an error.
// Header names are in canonical form; Set-Cookie is kept by the home.
type HTTPReply struct {
	Status  int                 `json:"status"`
	URL     string              `json:"url"` // after redirects
	Headers map[string][]string `json:"headers,omitempty"`
	File    *File               `json:"file,omitempty"` // with SinkFile
}

// EmitRequest is the body of op emit. Records are upserted by type and id when
// the run next saves or ends well. In mode file they are of the file read last:
// equal transactions without an id are counted in each file of an archive apart.
type EmitRequest struct {
	Records   []record.Record `json:"records,omitempty"`
	Forgotten []record.Key    `json:"forgotten,omitempty"` // no longer at the provider: deleted here
}

// EmitReply counts what the request will change in the source's own records.
type EmitReply struct {
	Added     int `json:"added"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Forgotten int `json:"forgotten"`
}

// SaveRequest is the body of op save: State is committed in one transaction
// with all that was emitted since the last save. The reply is empty.
type SaveRequest struct {
	State json.RawMessage `json:"state,omitempty"` // any JSON value; absent keeps the last
}

// ReadFileRequest asks for at most Length bytes (0: as many as fit a payload)
// of a file from Offset. The bytes are the reply's payload.
type ReadFileRequest struct {
	File   FileID `json:"file"`
	Offset int64  `json:"offset,omitempty"`
	Length int64  `json:"length,omitempty"`
}

// ReadFileReply goes with the bytes of op read_file.
type ReadFileReply struct {
	Size int64 `json:"size"` // of the whole file
}

// FileRequest is the body of ops pdf_text and unzip.
type FileRequest struct {
	File FileID `json:"file"`
}

// PDFTextReply holds the text of each page, and the files embedded in the PDF
// (an e-invoice's XML, say) as new files of the run.
type PDFTextReply struct {
	Pages []string `json:"pages"`
	Files []File   `json:"files,omitempty"`
}

// UnzipReply lists the regular files of an archive as new files of the run.
// Names are cleaned, slash-separated and relative.
type UnzipReply struct {
	Files []File `json:"files"`
}

// SelectRequest asks for parts of an HTML document: the file, or the payload
// when File is empty. Each query is answered under its name.
type SelectRequest struct {
	File    FileID           `json:"file,omitempty"`
	Queries map[string]Query `json:"queries"`
}

// A Query selects rows by CSS and, in each, fields. A field is a CSS selector
// relative to the row, "" for the row itself, followed by "@name" for an
// attribute: "td.total", "a.pdf@href", "@data-id". Its value is the text, white
// space folded, of the first match. Rows "" is the whole document, once.
type Query struct {
	Rows   string            `json:"rows"`
	Fields map[string]string `json:"fields"`
}

// SelectReply holds, by query, a map a row. A field without a match is absent.
type SelectReply struct {
	Results map[string][]map[string]string `json:"results"`
}

// An AskKind is the kind of answer wanted from the person.
type AskKind string

const (
	AskOTP     AskKind = "otp"
	AskText    AskKind = "text"
	AskChoice  AskKind = "choice"
	AskConfirm AskKind = "confirm" // the answer is "yes" or "no"
	AskImage   AskKind = "image"   // the payload is a JPEG or a PNG, at most MaxAskImage; the answer is text
)

// AskRequest is the body of op ask. Prompt is a key of the connector's
// strings; Args fill its {name} places and are shown as foreign text.
type AskRequest struct {
	Kind    AskKind           `json:"kind"`
	Prompt  string            `json:"prompt"`
	Args    map[string]string `json:"args,omitempty"`
	Options []string          `json:"options,omitempty"` // AskChoice
	Again   bool              `json:"again,omitempty"`   // AskImage: the person may ask for another, by the answer ""
	Table   *Table            `json:"table,omitempty"`   // AskColumns
}

// AskReply is what the person answered.
type AskReply struct {
	Answer string `json:"answer"`
}

// TOTPRequest is the body of op totp: the one-time code of a secret field that
// holds a TOTP key. The reply is a placeholder that op http fills.
type TOTPRequest struct {
	Secret string `json:"secret"`
}

// TOTPReply is the reply to op totp.
type TOTPReply struct {
	Placeholder string `json:"placeholder"`
}

// ProgressRequest is the body of op progress. Total 0 means unknown.
type ProgressRequest struct {
	Done    int    `json:"done"`
	Total   int    `json:"total,omitempty"`
	Message string `json:"message,omitempty"`
}

// LogRequest is the body of op log, a line of the run's log.
type LogRequest struct {
	Level   string `json:"level"` // debug, info, warn or error
	Message string `json:"message"`
}

// FailRequest is the body of op fail: the run ends with this problem. The home
// answers {"ok":{}} and the program exits.
type FailRequest struct {
	Code       Code   `json:"code"`
	Message    string `json:"message,omitempty"`     // for the run's log
	RetryAfter int    `json:"retry_after,omitempty"` // seconds
}

// Error is the "error" member of a reply. Beside the problem codes, a reply
// may say not_found or invalid.
type Error struct {
	Code       Code   `json:"code"`
	Message    string `json:"message,omitempty"`
	RetryAfter int    `json:"retry_after,omitempty"` // seconds
}

// Codes of a reply that are no problem of a run by themselves.
const (
	NotFound Code = "not_found" // no such file, field or secret
	Invalid  Code = "invalid"   // the request breaks the protocol's rules
)

// Error implements error.
func (e *Error) Error() string {
	if e.Message == "" {
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.Message
}

// Placeholder returns the text that stands for the secret field name in
// requests: the program never sees the secret itself.
func Placeholder(name string) string { return "{{secret:" + name + "}}" }
