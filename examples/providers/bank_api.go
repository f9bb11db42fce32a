package providers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bankPage is how many lines a page holds at most.
const bankPage = 100

// data answers someone who asks for accounts, when session and consent allow.
func (b *Bank) data(w http.ResponseWriter, r *http.Request, fault FaultKind) {
	if fault == SessionExpired {
		b.signOut(r)
	}
	switch {
	case !b.isSignedIn(r):
		sendError(w, http.StatusUnauthorized, "session_expired")
	case fault == Terms:
		sendError(w, http.StatusForbidden, "terms_to_accept")
	case fault == ConsentExpired || !b.hasConsent():
		sendError(w, http.StatusForbidden, "consent_expired")
	case r.URL.Path == "/api/accounts":
		b.listAccounts(w, fault)
	default:
		account, isLines := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/api/accounts/"), "/transactions")
		s, ok := b.statement(account)
		if !ok || !isLines {
			sendError(w, http.StatusNotFound, "not_found")
			return
		}
		b.listLines(w, r, s.lines, fault)
	}
}

type accountReply struct {
	ID       string         `json:"id"`
	IBAN     string         `json:"iban"`
	Type     string         `json:"type"`
	Label    string         `json:"label"`
	Holder   string         `json:"holder"`
	Currency string         `json:"currency"`
	Balances []balanceReply `json:"balances"`
}

type balanceReply struct {
	Type   string `json:"type"` // booked or available
	Amount string `json:"amount"`
	AsOf   string `json:"as_of"`
}

func (b *Bank) listAccounts(w http.ResponseWriter, fault FaultKind) {
	now := b.config.Clock().In(b.life.zone).Format(time.RFC3339)
	all := []accountReply{}
	for _, a := range b.Accounts() {
		booked, available := b.Balances(a.ID)
		all = append(all, accountReply{a.ID, a.IBAN, a.Kind, a.Label, a.Owner, "EUR",
			[]balanceReply{{"booked", booked.String(), now}, {"available", available.String(), now}}})
	}
	if fault == Layout {
		sendJSON(w, http.StatusOK, map[string]any{"version": 2, "data": map[string]any{"items": all}})
		return
	}
	sendJSON(w, http.StatusOK, map[string]any{"accounts": all})
}

// A lineReply is a line. What the bank does not know of it is absent.
type lineReply struct {
	ID        string `json:"id"`
	Status    string `json:"status"` // pending or booked
	Amount    string `json:"amount,omitempty"`
	Currency  string `json:"currency"`
	Label     string `json:"label"`
	Party     string `json:"counterparty,omitempty"`
	Type      string `json:"type"`
	Reference string `json:"reference,omitempty"`
	Made      string `json:"operation_date"`
	Booked    string `json:"booking_date,omitempty"`
	Value     string `json:"value_date,omitempty"`
	Balance   string `json:"balance_after,omitempty"`
}

func (v BankLine) reply() lineReply {
	out := lineReply{ID: v.ID, Status: "pending", Amount: v.Amount.String(), Currency: "EUR", Label: v.Label, Party: v.Party,
		Type: string(v.Kind), Reference: v.Reference, Made: v.Made.Format(time.DateOnly)}
	if !v.Pending {
		out.Status, out.Booked, out.Balance = "booked", v.Booked.Format(time.DateOnly), v.Balance.String()
		out.Value = out.Booked
	}
	return out
}

// listLines answers with a page, newest first, and the cursor of the next one:
// ?limit= bounds the page, ?from= leaves out lines booked before a day.
func (b *Bank) listLines(w http.ResponseWriter, r *http.Request, lines []BankLine, fault FaultKind) {
	q := r.URL.Query()
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit < 1 || limit > bankPage {
		limit = bankPage
	}
	if from, err := time.ParseInLocation(time.DateOnly, q.Get("from"), b.life.zone); err == nil {
		lines = slices.DeleteFunc(slices.Clone(lines), func(v BankLine) bool { return !v.Pending && v.Booked.Before(from) })
	}
	if text := q.Get("cursor"); text != "" {
		at, ok := b.readCursor(text, r.URL.Path)
		if !ok {
			sendError(w, http.StatusBadRequest, "invalid_cursor")
			return
		}
		lines = lines[slices.IndexFunc(append(lines, BankLine{}), func(v BankLine) bool { return v.ID == "" || at.isBefore(v) }):]
	}
	next := ""
	if len(lines) > limit {
		lines = lines[:limit]
		next = b.writeCursor(lines[limit-1], r.URL.Path)
	}
	sendLines(w, lines, next, fault)
}

func sendLines(w http.ResponseWriter, lines []BankLine, next string, fault FaultKind) {
	all := []lineReply{}
	for _, v := range lines {
		all = append(all, v.reply())
	}
	if fault == Layout {
		sendJSON(w, http.StatusOK, map[string]any{"version": 2, "data": map[string]any{"items": all, "more": next != ""}})
		return
	}
	if fault == Partial && len(all) > 0 {
		all[len(all)/2].Amount = ""
	}
	out := map[string]any{"transactions": all}
	if next != "" {
		out["next_cursor"] = next
	}
	sendJSON(w, http.StatusOK, out)
}

// A cursor is the last line of a page. Lines that come or go meanwhile do not
// move the next page.
type cursor struct {
	Path    string    `json:"p"`
	Pending bool      `json:"w"`
	Booked  time.Time `json:"b"`
	Made    time.Time `json:"m"`
	ID      string    `json:"i"`
}

// isBefore reports whether v comes after the cursor's line in the list.
func (c cursor) isBefore(v BankLine) bool {
	if c.Pending != v.Pending {
		return c.Pending
	}
	for _, n := range []int{v.Booked.Compare(c.Booked), v.Made.Compare(c.Made), strings.Compare(v.ID, c.ID)} {
		if n != 0 {
			return n < 0
		}
	}
	return false
}

func (b *Bank) writeCursor(v BankLine, path string) string {
	text, err := json.Marshal(cursor{path, v.Pending, v.Booked, v.Made, v.ID})
	if err != nil {
		panic(http.ErrAbortHandler) // times and texts of our own
	}
	return base64.RawURLEncoding.EncodeToString(append(b.seal(text), text...))
}

// readCursor reads a cursor that this bank wrote for path.
func (b *Bank) readCursor(text, path string) (cursor, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) < sealSize || !hmac.Equal(raw[:sealSize], b.seal(raw[sealSize:])) {
		return cursor{}, false
	}
	var c cursor
	err = json.Unmarshal(raw[sealSize:], &c)
	return c, err == nil && c.Path == path
}

// sealSize is how many bytes prove that a cursor is the bank's own.
const sealSize = 8

func (b *Bank) seal(text []byte) []byte {
	key := binary.BigEndian.AppendUint64([]byte("cursor"), b.config.Seed)
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(nil)[:sealSize]
}
