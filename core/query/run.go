package query

import (
	"context"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// OfRun hands the records that a run added or changed to seen, as they stand
// now, in the order of arrival; the deleted are left out.
func (r *Reader) OfRun(ctx context.Context, source core.SourceID, run core.RunID, seen func(core.Record) error) error {
	return r.space(ctx, source, func(sp *vault.Space) error {
		for seq, err := range sp.RunRecords(run) {
			if err != nil {
				return err
			}
			rec, err := sp.Record(seq)
			if err != nil {
				return err
			}
			rec, ok := r.see(rec)
			if !ok || rec.Deleted {
				continue
			}
			if err := seen(rec); err != nil {
				return err
			}
		}
		return nil
	})
}
