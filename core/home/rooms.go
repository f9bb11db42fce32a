package home

import (
	"context"
	"sync"
	"time"

	"github.com/domicile-home/domicile/core/act"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/extract"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/outlook"
	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/schedule"
	"github.com/domicile-home/domicile/core/search"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/core/web"
)

// rooms are what is open while a home is unlocked, and what goes on in them.
type rooms struct {
	web.Rooms
	index    *search.Index
	texts    texts
	pictures *pictures
	since    time.Time // the home is unlocked
	cancel   context.CancelFunc
	wg       sync.WaitGroup
}

// furnish opens every room over the unlocked vault and starts the followers.
func (h *Home) furnish(ctx context.Context, v *vault.Vault) (*rooms, error) {
	r := &rooms{cancel: func() {}, since: h.Clock()}
	r.Vault, r.Next, r.NextFetch = v, planner{h, r}.next, feeder{h, r}.next
	if err := h.build(ctx, r); err != nil {
		r.close()
		return nil, err
	}
	ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	r.wg.Go(func() { h.sweep(ctx, r) })
	r.wg.Go(func() { h.follow(ctx, r) })
	for _, of := range []schedule.Home{planner{h, r}, feeder{h, r}} {
		r.wg.Go(func() { schedule.New(schedule.Config{Home: of, Now: h.Clock, Log: h.Log}).Run(ctx) })
	}
	r.wg.Go(func() { h.background(ctx, r) })
	return r, nil
}

// build opens the rooms in the order in which they need each other.
func (h *Home) build(ctx context.Context, r *rooms) (err error) {
	programs, err := r.Vault.Sealer("programs")
	if err != nil {
		return err
	}
	index, err := r.Vault.Renewing("search")
	if err != nil {
		return err
	}
	cache := sandbox.NewCache(h.path(Cache+"/programs"), programs)
	extractor := extract.New(h.shared.box, cache)
	r.texts.extract, r.pictures = extractor, newPictures(extractor)
	r.Pictures = r.pictures
	feed := feed{query.NewFeed(r.Vault), r.Vault, &r.texts}
	if r.index, err = search.Open(ctx, search.Config{Dir: h.path(Cache + "/search"), Sealer: index, Feed: feed, Log: h.Log}); err != nil {
		return err
	}
	r.Query = query.New(r.Vault, r.index, query.Owner)
	r.Outlook, r.Searches = outlook.New(r.Query), query.NewSearches(r.Vault)
	r.Auth, r.Tokens = auth.NewSessions(r.Vault, h.Clock), auth.NewTokens(r.Vault, h.Clock)
	r.Ledger, r.Storage = ledger.New(r.Vault, h.Clock), h.storage
	if err := r.Auth.Restore(ctx); err != nil {
		return err
	}
	r.Packs = pack.New(r.Vault, r.Ledger, h.Clock, names{r.Query}.known)
	r.Fetcher = pack.NewFetcher(pack.FetcherConfig{Shelf: r.Packs, Own: h.listeners})
	r.Apps, err = apps.New(ctx, apps.Config{Vault: r.Vault, Packs: r.Packs, Box: h.shared.box, Cache: cache, Programs: h.shared.programs, Ledger: r.Ledger,
		Clock: h.Clock, Zone: h.Zone, Logger: h.Log})
	if err != nil {
		return err
	}
	r.Acts = act.New(act.Config{Vault: r.Vault, Ledger: r.Ledger, Signer: signer{h}, Clock: h.Clock, Own: h.listeners, Log: h.Log})
	in, err := ingest.New(r.Vault, h.Clock)
	if err != nil {
		return err
	}
	r.Connect, err = connect.New(ctx, connect.Config{
		Vault: r.Vault, Ingest: in, Box: h.shared.box, Cache: cache, Extract: extractor, Programs: h.shared.programs, Ledger: notes{r.Ledger},
		Clock: h.Clock, Zone: h.Zone, Locale: h.Locale, Logger: h.Log, Own: h.listeners,
	})
	return err
}

// close ends what goes on and closes the rooms, the last opened first.
func (r *rooms) close() error {
	r.cancel()
	if r.pictures != nil {
		r.pictures.close()
	}
	if r.Connect != nil {
		r.Connect.Close()
	}
	if r.Apps != nil {
		r.Apps.Close()
	}
	if r.Acts != nil {
		r.Acts.Close()
	}
	if r.Fetcher != nil {
		r.Fetcher.Close()
	}
	r.wg.Wait()
	var err error
	if r.Auth != nil {
		err = r.Auth.End(context.Background())
	}
	if r.index != nil {
		r.index.Close()
	}
	return err
}

// sweep removes what a crash or a dropped source left behind.
func (h *Home) sweep(ctx context.Context, r *rooms) {
	if err := r.Vault.Sweep(ctx); err != nil && ctx.Err() == nil {
		h.Log.Error("sweep the vault", "error", err)
	}
}

// follow keeps the index at the journal's end.
func (h *Home) follow(ctx context.Context, r *rooms) {
	for ctx.Err() == nil {
		changed := r.Vault.Watch()
		if err := r.index.Follow(ctx); err != nil && ctx.Err() == nil {
			h.Log.Error("follow the journal", "error", err)
		}
		if err := r.texts.rest(); err != nil {
			h.Log.Warn("close the reader of files", "error", err)
		}
		select {
		case <-changed:
		case <-r.index.Wake():
		case <-ctx.Done():
		}
	}
}

const (
	settle = 5 * time.Second  // after a change, for those that follow it
	look   = 10 * time.Minute // for a new day, and for apps that rest
)

// background lets the apps look at what has changed.
func (h *Home) background(ctx context.Context, r *rooms) {
	for ctx.Err() == nil {
		changed := r.Vault.Watch()
		if err := r.Apps.Background(ctx); err != nil && ctx.Err() == nil {
			h.Log.Error("run apps in the background", "error", err)
		}
		select {
		case <-changed:
		case <-time.After(look):
		case <-ctx.Done():
		}
		select {
		case <-time.After(settle):
		case <-ctx.Done():
		}
	}
}
