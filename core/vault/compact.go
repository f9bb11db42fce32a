package vault

import (
	"context"
	"errors"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"

	"github.com/domicile-home/domicile/core"
)

// compactBatch is how many bytes a compaction writes in one transaction.
const compactBatch = 16 << 20

// Compact copies what the file holds to a new file and puts that in its place,
// for bbolt never gives space back by itself. It needs as much free space as
// the vault is large; everybody else waits meanwhile. It works while locked. It
// returns Damaged, and protocol.Limit when the disk is full; on any error the
// vault is as it was.
func (v *Vault) Compact(ctx context.Context) error {
	release, err := v.takeWriter(ctx)
	if err != nil {
		return err
	}
	defer release()
	v.gate.Lock()
	defer v.gate.Unlock()
	draft := v.path + ".compact"
	if err := os.Remove(draft); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("compact vault: %w", err)
	}
	next, err := openDisk(draft, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	err = next.fill(ctx, v.disk)
	if err == nil {
		err = replace(draft, v.path)
	}
	if err != nil {
		return errors.Join(err, next.close(), removed(os.Remove(draft)))
	}
	old := v.disk
	v.disk = next
	v.last.Store(nil) // bbolt numbers its commits anew
	v.keepBallast()
	return old.close()
}

func replace(draft, path string) error {
	if err := os.Rename(draft, path); err != nil {
		return fmt.Errorf("compact vault: %w", err)
	}
	return syncDir(path)
}

func removed(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// fill copies everything from another disk to d, which is empty.
func (d *disk) fill(ctx context.Context, from *disk) error {
	source, err := from.begin(false)
	if err != nil {
		return err
	}
	defer source.rollback()
	w := &filler{d: d}
	for _, name := range [][]byte{bucketMeta, bucketRoot, bucketPage, bucketValue} {
		err := from.read("compact vault", func() error {
			bucket := source.tx.Bucket(name)
			if bucket == nil {
				return core.E(core.Damaged, "compact vault", fmt.Errorf("the part %q is missing", name))
			}
			if _, err := w.bucket(name); err != nil {
				return err
			}
			return bucket.ForEach(func(k, value []byte) error {
				if err := ctx.Err(); err != nil {
					return err
				}
				return w.put(source, name, k, value)
			})
		})
		if err != nil {
			return errors.Join(err, w.abandon())
		}
	}
	return w.commit()
}

// A filler writes to a new file in batches.
type filler struct {
	d    *disk
	tx   *bolt.Tx
	held int
}

func (w *filler) put(source *diskTx, name, key, value []byte) (err error) {
	if len(value) >= preadFrom {
		if value, err = source.pread(nil, value); err != nil {
			return core.E(core.Damaged, "compact vault", err)
		}
	}
	if w.held += len(value); w.held > compactBatch {
		if err := w.commit(); err != nil {
			return err
		}
		w.held = len(value)
	}
	bucket, err := w.bucket(name)
	if err != nil {
		return err
	}
	bucket.FillPercent = 1
	return bucket.Put(key, value)
}

// bucket returns the bucket to write to. An empty one is made too: a vault
// without it is damaged.
func (w *filler) bucket(name []byte) (_ *bolt.Bucket, err error) {
	if w.tx == nil {
		if w.tx, err = w.d.db.Begin(true); err != nil {
			return nil, err
		}
	}
	return w.tx.CreateBucketIfNotExists(name)
}

func (w *filler) commit() error {
	if w.tx == nil {
		return nil
	}
	tx := w.tx
	w.tx = nil
	w.d.setGrowth(0) // nothing will be added
	return diskError("compact vault", w.d.guard("compact vault", tx.Commit))
}

func (w *filler) abandon() error {
	if w.tx == nil {
		return nil
	}
	return w.tx.Rollback()
}
