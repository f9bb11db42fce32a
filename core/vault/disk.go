package vault

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// The file's pages are 4 KiB on every machine, so that a vault moves between
// kernels with other page sizes.
const (
	filePage    = 4096
	lockTimeout = time.Second
	// The file grows by an eighth, within these bounds: each growth is one more
	// wait for the disk.
	minGrowth = 1 << 20
	maxGrowth = 16 << 20
	// mapBytes is the least address space to map: remapping a grown file waits
	// for every reader, so that it should be rare.
	mapBytes = 1 << 30
)

// The buckets of the file. See docs/format.md.
var (
	bucketMeta  = []byte("meta") // header and keyring
	bucketRoot  = []byte("root") // apart, so that few pages hold copies of the wrapped key
	bucketPage  = []byte("p")
	bucketValue = []byte("v")

	keyHeader  = []byte("hdr")
	keyKeyring = []byte("keyring")
	keyRoot    = []byte("root")
)

// A disk is the bbolt file with every access guarded: bbolt panics on a damaged
// file and a truncated one faults, and both become Damaged here. When that
// happens where bbolt may hold its locks, the disk is broken and refuses
// everything from then on.
type disk struct {
	db     *bolt.DB
	file   *os.File // bbolt's own descriptor, which holds its lock
	broken atomic.Pointer[core.Error]
}

// openDisk opens the file that flag says how to open. It returns NotFound,
// Conflict (another process holds it, or it exists and flag has O_EXCL),
// Damaged, and protocol.Limit.
func openDisk(path string, flag int) (d *disk, err error) {
	d = new(disk)
	options := &bolt.Options{
		Timeout: lockTimeout, FreelistType: bolt.FreelistMapType, PageSize: filePage, InitialMmapSize: mapBytes, NoStatistics: true,
		OpenFile: func(path string, _ int, mode os.FileMode) (*os.File, error) {
			d.file, err = os.OpenFile(path, flag, mode)
			return d.file, err
		},
	}
	err = d.guard("open vault", func() error {
		d.db, err = bolt.Open(path, 0o600, options)
		return err
	})
	if err != nil {
		if d.file != nil {
			_ = d.abandon() // gives the lock back when bbolt could not
		}
		return nil, openError(err)
	}
	return d, nil
}

func openError(err error) error {
	switch {
	case core.CodeOf(err) == core.Damaged:
		return err
	case errors.Is(err, fs.ErrNotExist):
		return core.E(core.NotFound, "open vault", err)
	case errors.Is(err, fs.ErrExist), errors.Is(err, bolterrors.ErrTimeout):
		return core.E(core.Conflict, "open vault", err)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return core.E(core.Damaged, "open vault", err)
	}
	return diskError("open vault", err)
}

// guard runs f, which may take or hold bbolt's locks, turning a panic or a
// memory fault into Damaged. After one the disk is broken.
func (d *disk) guard(op string, f func() error) error {
	err, panicked := d.try(op, f)
	if panicked {
		d.broken.CompareAndSwap(nil, core.E(core.Damaged, op, err))
	}
	return err
}

// read runs f, which only looks into pages, turning a panic or a memory fault
// into Damaged. The rest of the file stays readable.
func (d *disk) read(op string, f func() error) error {
	err, _ := d.try(op, f)
	return err
}

func (d *disk) try(op string, f func() error) (err error, panicked bool) {
	if broken := d.broken.Load(); broken != nil {
		return broken, false
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err, panicked = core.E(core.Damaged, op, fmt.Errorf("the file is damaged: %v", r)), true
		}
	}()
	return f(), false
}

// close closes the file. After damage it gives back only what is safe to.
func (d *disk) close() error {
	if d.broken.Load() != nil {
		return d.abandon()
	}
	return d.guard("close vault", d.db.Close)
}

// abandon gives up the file's lock, which the mapping would keep, and the
// descriptor. The mapping stays: somebody may still read it.
func (d *disk) abandon() error {
	err := unix.Flock(int(d.file.Fd()), unix.LOCK_UN)
	if errors.Is(err, os.ErrClosed) || errors.Is(err, unix.EBADF) {
		return nil // bbolt has closed it
	}
	return errors.Join(err, d.file.Close())
}

// A diskTx is one bbolt transaction.
type diskTx struct {
	d  *disk
	tx *bolt.Tx
	p  *bolt.Bucket
	v  *bolt.Bucket
	id int // of the commit it reads
}

func (d *disk) begin(writable bool) (*diskTx, error) {
	t := &diskTx{d: d}
	err := d.guard("read vault", func() (err error) {
		if t.tx, err = d.db.Begin(writable); err != nil {
			return err
		}
		t.id = t.tx.ID()
		if writable {
			t.id--
		}
		t.p, t.v = t.tx.Bucket(bucketPage), t.tx.Bucket(bucketValue)
		return nil
	})
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return nil, core.E(core.Locked, "read vault", err)
	}
	return t, err
}

// rollback ends the transaction; after a commit it does nothing.
func (t *diskTx) rollback() {
	_ = t.d.guard("end transaction", func() error { return t.tx.Rollback() })
}

// with calls f with the bytes under id, which are valid during f only.
func (t *diskTx) with(bucket *bolt.Bucket, op string, id uint64, f func([]byte) error) error {
	return t.d.read(op, func() error {
		var key [8]byte
		binary.BigEndian.PutUint64(key[:], id)
		if bucket == nil {
			return core.E(core.Damaged, op, errors.New("a part of the file is missing"))
		}
		b := bucket.Get(key[:])
		if b == nil {
			return core.E(core.Damaged, op, fmt.Errorf("number %d is missing", id))
		}
		return f(b)
	})
}

// meta returns a copy of a piece of the file's own bookkeeping. Missing is Damaged.
func (t *diskTx) meta(bucket, key []byte) (b []byte, err error) {
	err = t.d.read("read vault", func() error {
		if in := t.tx.Bucket(bucket); in != nil {
			b = append(b, in.Get(key)...)
		}
		if len(b) == 0 {
			return core.E(core.Damaged, "read vault", fmt.Errorf("the %s is missing", key))
		}
		return nil
	})
	return b, err
}

// pread copies mapped, a committed value, with a positioned read: bbolt maps
// with MADV_RANDOM, under which a large cold value arrives page by page.
func (t *diskTx) pread(dst, mapped []byte) ([]byte, error) {
	offset := int64(uintptr(unsafe.Pointer(&mapped[0])) - t.d.db.Info().Data)
	if offset < 0 || offset+int64(len(mapped)) > t.tx.Size() {
		return nil, core.E(core.Damaged, "read value", errors.New("a value stands outside the file"))
	}
	dst = append(dst[:0], make([]byte, len(mapped))...)
	_, err := t.d.file.ReadAt(dst, offset)
	return dst, err
}

// setGrowth says by how much a file of size bytes grows. Only a writer may.
func (d *disk) setGrowth(size int64) { d.db.AllocSize = int(min(max(size/8, minGrowth), maxGrowth)) }

// A batch is what one commit writes.
type batch struct {
	puts    []put
	deletes []put // without values
	meta    []put
}

type put struct {
	bucket []byte
	key    []byte
	value  []byte
}

// commit writes b and ends the transaction. A full disk is protocol.Limit and
// leaves the file as it was.
func (t *diskTx) commit(b *batch) error {
	err := t.d.guard("write vault", func() error {
		t.d.setGrowth(t.tx.Size())
		for _, list := range [][]put{b.deletes, b.puts, b.meta} {
			for _, p := range list {
				if err := t.apply(p); err != nil {
					return err
				}
			}
		}
		return t.tx.Commit()
	})
	return diskError("write vault", err)
}

// diskError classifies what kept op from the disk. bbolt gives some causes as
// text only.
func diskError(op string, err error) error {
	if err == nil || core.CodeOf(err) == core.Damaged {
		return err
	}
	for _, full := range [...]error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, full) || strings.Contains(err.Error(), full.Error()) {
			return core.E(protocol.Limit, op, fmt.Errorf("the disk is full: %w", err))
		}
	}
	return fmt.Errorf("%s: %w", op, err)
}

func (t *diskTx) apply(p put) error {
	bucket := t.tx.Bucket(p.bucket)
	if bucket == nil {
		return core.E(core.Damaged, "write vault", errors.New("a part of the file is missing"))
	}
	if p.value == nil {
		return bucket.Delete(p.key)
	}
	return bucket.Put(p.key, p.value)
}
