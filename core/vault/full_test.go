package vault_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// smallDisk mounts a tmpfs of size bytes, which only root can.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("A FULL DISK IS NOT TESTED: mounting a small tmpfs needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestFullDisk_refuses_then_lets_deletions_through(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t, 96<<20)
	path, o := filepath.Join(dir, "vault.db"), cheap
	o.Ballast = filepath.Join(dir, "ballast")
	v, _, err := vault.Create(path, password, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = v.Close() }()
	if info, err := os.Stat(o.Ballast); err != nil || info.Size() != 16<<20 {
		t.Fatalf("ballast: %v, %v", info, err)
	}
	source, doomed := newSource(t, v), newSource(t, v)
	n := fill(t, v, doomed)
	if n == 0 {
		t.Fatal("nothing fits")
	}
	// The disk is full. What is there stays, and the handle goes on.
	lookInto(t, v, doomed, func(s *vault.Space) error {
		for i := range n {
			if _, err := s.Get('a', fmt.Append(nil, i)); err != nil {
				return err
			}
		}
		return nil
	})
	verifyClean(t, v)
	if _, err := os.Stat(o.Ballast); err != nil {
		t.Errorf("the ballast went for something else than a deletion: %v", err)
	}
	if err := v.Shred(t.Context(), doomed); err != nil {
		t.Fatalf("shred on a full disk: %v", err)
	}
	inSpace(t, v, source, func(s *vault.Space) error { return s.Put('a', []byte("k"), noise(1, 1<<20)) })
	verifyClean(t, v)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if v, err = vault.Open(path, o); err != nil {
		t.Fatal(err)
	}
	if err := v.Unlock(t.Context(), vault.Password(password)); err != nil {
		t.Fatal(err)
	}
	verifyClean(t, v)
	if err := v.Compact(t.Context()); err != nil {
		code(t, "compact without room", err, protocol.Limit)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT, fmt.Sprintf("size=%d", 256<<20)); err != nil {
		t.Fatal(err)
	}
	if err := v.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	verifyClean(t, v)
	if _, err := os.Stat(o.Ballast); err != nil {
		t.Errorf("no ballast though there is room again: %v", err)
	}
}

// fill puts ever smaller values until none fits and returns how many did.
func fill(t *testing.T, v *vault.Vault, id core.SourceID) (n int) {
	t.Helper()
	for size := 1 << 20; size >= 1<<10; size /= 8 {
		for {
			err := v.Update(t.Context(), func(tx *vault.Tx) error {
				s, err := tx.Space(id)
				if err != nil {
					return err
				}
				return s.Put('a', fmt.Append(nil, n), noise(uint64(n), size))
			})
			if err != nil {
				code(t, "full disk", err, protocol.Limit)
				break
			}
			n++
		}
	}
	return n
}
