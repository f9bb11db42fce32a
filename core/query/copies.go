package query

import (
	"context"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/twin"
	"github.com/domicile-home/domicile/core/vault"
)

// copies tell the index which records are one thing.
type copies struct {
	twin.Standings
	reader *Reader
}

func (r *Reader) standings(ctx context.Context) (all twin.Standings, err error) {
	err = r.vault.View(ctx, func(tx *vault.Tx) error {
		all, err = twin.All(tx)
		return err
	})
	return all, err
}

// Leaders implements [search.Copies].
func (c copies) Leaders(ctx context.Context, aside []core.Ref) (leaders []core.Ref, err error) {
	err = c.reader.vault.View(ctx, func(tx *vault.Tx) error {
		for _, ref := range aside {
			if err := ctx.Err(); err != nil {
				return err
			}
			ahead, err := twin.Ahead(tx, ref, among(tx, nil))
			if err != nil {
				return err
			}
			if len(ahead) > 0 {
				ref = ahead[0].Ref
			}
			leaders = append(leaders, ref)
		}
		return nil
	})
	return leaders, err
}
