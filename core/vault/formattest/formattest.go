// Package formattest reads a vault by docs/format.md alone. It shares no code
// with core/vault and imports nothing of the home, so that the page, the
// vectors and the code are held against each other. It also serves as an
// example of a second reader.
//
// It is for tests: it holds a vault in memory, reads the whole of it or
// nothing, and refuses all that the page does not allow, be it an index that
// does not follow from the records.
package formattest

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"maps"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
)

// A vault is an open vault, read from the disk.
type vault struct {
	buckets map[string]map[string][]byte
	id      []byte
	next    uint64          // id of the next page or value
	used    map[uint64]bool // ids that something refers to
	twinKey []byte          // core's same-file key
	listed  map[string]bool // core's entries of files over all sources
	twins   map[string]bool // those that the files say
}

// Read returns everything that the vault at path holds, which nobody else may
// have open. It returns what it could not read or does not believe.
func Read(path string, key Key) (c *Content, err error) {
	defer func() {
		if f, ok := recover().(fault); ok {
			c, err = nil, f.error
		}
	}()
	v := &vault{buckets: load(path), used: make(map[uint64]bool), listed: make(map[string]bool), twins: make(map[string]bool)}
	c = new(Content)
	master, ringKey := v.header(c, key)
	sealed := v.buckets["root"]["root"]
	d := &decoder{unseal(derive(master, nil, "root"), sealed, 'r', v.id)}
	check(d.u8() == 1, "root of an unknown format")
	c.Commit, c.Time, v.next, c.Change = d.u64(), int64(d.u64()), d.u64(), d.u64()
	for _, piece := range []string{"hdr", "keyring"} {
		sum := sha256.Sum256(v.buckets["meta"][piece])
		check(bytes.Equal(sum[:], d.take(32)), "the root is of another %s", piece)
	}
	ring := v.keyring(ringKey)
	check(ring[string(make([]byte, 8))] != nil, "no key of the home's own space")
	v.twinKey = derive(ring[string(make([]byte, 8))], nil, "samefile")
	for i := range d.u32() {
		id := d.take(8)
		check(ring[string(id)] != nil && (i > 0 || bytes.Equal(id, make([]byte, 8))), "space %x", id)
		c.Spaces = append(c.Spaces, v.space(id, ring[string(id)], d.u64(), d.u64()))
	}
	d.zeros()
	v.finish()
	tag := sha256.Sum256(sealed)
	proof := mac(derive(master, nil, "head"), v.id, u64(c.Commit), tag[:8])
	c.Head = fmt.Sprintf("%d-%x-%x", c.Commit, tag[:8], proof[:16])
	return c, nil
}

// finish checks what shows only when everything was read.
func (v *vault) finish() {
	check(maps.Equal(v.listed, v.twins), "core's list of files over all sources is not theirs")
	for _, bucket := range []string{"p", "v"} {
		for id := range v.buckets[bucket] {
			n := (&decoder{[]byte(id)}).u64()
			check(v.used[n] && n < v.next, "nothing refers to %s %d", bucket, n)
		}
	}
}

func load(path string) map[string]map[string][]byte {
	db := must(bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true}))
	defer db.Close()
	buckets := make(map[string]map[string][]byte)
	err := db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			all := make(map[string][]byte)
			buckets[string(name)] = all
			return b.ForEach(func(k, value []byte) error {
				all[string(k)] = bytes.Clone(value)
				return nil
			})
		})
	})
	check(err == nil && len(buckets) == 4, "%d buckets, %v", len(buckets), err)
	return buckets
}

// derive is HKDF-SHA-256 with an info of the page.
func derive(secret, salt []byte, name string) []byte {
	return must(hkdf.Key(sha256.New, secret, salt, "domicile vault 1 "+name, 32))
}

func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(slices.Concat(parts...))
	return h.Sum(nil)
}

// unseal opens a sealed form of a kind; aad is what follows the kind.
func unseal(key, sealed []byte, kind byte, aad ...[]byte) []byte {
	check(len(sealed) >= 41 && sealed[0] == 1, "%q of %d bytes is not a sealed form", kind, len(sealed))
	aead := must(chacha20poly1305.NewX(key))
	plain, err := aead.Open(nil, sealed[1:25], sealed[25:], slices.Concat([]byte{1, kind}, slices.Concat(aad...)))
	check(err == nil, "the seal of a %q does not open", kind)
	return plain
}

// header opens key's slot and checks the MAC.
func (v *vault) header(c *Content, key Key) (master, ringKey []byte) {
	hdr := v.buckets["meta"]["hdr"]
	d := &decoder{hdr}
	check(string(d.take(8)) == "DOMICILE", "not a header")
	version := d.u16()
	check(version == 1, "version %d", version)
	v.id = d.take(16)
	c.Vault = v.id
	for range d.u8() {
		head, wrapped := d.take(26), d.take(73)
		f := &decoder{head}
		s := Slot{f.u8(), f.u32(), f.u32(), f.u8()}
		check(len(c.Slots) == 0 || c.Slots[len(c.Slots)-1].Kind < s.Kind, "slots out of order")
		c.Slots = append(c.Slots, s)
		if s.Kind == key.kind {
			master = unseal(key.of(s, f.b), wrapped, 's', v.id, head)
		}
	}
	check(master != nil, "no slot for this key")
	ring := d.take(73)
	check(bytes.Equal(mac(derive(master, nil, "header"), hdr[:len(hdr)-len(d.b)]), d.take(32)), "the header's MAC is wrong")
	d.end()
	return master, unseal(derive(master, nil, "wrap"), ring, 'w', v.id)
}

func (v *vault) keyring(key []byte) map[string][]byte {
	d := &decoder{unseal(key, v.buckets["meta"]["keyring"], 'k', v.id)}
	check(d.u8() == 1, "keyring of an unknown format")
	ring, last := make(map[string][]byte), ""
	for range d.u32() {
		id, kind := string(d.take(8)), d.u8()
		d.u64() // the commit that made the key
		want := map[string]byte{string(make([]byte, 8)): 'o', strings.Repeat("\xff", 8): 'i'}[id]
		check(kind == want || want == 0 && kind == 's', "key %x of kind %q", id, kind)
		check(last == "" || last < id, "keyring out of order")
		ring[id], last = d.take(32), id
	}
	d.zeros()
	return ring
}

// A Key opens the slot of its kind.
type Key struct {
	kind byte
	of   func(s Slot, salt []byte) []byte
}

// Password opens with a password.
func Password(text string) Key {
	return Key{1, func(s Slot, salt []byte) []byte {
		return argon2.IDKey([]byte(text), salt, s.Time, s.Memory, s.Threads, 32)
	}}
}

// Recovery opens with the recovery key as a person may type it.
func Recovery(text string) Key {
	return Key{2, func(_ Slot, salt []byte) []byte { return derive(recoveryKey(text), salt, "slot") }}
}

// KeyFile opens with the content of a key file.
func KeyFile(content []byte) Key {
	return Key{3, func(_ Slot, salt []byte) []byte { return derive(content, salt, "slot") }}
}

func recoveryKey(text string) []byte {
	text = strings.NewReplacer("-", "", "0", "O", "1", "I", "8", "B").Replace(strings.ToUpper(strings.Join(strings.Fields(text), "")))
	b, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	check(err == nil && len(b) == 34, "not a recovery key")
	sum := sha256.Sum256(b[:32])
	check(bytes.Equal(sum[:2], b[32:]), "a slip in the recovery key")
	return b[:32]
}
