package gallery

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"strings"

	"github.com/domicile-home/domicile/core/pack"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/examples/packs"
	"github.com/domicile-home/domicile/sdk/record"
)

// packCases are the reference packs and where they come from.
func packCases() []Case {
	address := func(text string) map[string][]string { return map[string][]string{"address": {text}} }
	return []Case{
		{Page: "packs", State: "none", Scene: nothingYet, Path: "/packs", Says: "packs.none"},
		{Page: "packs", State: "in every standing", Scene: allowing, Path: "/packs", Says: "packs.why-signer"},
		{Page: "packs", State: "something done", Scene: allowing, Path: "/packs?done=followed", Says: "packs.done-followed.do"},
		{Page: "packs", State: "hostile", Scene: hostile, Path: "/packs", Says: "packs.remove-now"},
		{Page: "packs", State: "no file chosen", Scene: nothingYet, Path: "/packs", Form: address("none"), Status: 422, Says: "packs.why-invalid_file"},
		{Page: "packs", State: "a file that is none", Scene: allowing, Path: "/packs", Files: map[string]string{Markup: unknown}, Status: 400, Says: "packs.why-invalid"},
		{Page: "packs", State: "an address that is none", Scene: nothingYet, Path: "/packs/follow", Form: address("http://example.org/?" + Markup), Status: 400, Says: "packs.why-address"},
		{Page: "packs", State: "an address where nobody is", Scene: nothingYet, Path: "/packs/follow", Form: address("http://127.0.0.1:9/tariffs.pack"), Status: 502, Says: "packs.why-unavailable"},
		{Page: "activity", State: "of packs fetched", Scene: allowing, Path: "/activity?kind=pack-fetched", Says: "activity.talked-nobody"},
	}
}

// followPacks keeps packs in every standing: fetched, one that its publisher's
// thief signs, one that is paused, and one that came as a file.
func (h *House) followPacks(ctx context.Context) error {
	publisher, err := packs.NewPublisher()
	if err != nil {
		return err
	}
	at, err := h.listen(publisher)
	if err != nil {
		return err
	}
	names := packs.Names()
	for _, name := range names {
		if _, err := h.Fetcher.Follow(ctx, at+"/"+name+packs.Suffix); err != nil {
			return err
		}
	}
	stolen, err := packs.Seal(names[1], "2026.12", "2026-12", 1)
	if err != nil {
		return err
	}
	publisher.Publish(names[1], stolen)
	if _, err := h.Fetcher.Fetch(ctx, names[1]); err == nil {
		return errors.New("a pack by another signer was kept")
	}
	if _, err := h.Fetcher.Follow(ctx, "http://169.254.169.254/tariffs"+packs.Suffix); err == nil {
		return errors.New("a link-local address was reached")
	}
	return errors.Join(h.Packs.SetPaused(ctx, names[2], true), h.addPack(ctx, "public-holidays", "A made-up institute"))
}

// addPack keeps a pack that comes as a file.
func (h *House) addPack(ctx context.Context, id, publisher string) error {
	file, err := signed.Seal(signed.Header{Format: pack.Format, ID: id, Version: "2026.1", Date: record.YearOf(2026), Publisher: publisher, Licence: "CC0-1.0"},
		[]byte(`{"made_up":true}`), ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)))
	if err != nil {
		return err
	}
	_, err = h.Packs.Add(ctx, file)
	return err
}

// hostilePacks are published by an enemy, who has the longest name that one may
// have.
func (h *House) hostilePacks(ctx context.Context) error {
	return errors.Join(h.addPack(ctx, "x"+strings.Repeat("-long", 12), strings.Repeat("long", 70)), h.addPack(ctx, "markup", "<b onmouseover=alert(1)>Institute</b>"))
}
