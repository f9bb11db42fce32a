package vault_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// A damager makes a damaged copy at path.
type damager struct {
	name   string
	always bool // it must be reported, wherever it hits
	do     func(t *testing.T, rng *rand.Rand, im images, path string)
}

const filePage = 4096

// raw makes a damager of a function that changes a file's bytes.
func raw(f func(rng *rand.Rand, im images, b []byte) []byte) func(*testing.T, *rand.Rand, images, string) {
	return func(t *testing.T, rng *rand.Rand, im images, path string) {
		write(t, path, f(rng, im, bytes.Clone(im.now)))
	}
}

// inside makes a damager of a function that changes the file's own pieces, as
// somebody would who knows the format but not the keys.
func inside(f func(t *testing.T, rng *rand.Rand, im images, tx *bolt.Tx)) func(*testing.T, *rand.Rand, images, string) {
	return func(t *testing.T, rng *rand.Rand, im images, path string) {
		write(t, path, im.now)
		withBolt(t, path, func(tx *bolt.Tx) { f(t, rng, im, tx) })
	}
}

func withBolt(t *testing.T, path string, f func(*bolt.Tx)) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		f(tx)
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func randomPage(rng *rand.Rand, b []byte) []byte {
	at := rng.IntN(len(b)/filePage) * filePage
	return b[at : at+filePage]
}

var damages = []damager{
	{"bit flip", false, raw(func(rng *rand.Rand, _ images, b []byte) []byte {
		b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		return b
	})},
	{"bit flip in a page's head", false, raw(func(rng *rand.Rand, _ images, b []byte) []byte {
		randomPage(rng, b)[rng.IntN(96)] ^= 1 << rng.IntN(8)
		return b
	})},
	{"garbage page", false, raw(func(rng *rand.Rand, _ images, b []byte) []byte {
		copy(randomPage(rng, b), noise(rng.Uint64(), filePage))
		return b
	})},
	{"zero page", false, raw(func(rng *rand.Rand, _ images, b []byte) []byte {
		clear(randomPage(rng, b))
		return b
	})},
	{"head of the file", true, raw(func(rng *rand.Rand, _ images, b []byte) []byte {
		b[rng.IntN(2)*filePage+16+rng.IntN(64)] ^= 1 << rng.IntN(8)
		return b
	})},
	{"header", true, raw(func(rng *rand.Rand, _ images, b []byte) []byte {
		at := bytes.Index(b, []byte("DOMICILE"))
		for { // every copy but those in free pages
			b[at+rng.IntN(300)] ^= 1 << rng.IntN(8)
			next := bytes.Index(b[at+300:], []byte("DOMICILE"))
			if next < 0 {
				return b
			}
			at += 300 + next
		}
	})},
	{"truncation", false, raw(func(rng *rand.Rand, _ images, b []byte) []byte { return b[:rng.IntN(len(b))] })},
	{"two pages exchanged", false, raw(func(rng *rand.Rand, _ images, b []byte) []byte {
		x, y := randomPage(rng, b), randomPage(rng, b)
		for i := range x {
			x[i], y[i] = y[i], x[i]
		}
		return b
	})},
	{"page of an older file", false, raw(func(rng *rand.Rand, im images, b []byte) []byte {
		at := rng.IntN(min(len(b), len(im.old))/filePage) * filePage
		copy(b[at:at+filePage], im.old[at:])
		return b
	})},
	{"page of a forked file", false, raw(func(rng *rand.Rand, im images, b []byte) []byte {
		at := rng.IntN(min(len(b), len(im.fork))/filePage) * filePage
		copy(b[at:at+filePage], im.fork[at:])
		return b
	})},
	{"older last commit", true, raw(func(rng *rand.Rand, im images, b []byte) []byte {
		newer := 0
		if txid(b[filePage:]) > txid(b) {
			newer = filePage
		}
		copy(b[newer:newer+filePage], im.old[newer:])
		return b
	})},
	{"removed page", true, inside(func(t *testing.T, rng *rand.Rand, _ images, tx *bolt.Tx) {
		bucket := tx.Bucket([]byte("p"))
		if err := bucket.Delete(randomKey(rng, bucket)); err != nil {
			t.Fatal(err)
		}
	})},
	{"removed value or chunk", true, inside(func(t *testing.T, rng *rand.Rand, _ images, tx *bolt.Tx) {
		bucket := tx.Bucket([]byte("v"))
		if err := bucket.Delete(randomKey(rng, bucket)); err != nil {
			t.Fatal(err)
		}
	})},
	{"removed piece", true, inside(func(t *testing.T, rng *rand.Rand, _ images, tx *bolt.Tx) {
		piece := pieces[rng.IntN(len(pieces))]
		if err := tx.Bucket([]byte(piece[0])).Delete([]byte(piece[1])); err != nil {
			t.Fatal(err)
		}
	})},
	{"removed part", true, inside(func(t *testing.T, rng *rand.Rand, _ images, tx *bolt.Tx) {
		if err := tx.DeleteBucket([]byte([]string{"meta", "root", "p", "v"}[rng.IntN(4)])); err != nil {
			t.Fatal(err)
		}
	})},
	{"piece of an older file", true, replayPiece(func(im images) []byte { return im.old }, "root")},
	{"piece of a forked file", true, replayPiece(func(im images) []byte { return im.fork }, "root")},
	{"sealed page of an older file", true, replayPage(func(im images) []byte { return im.old })},
	{"sealed page of a forked file", true, replayPage(func(im images) []byte { return im.fork })},
	{"page in another's place", true, inside(func(t *testing.T, rng *rand.Rand, _ images, tx *bolt.Tx) {
		bucket := tx.Bucket([]byte("p"))
		x, y := randomKey(rng, bucket), randomKey(rng, bucket)
		for bytes.Equal(x, y) {
			y = randomKey(rng, bucket)
		}
		if err := bucket.Put(x, bytes.Clone(bucket.Get(y))); err != nil {
			t.Fatal(err)
		}
	})},
	{"chunk in another's place", true, inside(func(t *testing.T, rng *rand.Rand, _ images, tx *bolt.Tx) {
		bucket := tx.Bucket([]byte("v"))
		x, y := randomKey(rng, bucket), randomKey(rng, bucket)
		for bytes.Equal(x, y) {
			y = randomKey(rng, bucket)
		}
		if err := bucket.Put(x, bytes.Clone(bucket.Get(y))); err != nil {
			t.Fatal(err)
		}
	})},
	{"branches in a circle", true, raw(func(_ *rand.Rand, _ images, b []byte) []byte {
		for at := 2 * filePage; at < len(b); at += filePage {
			id := binary.NativeEndian.Uint64(b[at:])
			if id != uint64(at/filePage) || binary.NativeEndian.Uint16(b[at+8:]) != 1 {
				continue
			}
			for i := range int(binary.NativeEndian.Uint16(b[at+10:])) { // all lead back
				binary.NativeEndian.PutUint64(b[at+16+16*i+8:], id)
			}
		}
		return b
	})},
	{"lowered cost of the password", true, inside(func(t *testing.T, _ *rand.Rand, _ images, tx *bolt.Tx) {
		meta := tx.Bucket([]byte("meta"))
		hdr := bytes.Clone(meta.Get([]byte("hdr")))
		binary.BigEndian.PutUint32(hdr[27+1+4:], 8)
		if err := meta.Put([]byte("hdr"), hdr); err != nil {
			t.Fatal(err)
		}
	})},
}

var pieces = [][2]string{{"meta", "hdr"}, {"meta", "keyring"}, {"root", "root"}}

func txid(page []byte) uint64 { return binary.NativeEndian.Uint64(page[16+48:]) }

// randomKey returns one of a bucket's keys.
func randomKey(rng *rand.Rand, bucket *bolt.Bucket) (key []byte) {
	n, seen := rng.IntN(bucket.Stats().KeyN), 0
	_ = bucket.ForEach(func(k, _ []byte) error {
		if seen == n {
			key = bytes.Clone(k)
		}
		seen++
		return nil
	})
	return key
}

// contentOf returns what a file image holds in a bucket.
func contentOf(t *testing.T, image []byte, bucket string) map[string][]byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image.db")
	write(t, path, image)
	all := make(map[string][]byte)
	withBolt(t, path, func(tx *bolt.Tx) {
		_ = tx.Bucket([]byte(bucket)).ForEach(func(k, v []byte) error {
			all[string(k)] = bytes.Clone(v)
			return nil
		})
	})
	return all
}

// replayPiece puts a piece of another state of the same vault in its place.
func replayPiece(from func(images) []byte, bucket string) func(*testing.T, *rand.Rand, images, string) {
	return inside(func(t *testing.T, _ *rand.Rand, im images, tx *bolt.Tx) {
		for k, v := range contentOf(t, from(im), bucket) {
			if err := tx.Bucket([]byte(bucket)).Put([]byte(k), v); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// replayPage puts one sealed page of another state in the place it had there.
func replayPage(from func(images) []byte) func(*testing.T, *rand.Rand, images, string) {
	return inside(func(t *testing.T, rng *rand.Rand, im images, tx *bolt.Tx) {
		bucket := tx.Bucket([]byte("p"))
		var changed []string
		other := contentOf(t, from(im), "p")
		for k, v := range other {
			if now := bucket.Get([]byte(k)); now != nil && !bytes.Equal(now, v) {
				changed = append(changed, k)
			}
		}
		key := changed[rng.IntN(len(changed))]
		if err := bucket.Put([]byte(key), other[key]); err != nil {
			t.Fatal(err)
		}
	})
}
