package vault_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// noise returns n bytes that do not compress.
func noise(seed uint64, n int) []byte {
	rng := rand.New(rand.NewPCG(seed, 3))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func stage(t testing.TB, v *vault.Vault, source core.SourceID, content []byte) *vault.StagedFile {
	t.Helper()
	w, err := v.NewFile(t.Context(), source, "march.pdf", "application/pdf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, iotest.HalfReader(bytes.NewReader(content))); err != nil {
		t.Fatal(err)
	}
	f, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func putFile(t testing.TB, v *vault.Vault, source core.SourceID, content []byte) (id core.FileID) {
	t.Helper()
	f := stage(t, v, source, content)
	inSpace(t, v, source, func(s *vault.Space) (err error) {
		id, err = s.PutFile(f)
		return err
	})
	return id
}

func TestFile_reads_back_at_every_stage(t *testing.T) {
	t.Parallel()
	v, path := create(t)
	source := newSource(t, v)
	for i, n := range []int{0, 1, 100, 65535, 65536, 65537, 200_000, 17<<20 + 5} {
		content := noise(uint64(i), n)
		f := stage(t, v, source, content)
		check := func(what string, r io.ReaderAt, size int64) {
			t.Helper()
			got := make([]byte, size)
			if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), got); err != nil && n > 0 {
				t.Fatalf("%d bytes, %s: %v", n, what, err)
			}
			if size != int64(n) || !bytes.Equal(got, content) {
				t.Fatalf("%d bytes, %s: wrong content", n, what)
			}
		}
		check("staged", f, f.Size())
		var id core.FileID
		inSpace(t, v, source, func(s *vault.Space) (err error) {
			if id, err = s.PutFile(f); err != nil {
				return err
			}
			open, err := s.OpenFile(id)
			if err != nil {
				return err
			}
			check("in its update", open, open.Size())
			return nil
		})
		check("put", f, f.Size())
		v = reopen(t, v, path)
		lookInto(t, v, source, func(s *vault.Space) error {
			open, err := s.OpenFile(id)
			if err != nil {
				return err
			}
			check("in a view", open, open.Size())
			sum := sha256.Sum256(content)
			if info := open.Info(); info.SHA256 != hex.EncodeToString(sum[:]) || info.Name != "march.pdf" || info.MediaType != "application/pdf" || info.ID != id {
				t.Errorf("%+v", info)
			}
			return nil
		})
		open, err := v.OpenFile(t.Context(), source, id)
		if err != nil {
			t.Fatal(err)
		}
		if n < 1<<20 {
			if err := iotest.TestReader(open, content); err != nil {
				t.Error(err)
			}
		}
		check("at leisure", open, open.Size())
	}
	verifyClean(t, v)
}

func TestFile_with_the_same_content_is_kept_once_a_source(t *testing.T) {
	t.Parallel()
	v, _ := create(t)
	a, b := newSource(t, v), newSource(t, v)
	content := noise(1, 17<<20)
	first, again, other := putFile(t, v, a, content), putFile(t, v, a, content), putFile(t, v, b, content)
	if first != again {
		t.Errorf("the same file has ids %d and %d", first, again)
	}
	lookInto(t, v, a, func(s *vault.Space) error {
		twins, err := s.Twins(first)
		if err != nil || len(twins) != 2 {
			t.Errorf("twins: %v, %v", twins, err)
		}
		return nil
	})
	stats := verifyClean(t, v)
	if want := 2 * (17 << 20) / (64 << 10); stats.Chunks != want {
		t.Errorf("%d chunks, want %d", stats.Chunks, want)
	}
	if err := v.Shred(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	open, err := v.OpenFile(t.Context(), b, other)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(open); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the twin is lost: %v", err)
	}
	lookInto(t, v, b, func(s *vault.Space) error {
		twins, err := s.Twins(other)
		if err != nil || len(twins) != 1 {
			t.Errorf("twins after shredding: %v, %v", twins, err)
		}
		return nil
	})
	verifyClean(t, v)
}

func TestFile_lives_as_long_as_a_revision_uses_it(t *testing.T) {
	t.Parallel()
	v, _ := create(t)
	source := newSource(t, v)
	file := putFile(t, v, source, noise(1, 1000))
	kept := putFile(t, v, source, noise(2, 1000))
	record := bill(1)
	record.Files = []core.FileRef{{File: file, Name: "a.pdf", MediaType: "application/pdf", Size: 1000}}
	put := func(r core.Record) (seq core.Seq) {
		inSpace(t, v, source, func(s *vault.Space) error {
			r, _, err := s.PutRecord(r)
			seq = r.Ref.Seq
			return err
		})
		return seq
	}
	exists := func(id core.FileID) (ok bool) {
		lookInto(t, v, source, func(s *vault.Space) error {
			_, err := s.File(id)
			ok = err == nil
			return nil
		})
		return ok
	}
	seq := put(record)
	second := record
	second.Files, second.Title, second.Provenance.Run = nil, "without", 2
	put(second)
	verifyClean(t, v)
	inSpace(t, v, source, func(s *vault.Space) error {
		code(t, "remove a file in use", s.RemoveFile(file), core.Conflict)
		return nil
	})
	if !exists(file) {
		t.Fatal("the file went while a revision uses it")
	}
	inSpace(t, v, source, func(s *vault.Space) error {
		_, err := s.ForgetRecord(seq, core.Provenance{})
		return err
	})
	if exists(file) || !exists(kept) {
		t.Errorf("forgotten: used %v, unused %v", exists(file), exists(kept))
	}
	inSpace(t, v, source, func(s *vault.Space) error { return s.RemoveFile(kept) })
	if exists(kept) {
		t.Error("removed file is there")
	}
	err := v.Update(t.Context(), func(tx *vault.Tx) error {
		s, err := tx.Space(source)
		if err != nil {
			return err
		}
		missing := bill(2)
		missing.Files = []core.FileRef{{File: 99}}
		_, _, err = s.PutRecord(missing)
		return err
	})
	code(t, "a record with a file that is not there", err, core.NotFound)
	verifyClean(t, v)
}

func TestFile_undone_with_its_run(t *testing.T) {
	t.Parallel()
	v, _ := create(t)
	source := newSource(t, v)
	file := putFile(t, v, source, noise(1, 100_000))
	r := bill(1)
	r.Files = []core.FileRef{{File: file, Size: 100_000}}
	inSpace(t, v, source, func(s *vault.Space) error {
		_, _, err := s.PutRecord(r)
		return err
	})
	inSpace(t, v, source, func(s *vault.Space) error {
		for seq, err := range s.RunRecords(1) {
			if err != nil {
				return err
			}
			if got, err := s.RevertRecord(seq, 1); err != nil || got != vault.Removed {
				return fmt.Errorf("got %d, %w", got, err)
			}
		}
		_, err := s.File(file)
		code(t, "file of an undone record", err, core.NotFound)
		return nil
	})
	if stats := verifyClean(t, v); stats.Chunks != 0 {
		t.Errorf("%d chunks stay", stats.Chunks)
	}
}

func TestStagedFile_discarded_or_left_by_a_crash_goes(t *testing.T) {
	t.Parallel()
	v, path := create(t)
	source := newSource(t, v)
	f := stage(t, v, source, noise(1, 20<<20))
	if err := f.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	verifyClean(t, v)
	inSpace(t, v, source, func(s *vault.Space) error {
		_, err := s.PutFile(f)
		code(t, "put a discarded file", err, core.Invalid)
		return nil
	})
	stage(t, v, source, noise(2, 20<<20)) // and the process ends here
	if err := v.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	verifyClean(t, v)
	v = reopen(t, v, path)
	before := fileMB(t, path)
	if err := v.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	verifyClean(t, v)
	if err := v.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := fileMB(t, path); after > before-16 {
		t.Errorf("%.0f MB before the sweep, %.0f after", before, after)
	}
}

func TestFile_of_another_source_or_session_is_refused(t *testing.T) {
	t.Parallel()
	v, _ := create(t)
	a, b := newSource(t, v), newSource(t, v)
	f := stage(t, v, a, noise(1, 1000))
	inSpace(t, v, b, func(s *vault.Space) error {
		_, err := s.PutFile(f)
		code(t, "another source's file", err, core.Invalid)
		return nil
	})
	v.Lock()
	if err := v.Unlock(t.Context(), vault.Password(password)); err != nil {
		t.Fatal(err)
	}
	inSpace(t, v, a, func(s *vault.Space) error {
		_, err := s.PutFile(f)
		code(t, "a file from before the lock", err, core.Locked)
		return nil
	})
	_, err := f.ReadAt(make([]byte, 10), 0)
	code(t, "read a file from before the lock", err, core.Locked)
}

func TestFile_written_by_many_at_once(t *testing.T) {
	t.Parallel()
	v, _ := create(t)
	source := newSource(t, v)
	var wait sync.WaitGroup
	for i := range 6 {
		wait.Go(func() {
			content := noise(uint64(i), 300_000+i)
			id := putFile(t, v, source, content)
			open, err := v.OpenFile(t.Context(), source, id)
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := io.ReadAll(open); err != nil || !bytes.Equal(got, content) {
				t.Errorf("file %d: %v", i, err)
			}
		})
	}
	wait.Wait()
	verifyClean(t, v)
}
