// Package web is all of a home's HTTP: its pages, and the JSON API that the
// command line speaks through the home's socket.
//
// Pages trust a session cookie; the API on the socket trusts the owner of the
// process at its other end. Neither holds anything of the home: each request
// asks for the rooms, and is refused while the home is locked.
package web

import (
	"context"
	"image"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/act"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/extract"
	"github.com/domicile-home/domicile/core/ledger"
	"github.com/domicile-home/domicile/core/outlook"
	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/core/vault"
)

// A State is where a home stands.
type State string

const (
	New      State = "new"      // no vault yet
	Locked   State = "locked"   // no keys in memory
	Unlocked State = "unlocked" // the rooms are open
)

// Home is what the web needs of a home.
type Home interface {
	State() State
	SetUp(ctx context.Context, password core.Secret) (vault.RecoveryKey, error)
	Unlock(ctx context.Context, key vault.Key) error
	Lock()
	Rooms() (*Rooms, error) // codes: locked, not_found when new
}

// Rooms are the rooms of an unlocked home.
type Rooms struct {
	Vault    *vault.Vault
	Connect  *connect.Connect
	Apps     *apps.Apps
	Acts     *act.Acts
	Packs    *pack.Shelf
	Fetcher  *pack.Fetcher
	Query    *query.Reader
	Searches *query.Searches
	Outlook  *outlook.Keeper
	Auth     *auth.Sessions
	Tokens   *auth.Tokens
	Ledger   *ledger.Ledger
	Pictures Pictures
	Next     func(context.Context, core.SourceID) (time.Time, error) // when a source runs by itself; zero: it does not
	Storage  func() (Storage, error)

	NextFetch func(ctx context.Context, pack string) (time.Time, error) // when a pack is fetched by itself; zero: it is not
}

// Pictures draws pages, from 0, of stored files, away from the home's process.
// Codes: invalid_file and limit for what cannot be drawn, unavailable when there
// is no helper to be had, not_found for a page that is not there, locked once the
// home is.
type Pictures interface {
	Measure(ctx context.Context, f *vault.File, page int) (extract.Sheet, error)
	Draw(ctx context.Context, f *vault.File, page int) (*image.RGBA, error)
}

// Storage is what a home takes on its disk, in bytes.
type Storage struct{ Vault, Cache int64 }
