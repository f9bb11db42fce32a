package vault

import (
	"crypto/cipher"
	"crypto/rand"
	"maps"
	"sync"

	"github.com/domicile-home/domicile/core"
)

// A session is the vault unlocked: its keys and what was decrypted with them.
// It ends at Lock.
type session struct {
	id    [8]byte // random: tells this session's staged files from older ones
	vault vaultID
	mem   *keyMemory
	cache *pageCache
	done  chan struct{} // closed when Lock begins

	master []byte // the VMK
	header []byte
	head   []byte
	krk    []byte
	root   cipher.AEAD

	mu      sync.Mutex
	ring    keyring // of the last commit
	dead    []deadKey
	spaces  map[core.SourceID]*spaceKeys
	sealers []*Sealer
	origins map[originKey]core.Provenance
}

// spaceKeys are the working keys of one space.
type spaceKeys struct {
	page     cipher.AEAD
	value    cipher.AEAD
	sameFile []byte
}

func newSession(v *Vault, master []byte) *session {
	s := &session{
		mem: &v.memory, cache: newPageCache(v.o.CacheBytes), done: make(chan struct{}),
		spaces: make(map[core.SourceID]*spaceKeys), origins: make(map[originKey]core.Provenance),
	}
	rand.Read(s.id[:])
	s.master = s.mem.keep(master)
	s.header = s.derived(master, forHeader)
	s.head = s.derived(master, forHead)
	s.root = s.aead(master, forRoot)
	return s
}

func (s *session) derived(secret []byte, p purpose) []byte {
	k := s.mem.key(keySize)
	derive(k, secret, nil, p)
	return k
}

func (s *session) aead(secret []byte, p purpose) cipher.AEAD {
	var k [keySize]byte
	derive(k[:], secret, nil, p)
	defer clear(k[:])
	return newAEAD(k[:])
}

// wrapper returns the cipher that wraps the keyring's key.
func (s *session) wrapper() cipher.AEAD { return s.aead(s.master, forWrap) }

// keysOf returns the working keys of a space whose key is known.
func (s *session) keysOf(id core.SourceID, key []byte) *spaceKeys {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.spaces[id]; k != nil {
		return k
	}
	k := &spaceKeys{page: s.aead(key, forPage), value: s.aead(key, forValue), sameFile: s.derived(key, forSameFile)}
	s.spaces[id] = k
	return k
}

// keyring returns the keyring of the last commit; it is never changed.
func (s *session) keyring() keyring {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ring
}

// addKeys adds the keys that ring has beyond those of the last commit.
func (s *session) addKeys(ring keyring) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := maps.Clone(ring)
	maps.Copy(all, s.ring)
	s.ring = all
}

// setKeyring makes ring current. The keys that are not in it wait for reap,
// for a view that began before may still read with them.
func (s *session) setKeyring(ring keyring) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, k := range s.ring {
		if now, ok := ring[id]; !ok || &now.key[0] != &k.key[0] {
			s.dead = append(s.dead, deadKey{id, k.key})
		}
	}
	if old, ok := s.ring[cacheRing]; ok && &old.key[0] != &ring[cacheRing].key[0] {
		s.endSealers()
	}
	s.ring = ring
}

func (s *session) endSealers() {
	for _, sealer := range s.sealers {
		sealer.end()
	}
	s.sealers = nil
}

// A deadKey is the key of a space that was dropped.
type deadKey struct {
	space core.SourceID
	key   []byte
}

// reap zeroes the keys of dropped spaces. No transaction may be at work.
func (s *session) reap() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.dead {
		clear(d.key)
		s.forget(d.space)
	}
	s.dead = nil
}

func (s *session) forget(id core.SourceID) {
	if k := s.spaces[id]; k != nil {
		clear(k.sameFile)
		zeroAEAD(k.page)
		zeroAEAD(k.value)
		delete(s.spaces, id)
	}
	for k := range s.origins {
		if k.space == id {
			delete(s.origins, k)
		}
	}
}

// end zeroes the keys and drops what was decrypted.
func (s *session) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endSealers()
	for id := range s.spaces {
		s.forget(id)
	}
	zeroAEAD(s.root)
	s.mem.wipe()
	s.cache.drop()
	s.ring = nil
}

// isOver reports whether Lock has begun.
func (s *session) isOver() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}
