package auth

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// The life of a session.
const (
	IdleLife    = 12 * time.Hour      // without a request
	WholeLife   = 30 * 24 * time.Hour // whatever happens
	MaxSessions = 64                  // at once; one more ends the least recently used
	saveSeen    = 10 * time.Minute    // how stale the kept time of last use may be
	maxDevice   = 120                 // bytes of a device's name
)

// sessionRows is the keyspace of sessions in the home's own space: hash of the
// token -> Session as JSON.
const sessionRows vault.Keyspace = 'S'

// A Session is one browser or program that signed in.
type Session struct {
	ID      string    `json:"id"`     // names it to the person; proves nothing
	Device  string    `json:"device"` // as it calls itself
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"` // last request
}

// expired reports whether the session has ended by itself at now.
func (s Session) expired(now time.Time) bool {
	return now.Sub(s.Seen) > IdleLife || now.Sub(s.Created) > WholeLife
}

// tokenHash is all that is kept of a token.
type tokenHash = [sha256.Size]byte

// Sessions are the sessions of a home. It is safe for concurrent use. Make one
// with [NewSessions]; call Restore after each unlock and End before each lock.
type Sessions struct {
	vault *vault.Vault
	now   core.Clock
	mu    sync.Mutex // not held during a commit
	live  map[tokenHash]*kept
	ends  int // calls of End
}

type kept struct {
	Session
	saved time.Time // the Seen that the vault holds
}

// NewSessions returns Sessions without any: Restore reads those of before.
func NewSessions(v *vault.Vault, now core.Clock) *Sessions {
	return &Sessions{vault: v, now: now, live: map[tokenHash]*kept{}}
}

// Restore reads the sessions that a stopped home left, once it is unlocked, and
// removes those that have ended. It returns locked or damaged.
func (s *Sessions) Restore(ctx context.Context) error {
	live, now := map[tokenHash]*kept{}, s.now()
	err := s.vault.Update(ctx, func(t *vault.Tx) error {
		own, err := t.Space(core.Own)
		if err != nil {
			return err
		}
		for row, err := range own.Scan(sessionRows, vault.Range{}) {
			if err != nil {
				return err
			}
			var old kept
			if err := json.Unmarshal(row.Value, &old.Session); err != nil || len(row.Key) != sha256.Size {
				return core.E(core.Damaged, "read sessions", fmt.Errorf("row: %w", err))
			}
			if old.saved = old.Seen; !old.expired(now) {
				live[tokenHash(row.Key)] = &old
			} else if err := own.Delete(sessionRows, row.Key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = live
	return nil
}

// Open starts a session and returns its token, which is nowhere else. Device is
// what the browser calls itself. It returns locked.
func (s *Sessions) Open(ctx context.Context, device string) (core.Secret, Session, error) {
	token, now := newToken(), s.now()
	var id [8]byte
	rand.Read(id[:])
	session := Session{ID: hex.EncodeToString(id[:]), Device: deviceName(device), Created: now, Seen: now}
	s.mu.Lock()
	ends := s.ends
	dead := s.dropLocked(func(old *kept) bool { return old.expired(now) })
	if len(s.live) >= MaxSessions {
		oldest := slices.MinFunc(s.listLocked(), func(a, b Session) int { return a.Seen.Compare(b.Seen) })
		dead = append(dead, s.dropLocked(func(old *kept) bool { return old.ID == oldest.ID })...)
	}
	s.mu.Unlock()
	row := sessionRow{hashToken(token), session, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.ends == ends }}
	if err := s.save(ctx, dead, &row); err != nil {
		return "", Session{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ends != ends {
		return "", Session{}, core.E(core.Locked, "open session", nil)
	}
	s.live[row.hash] = &kept{session, now}
	return token, session, nil
}

// Check returns the session that token proves, and notes that it was used. It
// returns unauthenticated, or locked.
func (s *Sessions) Check(ctx context.Context, token core.Secret) (Session, error) {
	if s.vault.IsLocked() {
		return Session{}, core.E(core.Locked, "check session", nil)
	}
	hash, now := hashToken(token), s.now()
	s.mu.Lock()
	old, ok := s.live[hash] // a hash of 256 random bits: its lookup's time tells nothing
	if !ok || old.expired(now) {
		s.mu.Unlock()
		return Session{}, core.E(core.Unauthenticated, "check session", errors.New("no such session, or it has ended"))
	}
	if now.After(old.Seen) {
		old.Seen = now
	}
	session, stale := old.Session, now.Sub(old.saved) >= saveSeen
	if stale {
		old.saved = now
	}
	s.mu.Unlock()
	if stale {
		// A use that cannot be noted, on a full disk say, is no reason to
		// refuse the person: after a restart the session just ends sooner.
		_ = s.save(ctx, nil, &sessionRow{hash, session, func() bool { return s.isKept(hash) }})
	}
	return session, nil
}

// IsLive reports whether the session of that id goes on, without counting as a
// use of it.
func (s *Sessions) IsLive(id string) bool {
	return slices.ContainsFunc(s.List(), func(one Session) bool { return one.ID == id })
}

// List returns the live sessions, the last used first.
func (s *Sessions) List() []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	list := slices.DeleteFunc(s.listLocked(), func(a Session) bool { return a.expired(now) })
	slices.SortFunc(list, func(a, b Session) int { return cmp.Or(b.Seen.Compare(a.Seen), strings.Compare(a.ID, b.ID)) })
	return list
}

func (s *Sessions) listLocked() []Session {
	var list []Session
	for _, old := range s.live {
		list = append(list, old.Session)
	}
	return list
}

// Revoke ends the session of that id at once. It returns not_found, or the
// vault's error: it has then ended here but would come back after a restart.
func (s *Sessions) Revoke(ctx context.Context, id string) error {
	dead := s.drop(func(old *kept) bool { return old.ID == id })
	if len(dead) == 0 {
		return core.E(core.NotFound, "revoke session", nil)
	}
	return s.save(ctx, dead, nil)
}

// RevokeOthers ends every session but the one of that id, as after a change of
// password. Its errors are those of Revoke.
func (s *Sessions) RevokeOthers(ctx context.Context, id string) error {
	return s.save(ctx, s.drop(func(old *kept) bool { return old.ID != id }), nil)
}

// End ends every session: the home is about to be locked. In memory they end
// whatever happens; the vault's error means that some would come back.
func (s *Sessions) End(ctx context.Context) error {
	s.mu.Lock()
	s.ends++
	dead := s.dropLocked(func(*kept) bool { return true })
	s.mu.Unlock()
	return s.save(ctx, dead, nil)
}

func (s *Sessions) drop(match func(*kept) bool) []tokenHash {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropLocked(match)
}

func (s *Sessions) dropLocked(match func(*kept) bool) (dead []tokenHash) {
	for hash, old := range s.live {
		if match(old) {
			delete(s.live, hash)
			dead = append(dead, hash)
		}
	}
	return dead
}

// A sessionRow is to be written, unless wanted says otherwise by then.
type sessionRow struct {
	hash    tokenHash
	session Session
	wanted  func() bool
}

// save deletes rows and writes one, unless nil, in one commit.
func (s *Sessions) save(ctx context.Context, dead []tokenHash, row *sessionRow) error {
	if len(dead) == 0 && row == nil {
		return nil
	}
	return s.vault.Update(ctx, func(t *vault.Tx) error {
		own, err := t.Space(core.Own)
		if err != nil {
			return err
		}
		for _, hash := range dead {
			if err := own.Delete(sessionRows, hash[:]); err != nil {
				return err
			}
		}
		if row == nil || !row.wanted() {
			return nil
		}
		value, err := json.Marshal(row.session)
		if err != nil {
			return err
		}
		return own.Put(sessionRows, row.hash[:], value)
	})
}

func (s *Sessions) isKept(hash tokenHash) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.live[hash]
	return ok
}

// deviceName bounds foreign text and makes it one line.
func deviceName(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if len(s) > maxDevice {
		s = strings.ToValidUTF8(s[:maxDevice], "")
	}
	return strings.TrimSpace(s)
}
