package act

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// A Consent is a receipt in the fields of ISO/IEC TS 27560:2023, and beside them
// what this home knows more. docs/acts.md says which fields are not there.
type Consent struct {
	SchemaVersion string        `json:"schema_version"`
	ReceiptID     ID            `json:"receipt_id"`
	Record        ConsentRecord `json:"consent_record"`
	Domicile      Evidence      `json:"domicile"` // not of the specification
}

// A ConsentRecord has the sections of the specification's record.
type ConsentRecord struct {
	SchemaVersion string         `json:"schema_version"`
	RecordID      ID             `json:"record_id"`
	PrincipalID   ID             `json:"pii_principal_id"` // the one name under which the recipient knows the person
	Processing    Processing     `json:"pii_processing"`
	Parties       []Party        `json:"party_identification"`
	Events        []ConsentEvent `json:"events"`
}

// Processing says what for, and with what.
type Processing struct {
	Notice   string    `json:"privacy_notice,omitempty"`
	Language string    `json:"language"`
	Purposes []Purpose `json:"purposes"`
}

// A Purpose is what the recipient gets the data for.
type Purpose struct {
	Purpose          string        `json:"purpose"`
	LawfulBasis      string        `json:"lawful_basis"`
	PII              []Information `json:"pii_information"`
	Controllers      []string      `json:"pii_controllers"` // party_id
	CollectionMethod string        `json:"collection_method"`
	StorageLocations []string      `json:"storage_locations,omitempty"` // ISO 3166-1
	RetentionPeriod  string        `json:"retention_period,omitempty"`  // ISO 8601
	ThirdParties     []string      `json:"recipient_third_parties"`     // party_id; none, nobody
	WithdrawalMethod string        `json:"withdrawal_method,omitempty"`
	Jurisdiction     string        `json:"jurisdiction,omitempty"` // ISO 3166-1
}

// Information is one thing that was said of the person.
type Information struct {
	Type      string `json:"pii_type"`
	Attribute string `json:"pii_attribute_id"`
	Optional  bool   `json:"pii_optional"`
	Value     string `json:"value"` // not of the specification: in words, as signed
}

// A Party is who gets it, or to whom it is passed on.
type Party struct {
	ID      string             `json:"party_id"`
	Name    string             `json:"party_name"`
	Role    string             `json:"party_role"`
	Kind    protocol.PartyKind `json:"party_type,omitempty"`
	Address string             `json:"party_address,omitempty"`
	URL     string             `json:"party_url,omitempty"`
	Contact string             `json:"party_contact,omitempty"`
}

// A ConsentEvent is one step of a consent's life.
type ConsentEvent struct {
	Time   time.Time `json:"event_time"`
	Valid  string    `json:"validity_duration,omitempty"` // ISO 8601
	Type   string    `json:"event_type"`
	State  string    `json:"event_state"`
	Entity string    `json:"entity_id"`
}

// Evidence is what was shown, sent and answered.
type Evidence struct {
	App       string            `json:"app"`
	Version   string            `json:"version"`
	Module    string            `json:"module_sha256"`
	Act       string            `json:"act"`
	Withdraws ID                `json:"withdraws,omitzero"`
	URL       string            `json:"url"`
	MediaType string            `json:"media_type"`
	Body      string            `json:"body"` // the bytes, which are text
	SHA256    string            `json:"body_sha256"`
	Digest    string            `json:"signed_digest"`
	Way       string            `json:"signed_by"`
	State     State             `json:"state"`
	Code      string            `json:"code,omitempty"`
	Status    int               `json:"answer_status,omitempty"`
	Header    map[string]string `json:"answer_header,omitempty"`
	Text      string            `json:"answer_text,omitempty"`  // when it is text
	Bytes     []byte            `json:"answer_bytes,omitempty"` // else, in base64
	IsCut     bool              `json:"answer_is_cut,omitempty"`
}

const schema = "ISO/IEC TS 27560:2023"

// Consent writes a receipt in a language, with the acts that took it back.
func (r Receipt) Consent(language string, withdrawals []Receipt) Consent {
	w, to := r.In(language), r.Act.Recipient
	parties := r.parties(w)
	p := Purpose{Purpose: w.Purpose, LawfulBasis: "consent", PII: r.information(w), Controllers: []string{parties[0].ID},
		CollectionMethod: "sent by the person's own home, signed by the person", StorageLocations: to.Stores, RetentionPeriod: to.Keeps,
		ThirdParties: []string{}, Jurisdiction: to.Country}
	for _, third := range parties[1:] {
		p.ThirdParties = append(p.ThirdParties, third.ID)
	}
	if r.Undo != nil {
		p.WithdrawalMethod = "POST " + r.Undo.Act.Recipient.URL
	}
	c := Consent{SchemaVersion: schema, ReceiptID: r.ID, Domicile: r.evidence(), Record: ConsentRecord{SchemaVersion: schema, RecordID: r.ID, PrincipalID: r.ID,
		Processing: Processing{Notice: to.Notice, Language: language, Purposes: []Purpose{p}}, Parties: parties,
		Events: []ConsentEvent{event(r.At, "consent given")}}}
	c.Record.Events[0].Valid = r.Act.Valid
	if r.Withdraws != (ID{}) {
		c.Record.PrincipalID, c.Record.Events = r.Withdraws, []ConsentEvent{event(r.At, "consent withdrawn")}
	}
	for _, back := range withdrawals {
		if back.State != Failed {
			c.Record.Events = append(c.Record.Events, event(back.At, "consent withdrawn"))
		}
	}
	return c
}

// parties are the recipient, and those to whom it passes it on.
func (r Receipt) parties(w Words) []Party {
	to := r.Act.Recipient
	all := []Party{{ID: "recipient", Name: w.Recipient, Role: "pii_controller", Kind: to.Kind, Address: w.Address, URL: to.URL, Contact: w.Contact}}
	for i, name := range w.Shares {
		all = append(all, Party{ID: fmt.Sprintf("third-party-%d", i+1), Name: name, Role: "third_party"})
	}
	return all
}

func event(at time.Time, state string) ConsentEvent {
	return ConsentEvent{Time: at, Type: "explicit consent", State: state, Entity: "pii_principal"}
}

// information says the fields in their order, as Words does.
func (r Receipt) information(w Words) []Information {
	all := []Information{}
	for i, f := range r.Act.Fields {
		if i < len(w.Says) {
			all = append(all, Information{w.Says[i].Label, f.Name, f.Kind == protocol.ActText && f.Optional, w.Says[i].Value})
		}
	}
	return all
}

func (r Receipt) evidence() Evidence {
	sum := sha256.Sum256(r.Body)
	e := Evidence{App: r.App, Version: r.Version, Module: r.Module, Act: r.Act.ID, Withdraws: r.Withdraws, URL: r.Act.Recipient.URL, MediaType: contentType(r.Act),
		Body: string(r.Body), SHA256: hex.EncodeToString(sum[:]), Digest: r.Digest, Way: r.Signature.Way, State: r.State, Code: string(r.Code)}
	if r.Answer == nil {
		return e
	}
	e.Status, e.Header, e.IsCut = r.Answer.Status, r.Answer.Header, r.Answer.IsCut
	if r.Answer.IsText() {
		e.Text = string(r.Answer.Body)
	} else {
		e.Bytes = r.Answer.Body
	}
	return e
}

// IsText reports whether the body of an answer can be shown as text.
func (a *Answer) IsText() bool {
	return utf8.Valid(a.Body) && !strings.ContainsFunc(string(a.Body), func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' })
}
