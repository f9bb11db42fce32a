package act_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/domicile-home/domicile/core/act"
)

// TestConsent_has_the_fields_of_the_specification reads a receipt as a stranger
// would, by the names of ISO/IEC TS 27560.
func TestConsent_has_the_fields_of_the_specification(t *testing.T) {
	t.Parallel()
	to, d := newRecipient(t), newDesk(t)
	p := appFor(t, to.URL)
	first := d.sign(t, draft(t, p, "accept"))
	to.does(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte{0, 1, 0xff}) })
	back, err := act.PrepareWithdrawal(first, act.ID{})
	if err != nil {
		t.Fatal(err)
	}
	taken := d.sign(t, back)
	text, err := json.Marshal(d.settle(t, first.ID).Consent("fr", []act.Receipt{taken}))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(first.Body)
	for path, want := range map[string]any{
		"schema_version": "ISO/IEC TS 27560:2023", "receipt_id": first.ID.String(), "consent_record.record_id": first.ID.String(), "consent_record.pii_principal_id": first.ID.String(),
		"consent_record.pii_processing.language": "fr", "consent_record.pii_processing.purposes.0.purpose": "To price.", "consent_record.pii_processing.purposes.0.lawful_basis": "consent",
		"consent_record.pii_processing.purposes.0.pii_information.0.pii_type": "Band", "consent_record.pii_processing.purposes.0.pii_information.0.pii_attribute_id": "band",
		"consent_record.pii_processing.purposes.0.pii_information.1.pii_optional": true, "consent_record.pii_processing.purposes.0.retention_period": "P12M",
		"consent_record.pii_processing.purposes.0.withdrawal_method": "POST " + to.URL + "/withdrawals", "consent_record.pii_processing.purposes.0.pii_controllers.0": "recipient",
		"consent_record.pii_processing.privacy_notice": "https://insurer.example/privacy", "consent_record.pii_processing.purposes.0.jurisdiction": "FR",
		"consent_record.pii_processing.purposes.0.storage_locations.1": "IE", "consent_record.pii_processing.purposes.0.recipient_third_parties.0": "third-party-1",
		"consent_record.party_identification.0.party_type": "company", "consent_record.party_identification.0.party_address": "1 rue du Port, Nantes",
		"consent_record.party_identification.0.party_contact": "Call us.", "consent_record.party_identification.1.party_id": "third-party-1",
		"consent_record.party_identification.1.party_name": "A reinsurer", "consent_record.events.0.validity_duration": "P24M",
		"consent_record.party_identification.0.party_name": "Simulated insurer", "consent_record.party_identification.0.party_role": "pii_controller",
		"consent_record.events.0.event_state": "consent given", "consent_record.events.1.event_state": "consent withdrawn", "consent_record.events.0.event_type": "explicit consent",
		"domicile.body": string(first.Body), "domicile.body_sha256": hex.EncodeToString(sum[:]), "domicile.answer_status": 200.0, "domicile.answer_text": `{"reference":"R-1"}`,
	} {
		if at(got, path) != want {
			t.Errorf("%s is %v, want %v", path, at(got, path), want)
		}
	}
	other := taken.Consent("en", nil)
	if p := other.Record.Parties[0]; p.Contact != "Call us." || p.URL != to.URL+"/withdrawals" || other.Record.Processing.Purposes[0].RetentionPeriod != "P12M" {
		t.Errorf("the withdrawal forgets what was promised: %+v", other.Record)
	}
	if other.Record.PrincipalID != first.ID || other.Record.Events[0].State != "consent withdrawn" || string(other.Domicile.Bytes) != "\x00\x01\xff" || other.Domicile.Text != "" {
		t.Errorf("the withdrawal's own: %+v", other)
	}
}

// at walks JSON by names and numbers joined by dots.
func at(v any, path string) any {
	name := ""
	for i := 0; i <= len(path); i++ {
		if i < len(path) && path[i] != '.' {
			name += string(path[i])
			continue
		}
		switch in := v.(type) {
		case map[string]any:
			v = in[name]
		case []any:
			n := int(name[0] - '0')
			if n >= len(in) {
				return nil
			}
			v = in[n]
		}
		name = ""
	}
	return v
}
