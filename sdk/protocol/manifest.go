package protocol

import "time"

// A Kind says whether a program brings records in or reads them.
type Kind string

const (
	KindConnector Kind = "connector"
	KindApp       Kind = "app"
)

// A Manifest describes a program: manifest.json in its package. Strings for
// people are keys of strings/en.json and strings/fr.json beside it.
type Manifest struct {
	Protocol    int       `json:"protocol"`
	Kind        Kind      `json:"kind"`
	ID          string    `json:"id"`      // lower case, digits and hyphens
	Version     string    `json:"version"` // semantic version
	Name        string    `json:"name"`    // string key, as description
	Description string    `json:"description"`
	Authors     []string  `json:"authors,omitempty"`
	Licence     string    `json:"licence"`            // SPDX expression
	Runtime     string    `json:"runtime"`            // "wasm"
	Module      string    `json:"module"`             // file name in the package
	SHA256      string    `json:"sha256,omitempty"`   // of the module, lower-case hex; filled by the build
	Hosts       []string  `json:"hosts,omitempty"`    // "www.example.org", "*.example.org", each with :port unless 443
	LAN         bool      `json:"lan,omitempty"`      // talks to an address at home that the person gives in a field of kind address
	Produces    []string  `json:"produces,omitempty"` // record types
	Accepts     []Accept  `json:"accepts,omitempty"`  // files it reads, mode file
	Fields      []Field   `json:"fields,omitempty"`   // what the person fills in
	OAuth       *OAuth    `json:"oauth,omitempty"`    // the person signs in at the provider; see OAuth
	Interactive []AskKind `json:"interactive,omitempty"`
	Schedule    Schedule  `json:"schedule,omitzero"`
	Reads       []Read    `json:"reads,omitempty"`  // what an app asks for, a type once
	Packs       []string  `json:"packs,omitempty"`  // reference packs that an app reads, by id
	Themes      []string  `json:"themes,omitempty"` // where an app belongs: see Themes
	Acts        []Act     `json:"acts,omitempty"`   // what an app may propose to send, each time with the person's signature
	Limits      Limits    `json:"limits,omitzero"`  // above the defaults, up to the maxima
	Languages   []string  `json:"languages"`        // of its strings
}

// Accept is one kind of file that a connector reads. The home tries Detect
// itself, so that recognising a file starts no program.
type Accept struct {
	MediaType  string   `json:"media_type"`
	Extensions []string `json:"extensions"`     // with the dot: ".ofx"
	Detect     []Detect `json:"detect"`         // any of them
	Last       bool     `json:"last,omitempty"` // only of files that no other kind fits
}

// Detect recognises a file by its first 64 KiB: all given members must hold.
type Detect struct {
	Magic    string `json:"magic,omitempty"`     // hex bytes at the start
	Root     string `json:"root,omitempty"`      // local name of the XML root element
	ZipEntry string `json:"zip_entry,omitempty"` // name of an entry
	Header   string `json:"header,omitempty"`    // the first line, trimmed
	Match    string `json:"match,omitempty"`     // an RE2 expression
	Name     string `json:"name,omitempty"`      // an RE2 expression on the file's base name
}

// A Field is one thing that the person fills in to add a source.
type Field struct {
	Name     string   `json:"name"`
	Kind     string   `json:"kind"`  // text, secret, totp, choice, address
	Label    string   `json:"label"` // string key
	Required bool     `json:"required,omitempty"`
	Account  bool     `json:"account,omitempty"` // part of what tells two sources of one connector apart
	Options  []string `json:"options,omitempty"`
	Use      []Use    `json:"use,omitempty"`    // secret and totp: the only places where the home fills it
	Reveal   bool     `json:"reveal,omitempty"` // the program sees the secret; shown to the person
}

// Use is one place where a secret may be filled: an exact request and field.
type Use struct {
	Host   string `json:"host"` // with :port unless 443; "" for a field of kind address
	Method string `json:"method"`
	Path   string `json:"path"`
	Place  string `json:"place"` // form, json, header or basic
	Name   string `json:"name"`  // form field, JSON member or header name
}

// OAuth describes a sign-in at the provider by OAuth 2: the code flow (RFC 6749)
// with PKCE by S256, which the home always uses, the device flow (RFC 8628), or
// both, as the person likes. The home does all of it: the
// program sees the placeholder of secret [OAuthToken] and sends it as the header
// "Authorization: Bearer" to Hosts; the home fills in the access token and
// renews it when it has expired, or once when the provider answers 401.
//
// Addresses are https, or a path alone ("/token") at the address that the
// person gives in a field of kind address.
type OAuth struct {
	Authorize   string   `json:"authorize,omitempty"`    // code flow: the page where the person signs in
	Device      string   `json:"device,omitempty"`       // device flow: where the home gets the codes, on one of the manifest's hosts
	Token       string   `json:"token"`                  // where the home gets tokens: on one of the manifest's hosts
	Hosts       []string `json:"hosts"`                  // that get the access token: exact, of the manifest's; "" for the address given
	Issuer      string   `json:"issuer,omitempty"`       // what "iss" must be when the provider sends it (RFC 9207)
	Client      string   `json:"client,omitempty"`       // client id of this connector, or:
	ClientField string   `json:"client_field,omitempty"` // the field of kind text with the person's own
	SecretField string   `json:"secret_field,omitempty"` // the field of kind secret with its secret, if it has one: used at Token and Device
	Scopes      []string `json:"scopes,omitempty"`
	Consent     Duration `json:"consent,omitzero"` // how long a consent lasts, when the provider ends it
}

// OAuthToken names the secret that stands for the access token. No field has
// this name.
const OAuthToken = "oauth"

// Schedule is how often a connector wants to run.
type Schedule struct {
	Every     Duration `json:"every,omitzero"`       // such as "24h"
	NotBefore string   `json:"not_before,omitempty"` // "06:00", the person's zone
	NotAfter  string   `json:"not_after,omitempty"`
}

// Limits bound a run. Zero means the default.
type Limits struct {
	Memory   int64    `json:"memory,omitempty"`   // bytes of linear memory
	CPU      Duration `json:"cpu,omitzero"`       // processor time
	Wall     Duration `json:"wall,omitzero"`      // active time; waiting for an answer apart
	Records  int      `json:"records,omitempty"`  // a run; no bound in mode file
	Requests int      `json:"requests,omitempty"` // HTTP requests a run
}

// DefaultLimits is what a run gets.
func DefaultLimits() Limits {
	return Limits{Memory: 128 << 20, CPU: Duration(time.Minute), Wall: Duration(5 * time.Minute), Records: 50_000, Requests: 500}
}

// MaxLimits is what a manifest may ask for.
func MaxLimits() Limits {
	return Limits{Memory: 256 << 20, CPU: Duration(5 * time.Minute), Wall: Duration(30 * time.Minute), Records: 50_000, Requests: 5_000}
}

// Fixed bounds of a run.
const (
	MaxModule      = 32 << 20 // bytes of a wasm module
	MaxRecord      = 256 << 10
	MaxState       = 1 << 20
	MaxLog         = 1 << 20
	MaxSaveRecords = 1000     // between two saves
	MaxSaveBytes   = 16 << 20 // between two saves, files apart
	MaxRequestBody = 1 << 20
	MaxAskImage    = 1 << 20 // bytes of the picture of a question
	MaxFile        = 64 << 20
	MaxRunBytes    = 512 << 20 // received from the network
	MaxRedirects   = 10
)

// Themes returns the parts of life that an app may belong to.
func Themes() []string { return []string{"home", "energy", "transport", "health", "money", "work"} }

// A Duration is a time.Duration written as "90s" or "24h" in JSON.
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}
