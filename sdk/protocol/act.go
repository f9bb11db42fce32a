package protocol

import "slices"

// An Act is something that an app may propose to send in the person's name.
// The home fills Template and shows the bytes; they are sent, by POST, only when
// the person has signed them. Title, Purpose, Contact and labels are string keys.
type Act struct {
	ID        string     `json:"id"`      // lower case, digits and hyphens
	Title     string     `json:"title"`   // what it does: "Accept this offer"
	Purpose   string     `json:"purpose"` // what the recipient gets it for
	Recipient Recipient  `json:"recipient"`
	MediaType string     `json:"media_type"` // one of ActMediaTypes
	Template  string     `json:"template"`   // text with {name} of each field, and {receipt}
	Fields    []ActField `json:"fields,omitempty"`
	Valid     string     `json:"valid,omitempty"`     // for how long what is agreed to holds, unless it is taken back: "P12M", "P3Y"
	Withdraws string     `json:"withdraws,omitempty"` // id of the act that this one takes back; it then has no fields
}

// A Recipient is who gets what an act sends, and what they promise. An act
// that takes another back has only Name and URL: the promises are those of the
// act that it takes back.
type Recipient struct {
	Name    string    `json:"name"`              // string key
	URL     string    `json:"url"`               // https and an exact name and path; or an address, which the person allows as it is
	Contact string    `json:"contact,omitempty"` // string key: how to reach who answers for the data
	Address string    `json:"address,omitempty"` // string key: where a letter reaches them
	Kind    PartyKind `json:"kind,omitempty"`
	Country string    `json:"country,omitempty"` // whose law they answer to: ISO 3166-1, two letters
	Notice  string    `json:"notice,omitempty"`  // https address of what they say of privacy; shown, never fetched
	Keeps   string    `json:"keeps,omitempty"`   // for how long they keep it: "P12M", "P3Y"
	Stores  []string  `json:"stores,omitempty"`  // countries where they keep it
	Shares  []string  `json:"shares,omitempty"`  // string keys: to whom they pass it on; none, to nobody
}

// A PartyKind says what somebody is.
type PartyKind string

// The kinds of parties.
const (
	PartyCompany     PartyKind = "company"
	PartyAssociation PartyKind = "association" // and whoever else seeks no profit
	PartyPublic      PartyKind = "public"      // an authority, a public service
	PartyPerson      PartyKind = "person"
)

// PartyKinds returns them all.
func PartyKinds() []PartyKind {
	return []PartyKind{PartyCompany, PartyAssociation, PartyPublic, PartyPerson}
}

// An ActField fills a place of an act's template.
type ActField struct {
	Name     string      `json:"name"`
	Label    string      `json:"label"` // string key
	Kind     ActKind     `json:"kind"`
	Options  []ActOption `json:"options,omitempty"`  // of a choice
	Optional bool        `json:"optional,omitempty"` // a text may be left empty
}

// An ActOption is one choice: what is sent, and what it says in words.
type ActOption struct {
	Value string `json:"value"`
	Label string `json:"label"` // string key
}

// An ActKind says who fills a field, and with what.
type ActKind string

const (
	ActChoice ActKind = "choice" // one of its options; the app's view may propose which
	ActText   ActKind = "text"   // a line that the person types; never the app
)

// ActReceipt is the place that the home fills with the name of the receipt: 128
// random bits, the same in the act that withdraws it. No field has this name.
const ActReceipt = "receipt"

// Bounds of acts.
const (
	MaxActs        = 8        // of one app
	MaxActFields   = 8        // of one act
	MaxActTemplate = 16 << 10 // bytes
	MaxActOptions  = 256      // combinations of the choices of one act: 8 bits
	MaxActValue    = 100      // bytes of an option's value
	MaxActText     = 500      // bytes of a text
	MaxActParties  = 16       // countries, and others, that a recipient names
)

// ActMediaTypes returns what an act may send.
func ActMediaTypes() []string {
	return []string{"application/json", "application/x-www-form-urlencoded", "text/plain"}
}

// Field returns the field of a name, or false.
func (a Act) Field(name string) (ActField, bool) {
	i := slices.IndexFunc(a.Fields, func(f ActField) bool { return f.Name == name })
	if i < 0 {
		return ActField{}, false
	}
	return a.Fields[i], true
}

// Option returns the option of a value, or false.
func (f ActField) Option(value string) (ActOption, bool) {
	i := slices.IndexFunc(f.Options, func(o ActOption) bool { return o.Value == value })
	if i < 0 {
		return ActOption{}, false
	}
	return f.Options[i], true
}

// Act returns the act of an id, or false.
func (m Manifest) Act(id string) (Act, bool) {
	i := slices.IndexFunc(m.Acts, func(a Act) bool { return a.ID == id })
	if i < 0 {
		return Act{}, false
	}
	return m.Acts[i], true
}
