package ingest

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/sdk/record"
)

// A bankLine is what de-duplication looks at in a transaction.
type bankLine struct {
	account  string
	amount   string // without trailing zeros: "12.3"
	currency string
	label    string // as sent
	party    string
	day      record.Time // to the day or coarser; zero when the line has no date at all
	pending  bool
}

// bankLineOf reads a transaction whose data follow the schema. The day is that
// of booking, else of the record, else of value.
func bankLineOf(at record.Time, data map[string]any) bankLine {
	text := func(name string) string { s, _ := data[name].(string); return s }
	return bankLine{
		account: text("bank_account"), amount: reduce(record.Money(text("amount"))), currency: text("currency"),
		label: text("label"), party: text("counterparty"), day: firstDay(parseTime(text("booked")), at, parseTime(text("value_date"))),
		pending: text("state") == "pending",
	}
}

func parseTime(s string) record.Time {
	t, _ := record.ParseTime(s) // the zero Time for none
	return t
}

// firstDay returns the first time that there is, cut to its civil day.
func firstDay(times ...record.Time) record.Time {
	for _, t := range times {
		if t.Precision() > record.Day {
			return record.Date(t.Civil())
		}
		if !t.IsZero() {
			return t
		}
	}
	return record.Time{}
}

// reduce returns m without the zeros that end its decimals, so that "12.30"
// and "12.3" compare equal; text that is no amount stays as it is.
func reduce(m record.Money) string {
	coefficient, scale, err := m.Parts()
	if err != nil {
		return string(m)
	}
	for scale > 0 && coefficient%10 == 0 {
		coefficient, scale = coefficient/10, scale-1
	}
	return strconv.FormatInt(coefficient, 10) + "e-" + strconv.Itoa(scale)
}

// A compositeKey stands for a transaction that its provider gave no id:
// account, day, amount with its currency, and the label without case, accents,
// punctuation and white space. Equal keys are counted, not merged.
type compositeKey [16]byte

func (l bankLine) composite() compositeKey {
	return hashOf("composite", l.account, l.day.String(), l.amount, l.currency, twin.Fold(l.label))
}

// slot names the pending lines that a booked one could be: same account, same
// amount.
func (l bankLine) slot() compositeKey {
	return hashOf("pending", l.account, l.amount, l.currency)
}

// hashOf returns the first bytes of the SHA-256 of parts, each with its length.
func hashOf(parts ...string) compositeKey {
	h := sha256.New()
	for _, part := range parts {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		h.Write([]byte(part))
	}
	return compositeKey(h.Sum(nil)[:16])
}

// text is the key in the ids that the home gives.
func (k compositeKey) text() string {
	return strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(k[:]))
}

// Days between the day a line shows as pending and the day it is booked.
const (
	bookedEarlier = 1 // time zones and value dates
	bookedLater   = 10
)

// mayBecome reports whether booked can be what became of the pending line l,
// and how far apart they are: same account, amount and currency, booked within
// ten days, and a similar label.
func (l bankLine) mayBecome(booked bankLine) (days int, ok bool) {
	if !l.pending || booked.pending || l.slot() != booked.slot() {
		return 0, false
	}
	if l.day.Precision() < record.Day || booked.day.Precision() < record.Day {
		return 0, false
	}
	days = int(booked.day.Instant(time.UTC).Sub(l.day.Instant(time.UTC)).Hours()) / 24
	if days < -bookedEarlier || days > bookedLater {
		return 0, false
	}
	return max(days, -days), twin.Alike(l.label+" "+l.party, booked.label+" "+booked.party)
}
