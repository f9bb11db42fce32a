package vault

import (
	"context"

	"github.com/domicile-home/domicile/core"
)

// Flush writes what a staged file still holds in memory, in a transaction of
// its own, so that the one that puts the file stays small. It returns what
// FileWriter.Write returns.
func (f *StagedFile) Flush() error {
	f.stage.mu.Lock()
	held := len(f.stage.waiting) > 0
	f.stage.mu.Unlock()
	if !held {
		return nil
	}
	return f.stage.write()
}

// Restage returns a file that was put in an earlier session, or by another
// writer, as the StagedFile that it once was: to be read, and to be put again,
// which gives the same id. It returns NotFound and Locked.
func (v *Vault) Restage(ctx context.Context, source core.SourceID, id core.FileID) (*StagedFile, error) {
	s, err := v.session()
	if err != nil {
		return nil, err
	}
	st := &stage{v: v, s: s, source: source, file: id}
	err = v.View(ctx, func(t *Tx) error {
		f, err := t.fileOf(source, id)
		if err == nil {
			st.record = *f
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	st.aead = newAEAD(st.record.key[:])
	f := &StagedFile{stage: st}
	f.size, f.load = int64(st.record.size), st.load
	return f, nil
}
