// Package gallery shows every page of a home in every state it can be in, with
// made-up people and made-up data. The homes are real: their pages come from
// the site's own templates over real vaults, runs and providers.
//
// [Cases] is the one list of what there is to show. The tests of core/web and
// of the browser walk it; the program in serve lets a person walk it. A new
// page or state is one entry there.
package gallery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strconv"

	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/locale"
)

// A Config says what a gallery is made with. Every member is required.
type Config struct {
	Dir    string       // an empty folder, with a short name: sockets stand in it
	Source fs.FS        // the repository, for its sample files
	Shared *home.Shared // with every connector of the repository
	Lang   locale.Lang  // that its homes and visitors speak
	Log    *slog.Logger
}

// A Gallery is a set of homes, one a scene, and the pages that show them.
// Close it after use.
type Gallery struct {
	Config
	houses map[string]*House
}

// Open makes the homes and brings each into its state.
func Open(ctx context.Context, c Config) (*Gallery, error) {
	g := &Gallery{c, map[string]*House{}}
	for i, s := range scenes() {
		h, err := g.open(ctx, s, filepath.Join(c.Dir, strconv.Itoa(i)))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("make the scene %q: %w", s.name, err), g.Close())
		}
		g.houses[s.name] = h
	}
	for i, c := range Cases() {
		keep := g.houses[c.Scene].send
		switch {
		case c.View != nil:
			keep = g.houses[c.Scene].draw
		case c.Form == nil && c.Files == nil:
			continue
		}
		if err := keep(ctx, i, c); err != nil {
			return nil, errors.Join(fmt.Errorf("show %s, %s: %w", c.Page, c.State, err), g.Close())
		}
	}
	return g, nil
}

func (g *Gallery) open(ctx context.Context, s scene, dir string) (*House, error) {
	h, err := newHouse(ctx, g.Config, s, dir)
	if err != nil {
		return nil, err
	}
	if err := s.bring(ctx, h); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, h.enter(ctx)
}

// Close ends every home and provider. Their folder is the caller's to remove.
func (g *Gallery) Close() error {
	var errs []error
	for _, h := range g.houses {
		errs = append(errs, h.close())
	}
	return errors.Join(errs...)
}

// House returns the home of a scene.
func (g *Gallery) House(scene string) *House { return g.houses[scene] }

// URL returns the address that shows case i of [Cases].
func (g *Gallery) URL(i int) string {
	c := Cases()[i]
	h := g.houses[c.Scene]
	if c.Form != nil || c.Files != nil || c.View != nil {
		return h.URL + keptPath + strconv.Itoa(i)
	}
	return h.URL + h.fill(c.Path)
}
