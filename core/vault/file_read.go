package vault

import (
	"context"
	"fmt"

	"github.com/domicile-home/domicile/core"
)

// A File reads a file of the vault.
type File struct {
	chunkReader
	info FileInfo
}

// Info describes the file.
func (f *File) Info() FileInfo { return f.info }

// OpenFile opens a file for the length of the transaction. It returns
// NotFound; reading returns Damaged.
func (s *Space) OpenFile(id core.FileID) (*File, error) {
	if err := s.t.use(false); err != nil {
		return nil, err
	}
	f, err := s.file(id)
	if err != nil {
		return nil, err
	}
	open := &File{info: f.info(id)}
	open.size = int64(f.size)
	open.load = func(index uint64) ([]byte, error) {
		if err := s.t.use(false); err != nil {
			return nil, err
		}
		return s.t.readChunk(f, index)
	}
	return open, nil
}

// OpenFile opens a file to be read at leisure, outside any transaction: each
// chunk is read in a view of its own. It returns NotFound and Locked, and so
// does reading once the file is removed or the vault locked.
func (v *Vault) OpenFile(ctx context.Context, source core.SourceID, id core.FileID) (*File, error) {
	open := new(File)
	err := v.View(ctx, func(t *Tx) error {
		f, err := t.fileOf(source, id)
		if err != nil {
			return err
		}
		open.info, open.size = f.info(id), int64(f.size)
		return nil
	})
	open.load = func(index uint64) (chunk []byte, err error) {
		err = v.View(context.WithoutCancel(ctx), func(t *Tx) error {
			f, err := t.fileOf(source, id)
			if err != nil {
				return err
			}
			chunk, err = t.readChunk(f, index)
			return err
		})
		return chunk, err
	}
	if err != nil {
		return nil, err
	}
	return open, nil
}

func (t *Tx) fileOf(source core.SourceID, id core.FileID) (*fileRecord, error) {
	s, err := t.Space(source)
	if err != nil {
		return nil, err
	}
	return s.file(id)
}

// readChunk opens a chunk of a committed or just written file.
func (t *Tx) readChunk(f *fileRecord, index uint64) (plain []byte, err error) {
	id := chunkID(f.extents, index)
	final := index+1 == chunkCount(f.size)
	open := func(sealed []byte) error {
		plain, err = unseal(nil, newAEAD(f.key[:]), sealed, chunkPlace(t.s.vault, f.id, index, final))
		if err != nil {
			return core.E(core.Damaged, "read file", fmt.Errorf("chunk %d: %w", index, err))
		}
		return nil
	}
	if sealed, ok := t.values[id]; ok {
		err = open(sealed)
	} else {
		err = t.readSealed(id, "read file", open)
	}
	return plain, err
}
