package auth

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A Scope is one thing that a token may do.
type Scope string

// The scopes.
const (
	RecordsRead Scope = "records:read"
	FilesRead   Scope = "files:read"
	SourcesRead Scope = "sources:read"
	SourcesRun  Scope = "sources:run"
	ImportWrite Scope = "import:write"
)

// Scopes returns every scope.
func Scopes() []Scope { return []Scope{RecordsRead, FilesRead, SourcesRead, SourcesRun, ImportWrite} }

// Bounds of tokens.
const (
	MaxTokens    = 64
	MaxTokenLife = 366 * 24 * time.Hour
	MaxTokenName = 60 // bytes
	maxSecret    = 128
)

// tokenPrefix begins every token, so that a token that lies about can be told
// from other text.
const tokenPrefix = "domicile_"

// tokenRows is the keyspace of tokens in the home's own space: SHA-256 of the
// secret -> Token as JSON.
const tokenRows vault.Keyspace = 'A'

// A Token lets a program that the person trusts use the API. Only the hash of
// its secret is kept.
type Token struct {
	ID      string    `json:"id"` // names it; proves nothing
	Name    string    `json:"name"`
	Scopes  []Scope   `json:"scopes"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Seen    time.Time `json:"seen,omitzero"` // last use, to saveSeen
}

// May reports whether the token has every one of scopes.
func (t Token) May(scopes ...Scope) bool {
	return !slices.ContainsFunc(scopes, func(s Scope) bool { return !slices.Contains(t.Scopes, s) })
}

// A NewToken is what the person fills in to make a token.
type NewToken struct {
	Name   string
	Scopes []Scope
	Life   time.Duration
}

// Tokens are the API tokens of a home. It is safe for concurrent use and keeps
// nothing in memory. Make one with [NewTokens].
type Tokens struct {
	vault *vault.Vault
	now   core.Clock
}

// NewTokens returns the tokens kept in a vault.
func NewTokens(v *vault.Vault, now core.Clock) *Tokens { return &Tokens{v, now} }

// A Beside writes something in the transaction that changes a token.
type Beside func(*vault.Tx, Token) error

// Make makes a token and returns its secret, which is nowhere else. It returns
// invalid, with Args["field"]: name, scopes or life; limit when there are too
// many; locked; and beside's error.
func (s *Tokens) Make(ctx context.Context, n NewToken, beside Beside) (secret core.Secret, t Token, err error) {
	if t, err = s.draft(n); err != nil {
		return "", t, err
	}
	secret = tokenPrefix + newToken()
	hash := hashToken(secret)
	err = s.vault.Update(ctx, func(tx *vault.Tx) error {
		own, all, err := readTokens(tx)
		if err != nil {
			return err
		}
		if len(all) >= MaxTokens {
			return core.E(protocol.Limit, "make token", fmt.Errorf("over %d tokens", MaxTokens))
		}
		if err := putToken(own, hash, t); err != nil {
			return err
		}
		return beside(tx, t)
	})
	if err != nil {
		return "", Token{}, err
	}
	return secret, t, nil
}

func (s *Tokens) draft(n NewToken) (Token, error) {
	wrong := func(field, why string) error {
		return &core.Error{Code: core.Invalid, Op: "make token", Args: map[string]string{"field": field}, Err: errors.New(why)}
	}
	name := deviceName(n.Name)
	switch {
	case name == "" || len(n.Name) > MaxTokenName:
		return Token{}, wrong("name", "a name of 1 to 60 bytes is needed")
	case len(n.Scopes) == 0 || slices.ContainsFunc(n.Scopes, func(one Scope) bool { return !slices.Contains(Scopes(), one) }):
		return Token{}, wrong("scopes", "at least one known scope is needed")
	case n.Life <= 0 || n.Life > MaxTokenLife:
		return Token{}, wrong("life", "a token lives a year at most")
	}
	var id [8]byte
	rand.Read(id[:])
	scopes := slices.DeleteFunc(Scopes(), func(one Scope) bool { return !slices.Contains(n.Scopes, one) })
	now := s.now().UTC()
	return Token{ID: hex.EncodeToString(id[:]), Name: name, Scopes: scopes, Created: now, Expires: now.Add(n.Life)}, nil
}

// HasExpired reports whether a token has ended by itself.
func (s *Tokens) HasExpired(t Token) bool { return !s.now().Before(t.Expires) }

// Check returns the token that secret proves. It returns unauthenticated for
// one that is unknown, revoked or expired, and locked.
func (s *Tokens) Check(ctx context.Context, secret core.Secret) (found Token, err error) {
	no := core.E(core.Unauthenticated, "check token", errors.New("no such token, or it has ended"))
	if len(secret) > maxSecret || !strings.HasPrefix(string(secret), tokenPrefix) {
		return Token{}, no
	}
	hash, known := hashToken(secret), false
	err = s.vault.View(ctx, func(tx *vault.Tx) error {
		_, all, err := readTokens(tx)
		for _, row := range all { // all of them, each in constant time
			if subtle.ConstantTimeCompare(row.hash[:], hash[:]) == 1 {
				found, known = row.Token, true
			}
		}
		return err
	})
	switch {
	case err != nil:
		return Token{}, err
	case !known || s.HasExpired(found):
		return Token{}, no
	}
	return found, nil
}

// Used notes that a token was used, within the caller's transaction. It returns
// unauthenticated when the token was revoked meanwhile.
func (s *Tokens) Used(tx *vault.Tx, id string) error {
	own, all, err := readTokens(tx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(row tokenRow) bool { return row.ID == id })
	if i < 0 {
		return core.E(core.Unauthenticated, "use token", errors.New("it was revoked"))
	}
	row, now := all[i], s.now().UTC()
	if now.Sub(row.Seen) < saveSeen && !row.Seen.IsZero() {
		return nil
	}
	row.Seen = now
	return putToken(own, row.hash, row.Token)
}

// List returns every token, the expired ones too, the latest first.
func (s *Tokens) List(ctx context.Context) (list []Token, err error) {
	err = s.vault.View(ctx, func(tx *vault.Tx) error {
		_, all, err := readTokens(tx)
		for _, row := range all {
			list = append(list, row.Token)
		}
		return err
	})
	slices.SortFunc(list, func(a, b Token) int { return cmp.Or(b.Created.Compare(a.Created), strings.Compare(a.ID, b.ID)) })
	return list, err
}

// Revoke ends a token for good. It returns not_found, locked, and beside's
// error.
func (s *Tokens) Revoke(ctx context.Context, id string, beside Beside) error {
	return s.vault.Update(ctx, func(tx *vault.Tx) error {
		own, all, err := readTokens(tx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(row tokenRow) bool { return row.ID == id })
		if i < 0 {
			return core.E(core.NotFound, "revoke token", nil)
		}
		if err := own.Delete(tokenRows, all[i].hash[:]); err != nil {
			return err
		}
		return beside(tx, all[i].Token)
	})
}

// A tokenRow is a token with the hash of its secret.
type tokenRow struct {
	Token
	hash tokenHash
}

func readTokens(tx *vault.Tx) (own *vault.Space, all []tokenRow, err error) {
	if own, err = tx.Space(core.Own); err != nil {
		return nil, nil, err
	}
	for row, err := range own.Scan(tokenRows, vault.Range{}) {
		if err != nil {
			return own, nil, err
		}
		var t Token
		if err := json.Unmarshal(row.Value, &t); err != nil || len(row.Key) != sha256.Size {
			return own, nil, core.E(core.Damaged, "read tokens", fmt.Errorf("row: %w", err))
		}
		all = append(all, tokenRow{t, tokenHash(row.Key)})
	}
	return own, all, nil
}

func putToken(own *vault.Space, hash tokenHash, t Token) error {
	value, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return own.Put(tokenRows, hash[:], value)
}
