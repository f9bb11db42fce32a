package vault_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// images are three states of one vault's file: the one under test, one from
// some commits before, and one that went on from there differently.
type images struct {
	now, old, fork []byte
	digest         string // of all that now holds
}

func makeImages(t *testing.T) images {
	t.Helper()
	v, path := create(t)
	a, _ := household(t, v)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	var im images
	im.old = read(t, path)
	goOn := func(word string) []byte {
		v := open(t, path)
		for i := range 3 {
			inSpace(t, v, a, func(s *vault.Space) error {
				for n := range 40 {
					r := bill(7 * n)
					r.Title = fmt.Sprint(word, i, n)
					if _, _, err := s.PutRecord(r); err != nil {
						return err
					}
				}
				return s.Put('L', []byte(word), bytes.Repeat([]byte(word), 2000))
			})
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		return read(t, path)
	}
	im.fork = goOn("fork")
	write(t, path, im.old)
	im.now = goOn("now")
	v = open(t, path)
	digest, err := survey(t, v)
	if err != nil {
		t.Fatal(err)
	}
	im.digest = digest
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	return im
}

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// survey reads all that a vault holds in every way there is, and returns a
// digest of it or the first error.
func survey(t *testing.T, v *vault.Vault) (string, error) {
	sum := sha256.New()
	err := v.View(t.Context(), func(tx *vault.Tx) error {
		for e, err := range tx.Changes(0) {
			if err != nil {
				return err
			}
			fmt.Fprintln(sum, e)
		}
		for r, err := range tx.Timeline(vault.TimelineQuery{}) {
			if err != nil {
				return err
			}
			fmt.Fprintln(sum, r)
		}
		for r, err := range tx.Timeline(vault.TimelineQuery{Types: []record.Type{"bill"}, Oldest: true}) {
			if err != nil {
				return err
			}
			fmt.Fprintln(sum, r.Ref)
		}
		for n, err := range tx.Counts() {
			if err != nil {
				return err
			}
			fmt.Fprintln(sum, n)
		}
		for _, id := range tx.Spaces() {
			s, err := tx.Space(id)
			if err != nil {
				return err
			}
			if err := surveySpace(sum, s); err != nil {
				return err
			}
		}
		return nil
	})
	return fmt.Sprintf("%x", sum.Sum(nil)), err
}

func surveySpace(sum hash.Hash, s *vault.Space) error {
	for r, err := range s.Records(0) {
		if err != nil {
			return err
		}
		if _, err := s.RecordByID(r.Type, r.ID); err != nil {
			return err
		}
		revisions, err := s.Revisions(r.Ref.Seq)
		if err != nil {
			return err
		}
		fmt.Fprintln(sum, revisions)
	}
	for e, err := range s.Scan('L', vault.Range{}) {
		if err != nil {
			return err
		}
		fmt.Fprintln(sum, e)
	}
	for run := range core.RunID(5) {
		for seq, err := range s.RunRecords(run) {
			if err != nil {
				return err
			}
			fmt.Fprintln(sum, run, seq)
		}
	}
	for i := range 7 {
		seqs, err := s.CompositeSeqs(fmt.Appendf(nil, "day-%d", i))
		if err != nil {
			return err
		}
		fmt.Fprintln(sum, seqs)
	}
	for info, err := range s.Files(0) {
		if err != nil {
			return err
		}
		fmt.Fprintln(sum, info)
		f, err := s.OpenFile(info.ID)
		if err != nil {
			return err
		}
		if _, err := io.Copy(sum, f); err != nil {
			return err
		}
	}
	return nil
}

// inspect opens a damaged file and reads everything. It returns what it found,
// or the error that reported the damage, and how many damages Verify found.
func inspect(t *testing.T, path string) (string, int, error) {
	t.Helper()
	v, err := vault.Open(path, cheap)
	if err != nil {
		return "", 1, err
	}
	defer func() {
		if err := v.Close(); err != nil {
			t.Logf("close: %v", err)
		}
	}()
	if err := v.Unlock(t.Context(), vault.Password(password)); err != nil {
		return "", 1, err
	}
	digest, err := survey(t, v)
	stats, verr := v.Verify(t.Context(), func(vault.Damage) {})
	return digest, stats.Damages, errors.Join(err, verr)
}

// TestDamage_is_reported damages copies of a file in every way we could think
// of. Each copy either gives all its data or reports damage (or a wrong
// password, where the password's slot was hit): never less data, never a crash.
func TestDamage_is_reported(t *testing.T) {
	t.Parallel()
	im := makeImages(t)
	dir := t.TempDir()
	copies := soak(66, 550)
	reported := make(map[string]int)
	for i := range copies {
		name := damages[i%len(damages)].name
		rng := rand.New(rand.NewPCG(uint64(i), 4))
		path := filepath.Join(dir, "damaged.db")
		damages[i%len(damages)].do(t, rng, im, path)
		digest, damages, err := inspect(t, path)
		if damages > 0 {
			reported[name]++
		}
		switch c := core.CodeOf(err); {
		case err == nil && digest == im.digest:
		case err == nil:
			t.Errorf("copy %d, %s: silently less data", i, name)
		case c == core.Damaged || c == core.Unauthenticated:
			if damages == 0 {
				t.Errorf("copy %d, %s: verify finds nothing where reading says %v", i, name, err)
			}
		default:
			t.Errorf("copy %d, %s: reported as %q: %v", i, name, c, err)
		}
		if t.Failed() {
			break
		}
	}
	for _, d := range damages {
		if d.always && reported[d.name] < copies/len(damages) {
			t.Errorf("%s: reported %d times only", d.name, reported[d.name])
		}
	}
	t.Logf("%d copies, reported: %v", copies, reported)
}

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

// TestDamage_header_shows_through_another_slot: with the password's slot
// changed the password is wrong; the recovery key then says it is damage.
func TestDamage_header_shows_through_another_slot(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.db")
	v, recovery, err := vault.Create(path, password, cheap)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	content := read(t, path)
	at := bytes.Index(content, []byte("DOMICILE")) + 27
	content[at+40] ^= 1
	write(t, path, content)
	if v, err = vault.Open(path, cheap); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	code(t, "the changed slot", v.Unlock(t.Context(), vault.Password(password)), core.Unauthenticated)
	code(t, "another slot", v.Unlock(t.Context(), vault.Recovery(recovery)), core.Damaged)
}

// TestOpen_can_go_back_one_commit when the record of the last one is lost.
func TestOpen_can_go_back_one_commit(t *testing.T) {
	t.Parallel()
	v, path := create(t)
	for _, value := range []string{"one", "two"} {
		inSpace(t, v, core.Own, func(s *vault.Space) error { return s.Put('a', []byte("k"), []byte(value)) })
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	content := read(t, path)
	newer := 0
	if txid(content[filePage:]) > txid(content) {
		newer = filePage
	}
	clear(content[newer : newer+filePage])
	write(t, path, content)
	_, err := vault.Open(path, cheap)
	code(t, "without being told", err, core.Damaged)
	o := cheap
	o.PreviousCommit = true
	if v, err = vault.Open(path, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	if err := v.Unlock(t.Context(), vault.Password(password)); err != nil {
		t.Fatal(err)
	}
	lookInto(t, v, core.Own, func(s *vault.Space) error {
		got, err := s.Get('a', []byte("k"))
		if string(got) != "one" {
			t.Errorf("got %q", got)
		}
		return err
	})
	inSpace(t, v, core.Own, func(s *vault.Space) error { return s.Put('a', []byte("k"), []byte("three")) })
	verifyClean(t, reopen(t, v, path))
}

// TestDamage_under_an_open_vault cuts the file while it is mapped.
func TestDamage_under_an_open_vault(t *testing.T) {
	t.Parallel()
	v, path := create(t)
	household(t, v)
	v = reopen(t, v, path)
	if err := os.Truncate(path, 64<<10); err != nil {
		t.Fatal(err)
	}
	if _, err := survey(t, v); core.CodeOf(err) != core.Damaged {
		t.Errorf("reading: %v", err)
	}
	err := v.Update(t.Context(), func(tx *vault.Tx) error {
		s, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		return s.Put('a', []byte("k"), nil)
	})
	code(t, "writing", err, core.Damaged)
	if err := v.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	_, err = vault.Open(path, cheap)
	code(t, "opening again", err, core.Damaged)
}
