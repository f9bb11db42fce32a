package vault_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

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

// An outcome is how a damaged file shows.
type outcome struct {
	how    string // when it was reported, or that it was not
	digest string // of all that was read
	found  int    // damages that Verify found
	err    error
}

const harmless = "held all their data"

// inspect opens a damaged file and reads everything.
func inspect(t *testing.T, path string) outcome {
	t.Helper()
	v, err := vault.Open(path, cheap)
	if err != nil {
		return outcome{"were reported at opening", "", 1, err}
	}
	defer func() {
		if err := v.Close(); err != nil {
			t.Logf("close: %v", err)
		}
	}()
	switch err := v.Unlock(t.Context(), vault.Password(password)); {
	case core.CodeOf(err) == core.Unauthenticated:
		return outcome{"read as a wrong password", "", 1, err}
	case err != nil:
		return outcome{"were reported at unlocking", "", 1, err}
	}
	digest, err := survey(t, v)
	stats, verr := v.Verify(t.Context(), func(vault.Damage) {})
	o := outcome{harmless, digest, stats.Damages, errors.Join(err, verr)}
	switch {
	case o.err != nil:
		o.how = "were reported on reading"
	case o.found > 0:
		o.how = "held all their data, and verify reported the damage"
	}
	return o
}

// TestDamage_is_reported damages copies of a file in every way we could think
// of. Each copy either gives all its data or reports damage (or a wrong
// password, where the password's slot was hit): never less data, never a crash.
func TestDamage_is_reported(t *testing.T) {
	t.Parallel()
	im := makeImages(t)
	path := filepath.Join(t.TempDir(), "damaged.db")
	copies := soak(66, 550)
	reported, outcomes := make(map[string]int), make(map[string]int)
	for i := range copies {
		d := damages[i%len(damages)]
		d.do(t, rand.New(rand.NewPCG(uint64(i), 4)), im, path)
		o := inspect(t, path)
		outcomes[o.how]++
		if o.found > 0 {
			reported[d.name]++
		}
		judge(t, fmt.Sprintf("copy %d, %s", i, d.name), o, im.digest)
		if t.Failed() {
			break
		}
	}
	for _, d := range damages {
		if d.always && reported[d.name] < copies/len(damages) {
			t.Errorf("%s: reported %d times only", d.name, reported[d.name])
		}
		t.Logf("%3d of %2d reported: %s", reported[d.name], (copies+len(damages)-1)/len(damages), d.name)
	}
	if t.Failed() {
		return
	}
	summary := fmt.Sprintf("SUMMARY damage: %d copies damaged in %d ways", copies, len(damages))
	for _, how := range slices.Sorted(maps.Keys(outcomes)) {
		summary += fmt.Sprintf("; %d %s", outcomes[how], how)
	}
	t.Log(summary + "; 0 lost data silently, 0 crashed")
}

// judge fails unless a damaged copy gave all its data or reported the damage.
func judge(t *testing.T, what string, o outcome, whole string) {
	t.Helper()
	switch c := core.CodeOf(o.err); {
	case o.err == nil && o.digest == whole:
	case o.err == nil:
		t.Errorf("%s: silently less data", what)
	case c != core.Damaged && c != core.Unauthenticated:
		t.Errorf("%s: reported as %q: %v", what, c, o.err)
	case o.found == 0:
		t.Errorf("%s: verify finds nothing where reading says %v", what, o.err)
	}
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
