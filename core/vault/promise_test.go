package vault_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/core/vault/formattest"
	"github.com/domicile-home/domicile/sdk/record"
)

// TestObserver_sees_pages_and_size_classes_only fills two vaults with records
// that differ in number, type, size, order and source. Who has no key sees the
// same pieces of the same sizes under the same numbers.
func TestObserver_sees_pages_and_size_classes_only(t *testing.T) {
	t.Parallel()
	profile := func(types []string, order []int, title string, sizes [3]int) (profile []string) {
		v, path := create(t)
		a, b := newSource(t, v), newSource(t, v)
		for i, id := range []core.SourceID{a, b} {
			f := stage(t, v, id, noise(1, sizes[i]))
			inSpace(t, v, id, func(s *vault.Space) error {
				file, err := s.PutFile(f)
				if err != nil {
					return err
				}
				for _, n := range order {
					r := bill(n)
					r.Type, r.Title = record.Type(types[i]), title
					if n%2 == 0 {
						r.Files = []core.FileRef{{File: file}}
					}
					if _, _, err := s.PutRecord(r); err != nil {
						return err
					}
				}
				return s.Put('s', []byte(types[i]), noise(1, sizes[2]))
			})
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		withBolt(t, path, func(tx *bolt.Tx) {
			_ = tx.ForEach(func(name []byte, bucket *bolt.Bucket) error {
				return bucket.ForEach(func(k, value []byte) error {
					profile = append(profile, fmt.Sprintf("%s %x %d", name, k, len(value)))
					return nil
				})
			})
		})
		return profile
	}
	x := profile([]string{"secret", "cookie"}, []int{1, 2, 3}, "March", [3]int{70_000, 10, 2100})
	y := profile([]string{"password", "k"}, []int{9, 4, 8, 7, 2}, "A longer title", [3]int{70_100, 256, 2200})
	if !slices.Equal(x, y) {
		t.Errorf("an observer tells them apart:\n%q\n%q", x, y)
	}
	for _, piece := range x {
		var bucket string
		var key, size = "", 0
		if _, err := fmt.Sscan(piece, &bucket, &key, &size); err != nil {
			t.Fatal(err)
		}
		if class := size - 41; bucket == "p" && class != 4015 || bucket == "v" && uint64(class) != formattest.SizeClass(uint64(class)) {
			t.Errorf("a piece of no class: %s", piece)
		}
	}
}

// TestCommit_survives_a_power_cut makes what a disk may hold when the power
// fails in the middle of a commit: some sectors of it and not others, and the
// page that makes it the last one or not. bbolt writes that page after a sync.
func TestCommit_survives_a_power_cut(t *testing.T) {
	t.Parallel()
	v, path := create(t)
	a, b := newSource(t, v), newSource(t, v)
	rng := rand.New(rand.NewPCG(1, 6))
	image := filepath.Join(t.TempDir(), "image.db")
	cuts := 0
	for n := range soak(12, 100) {
		before, was := read(t, path), digestOf(t, v)
		powerStep(t, v, n, a, b)
		after, is := read(t, path), digestOf(t, v)
		if len(after) > len(before) {
			before = append(before, make([]byte, len(after)-len(before))...)
		}
		for _, kept := range []float64{0, 0.5, 0.9, 1} {
			torn := bytes.Clone(before)
			const sector = 512
			for at := 2 * filePage; at+sector <= len(after); at += sector {
				if rng.Float64() < kept {
					copy(torn[at:at+sector], after[at:])
				}
			}
			holds(t, image, torn, was)
			cuts++
			if kept == 1 {
				copy(torn[:2*filePage], after)
				holds(t, image, torn, is)
			}
		}
	}
	t.Logf("SUMMARY power cut: %d cuts in the middle of commits, each left the state before it, whole", cuts)
}

// powerStep makes one commit.
func powerStep(t *testing.T, v *vault.Vault, n int, a, b core.SourceID) {
	t.Helper()
	inSpace(t, v, []core.SourceID{a, b}[n%2], func(s *vault.Space) error {
		for i := range 1 + n*5 {
			r := bill(i)
			r.Title = fmt.Sprint("commit ", n)
			if _, _, err := s.PutRecord(r); err != nil {
				return err
			}
		}
		return s.Put('L', fmt.Append(nil, n%3), noise(uint64(n), 1+n*900))
	})
}

func digestOf(t *testing.T, v *vault.Vault) string {
	t.Helper()
	digest, err := survey(t, v)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// holds fails unless the file image holds, whole, what digest stands for.
func holds(t *testing.T, path string, image []byte, digest string) {
	t.Helper()
	write(t, path, image)
	if o := inspect(t, path); o.err != nil || o.found > 0 || o.digest != digest {
		t.Fatalf("%s, %d damages, the state is right: %v, %v", o.how, o.found, o.digest == digest, o.err)
	}
}

// TestSweep_retires_headers_that_a_crash_left: whoever has the old password
// must not open a vault whose owner changed it, even if the machine stopped
// between the change and what comes after.
func TestSweep_retires_headers_that_a_crash_left(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(context.Context, *vault.Vault, core.SourceID) error{
		"password": func(ctx context.Context, v *vault.Vault, _ core.SourceID) error { return v.SetPassword(ctx, password) },
		"source":   func(ctx context.Context, v *vault.Vault, id core.SourceID) error { return v.Shred(ctx, id) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			path, o, armed := filepath.Join(t.TempDir(), "vault.db"), cheap, false
			o.Clock = func() time.Time { // a commit asks for the time when nothing holds it up any more
				if armed {
					cancel()
				}
				return time.Now()
			}
			v, _, err := vault.Create(path, "the old password", o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = v.Close() })
			doomed := newSource(t, v)
			old := wrappings(t, path, v)
			retired := old[0] // the password's slot
			if name == "source" {
				retired = old[len(old)-1] // the ring key
			}
			armed = true
			if err := change(ctx, v, doomed); err == nil {
				t.Fatal("nothing cut the change short")
			}
			if err := v.Close(); err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(read(t, path), retired) {
				t.Fatal("nothing of the old header is left: this test shows nothing")
			}
			armed = false
			if v, err = vault.Open(path, o); err != nil {
				t.Fatal(err)
			}
			if err := v.Unlock(t.Context(), vault.Password(map[string]core.Secret{"password": password, "source": "the old password"}[name])); err != nil {
				t.Fatal(err)
			}
			if err := v.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(read(t, path), retired) {
				t.Error("the old header stands in the file after a sweep")
			}
			verifyClean(t, v)
		})
	}
}

// TestOpen_refuses_what_a_later_version_writes as damage, for that is what a
// changed number is until a later version reads it.
func TestOpen_refuses_what_a_later_version_writes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		bucket, key string
		at          int
		open        core.Code
		unlock      core.Code
	}{
		"version":          {"meta", "hdr", 9, core.Damaged, ""},
		"slot's format":    {"meta", "hdr", 27 + 26, "", core.Unauthenticated},
		"ring key's":       {"meta", "hdr", 27 + 2*99, "", core.Damaged},
		"keyring's format": {"meta", "keyring", 0, "", core.Damaged},
		"root's format":    {"root", "root", 0, "", core.Damaged},
	} {
		path, vector := formattest.Unpack(t, vectors, "new")
		withBolt(t, path, func(tx *bolt.Tx) {
			b := tx.Bucket([]byte(tc.bucket))
			piece := bytes.Clone(b.Get([]byte(tc.key)))
			if piece[tc.at] != 1 {
				t.Fatalf("%s: %d at %d", name, piece[tc.at], tc.at)
			}
			piece[tc.at] = 2
			if err := b.Put([]byte(tc.key), piece); err != nil {
				t.Fatal(err)
			}
		})
		v, err := vault.Open(path, cheap)
		code(t, name+", opening", err, tc.open)
		if err != nil {
			continue
		}
		code(t, name+", unlocking", v.Unlock(t.Context(), vault.Password(core.Secret(vector.Password))), tc.unlock)
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, bucket := range []string{"p", "v"} {
		path, vector := formattest.Unpack(t, vectors, "household")
		withBolt(t, path, func(tx *bolt.Tx) {
			b := tx.Bucket([]byte(bucket))
			for id := range binary.BigEndian.Uint64(lastKey(b)) + 1 {
				if sealed := bytes.Clone(b.Get(binary.BigEndian.AppendUint64(nil, id))); sealed != nil {
					sealed[0] = 2
					if err := b.Put(binary.BigEndian.AppendUint64(nil, id), sealed); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
		v, err := vault.Open(path, cheap)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Unlock(t.Context(), vault.Password(core.Secret(vector.Password))); err != nil {
			t.Fatal(err)
		}
		_, err = survey(t, v)
		code(t, "format of what is in "+bucket, err, core.Damaged)
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func lastKey(b *bolt.Bucket) []byte {
	k, _ := b.Cursor().Last()
	return k
}
