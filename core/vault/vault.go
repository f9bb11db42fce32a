// Package vault keeps everything of a home in one encrypted file: records with
// their indexes, revisions and journal, files, and what other rooms store.
//
// Below is bbolt; above it a B+tree whose pages are sealed one by one with
// XChaCha20-Poly1305 and chained from the root by random generations, so that
// nothing is in clear on the disk and any change to the file is reported as
// Damaged, never read as less data. docs/format.md gives the file to the byte.
//
// A vault opens locked. Unlock takes time for the password only, however large
// the vault. Work happens in View, a snapshot, and Update, one at a time, which
// is durable when it returns. Neither may be started inside another.
//
// The whole file replaced by an older copy cannot be told from the file: keep
// the Head elsewhere and compare.
package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/domicile-home/domicile/core"
)

// Options are the choices of whoever opens a vault. The zero Options are good.
type Options struct {
	Params     Params     // cost of passwords set from now on; zero: DefaultParams
	Gate       *Gate      // shared by the vaults of a process; nil: its own
	Clock      core.Clock // nil: time.Now
	CacheBytes int        // of decrypted pages kept in memory; 0: 32 MiB
	Ballast    string     // file that reserves space for deletions on a full disk; "": none
	// PreviousCommit opens the state before the last commit when only the
	// record of the last commit is unreadable. Without it that is Damaged.
	PreviousCommit bool
}

const defaultCache = 32 << 20

// A Vault is one open vault file. Its methods may be called by many goroutines.
type Vault struct {
	path   string
	o      Options
	memory keyMemory
	// gate is held for reading by each transaction and for writing by what must
	// be alone: Lock, Compact, Close.
	gate    sync.RWMutex
	turn    sync.Mutex    // held by Lock and Unlock, which exclude each other
	writer  chan struct{} // holds one token: whoever takes it may write
	disk    *disk
	current atomic.Pointer[session] // nil while locked
	last    atomic.Pointer[rootAt]

	mu     sync.Mutex // guards what follows
	header *header
	watch  chan struct{}
}

// rootAt is the root that bbolt's transaction id committed.
type rootAt struct {
	id   int
	root *root
	tag  []byte // of the sealed root
}

// Create makes a new vault at path, mode 0600, and opens it unlocked. The
// recovery key opens it when the password is forgotten; it is not kept
// anywhere. It returns Conflict when path exists.
func Create(path string, password core.Secret, o Options) (*Vault, RecoveryKey, error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, "", core.E(core.Conflict, "create vault", os.ErrExist)
	}
	draft := path + ".new"
	removeDraft(draft)
	d, err := openDisk(draft, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, "", fmt.Errorf("create vault: %w", err)
	}
	v := newVault(path, d, o)
	recovery, err := v.found(password)
	if err == nil {
		err = publish(draft, path)
	}
	if err != nil {
		return nil, "", errors.Join(err, v.Close(), os.Remove(draft))
	}
	v.keepBallast()
	return v, recovery, nil
}

// removeDraft removes what a crash left of an earlier Create, if nobody is at
// work on it.
func removeDraft(draft string) {
	f, err := os.Open(draft)
	if err != nil {
		return
	}
	defer f.Close()
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
		_ = os.Remove(draft) // should it stay, opening it says so
	}
}

// publish gives the finished file its name, which must be free, for good.
func publish(draft, path string) error {
	if err := os.Link(draft, path); err != nil {
		if errors.Is(err, os.ErrExist) {
			return core.E(core.Conflict, "create vault", err)
		}
		// A file system without links: the name was free a moment ago.
		if err := os.Rename(draft, path); err != nil {
			return fmt.Errorf("create vault: %w", err)
		}
		return syncDir(path)
	}
	if err := os.Remove(draft); err != nil {
		return fmt.Errorf("create vault: %w", err)
	}
	return syncDir(path)
}

// syncDir makes a change of names in path's directory durable.
func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Open opens the vault at path, locked. It returns NotFound, Damaged, and
// Conflict when another process holds it.
func Open(path string, o Options) (*Vault, error) {
	if err := checkFile(path, o.PreviousCommit); err != nil {
		return nil, err
	}
	d, err := openDisk(path, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	v := newVault(path, d, o)
	if err := v.readHeader(); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	_ = os.Remove(path + ".compact") // left by a crash
	v.keepBallast()
	return v, nil
}

func newVault(path string, d *disk, o Options) *Vault {
	if o.Params == (Params{}) {
		o.Params = DefaultParams()
	}
	if o.Gate == nil {
		o.Gate = NewGate()
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = defaultCache
	}
	return &Vault{path: path, o: o, disk: d, writer: make(chan struct{}, 1), watch: make(chan struct{})}
}

func (v *Vault) readHeader() error {
	t, err := v.disk.begin(false)
	if err != nil {
		return err
	}
	defer t.rollback()
	b, err := t.meta(bucketMeta, keyHeader)
	if err != nil {
		return err
	}
	h, err := decodeHeader(b)
	v.setHeader(h)
	return err
}

func (v *Vault) setHeader(h *header) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.header = h
}

func (v *Vault) currentHeader() *header {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.header
}

// IsLocked reports whether the vault is locked.
func (v *Vault) IsLocked() bool { return v.current.Load() == nil }

// Lock waits for the transactions at work, then forgets the keys and all that
// was decrypted. New transactions return Locked at once.
func (v *Vault) Lock() {
	v.turn.Lock()
	defer v.turn.Unlock()
	s := v.current.Swap(nil)
	if s == nil {
		return
	}
	close(s.done)
	v.gate.Lock()
	defer v.gate.Unlock()
	s.end()
}

// Close locks the vault and closes its file. Nothing may be called after.
func (v *Vault) Close() error {
	v.Lock()
	v.gate.Lock()
	defer v.gate.Unlock()
	return v.disk.close()
}

// Watch returns a channel that is closed by the next commit that changes the
// journal. Call it before reading the journal, so that no change is missed.
func (v *Vault) Watch() <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.watch
}

func (v *Vault) announce() {
	v.mu.Lock()
	defer v.mu.Unlock()
	close(v.watch)
	v.watch = make(chan struct{})
}

// session returns the unlocked state, or Locked.
func (v *Vault) session() (*session, error) {
	if s := v.current.Load(); s != nil {
		return s, nil
	}
	return nil, core.E(core.Locked, "use vault", nil)
}

// takeWriter waits for the right to write.
func (v *Vault) takeWriter(ctx context.Context) (release func(), err error) {
	select {
	case v.writer <- struct{}{}:
		return func() { <-v.writer }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
